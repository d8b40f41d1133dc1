#include "exporter/ledger/record.h"

#include <cstdint>

#include "exporter/ledger/bytes.h"

namespace cpaas::ledger {
namespace {

constexpr std::uint64_t form = 1;  // of what follows; a reader refuses others
constexpr std::uint64_t most_days = 100'000;

// --- writing

void write(Writer& out, const std::optional<Micros>& value) {
  out.number(value ? 1 : 0);
  if (value) out.number(*value);
}

void write(Writer& out, Day day) {
  out.number(day.time_since_epoch().count());
}

void write(Writer& out, TimePoint time) {
  out.number(time.time_since_epoch().count());
}

// Each day as its distance from the one before.
void write(Writer& out, const std::vector<DayAmount>& days, Day from) {
  out.number(static_cast<Micros>(days.size()));
  for (const auto& [day, amount] : days) {
    out.number((day - from).count());
    out.number(amount);
    from = day;
  }
}

void write(Writer& out, const Total& total) {
  out.number(total.shown);
  out.number(total.at);
  out.number(total.usual);
  write(out, total.held);
  out.number(total.fall ? 1 : 0);
  if (!total.fall) return;
  out.number(total.fall->first);
  out.number(total.fall->last);
  out.number(total.fall->answers);
  write(out, total.fall->since);
}

void write(Writer& out, const Days& days) {
  out.number(days.shown);
  out.number(days.folded);
  out.number(days.base);
  write(out, days.counted_from);
  out.number((days.kept_from - days.counted_from).count());
  write(out, days.days, days.kept_from);
  write(out, days.held, days.kept_from);
}

void write(Writer& out, const LevelState& level) {
  out.number(level.spent);
  out.number(level.at);
  out.number(level.usual);
  write(out, level.held);
}

void write(Writer& out, const Sum& sum) {
  out.number(sum.shown);
}

// --- reading

void read(Reader& in, Micros& value) {
  value = in.number();
}

void read(Reader& in, std::optional<Micros>& value) {
  if (in.count(1) == 1) value = in.number();
}

std::chrono::days read_days(Reader& in) {
  return std::chrono::days{static_cast<int>(in.number())};
}

void read(Reader& in, Day& day) {
  day = Day{read_days(in)};
}

void read(Reader& in, TimePoint& time) {
  time = TimePoint{Duration{static_cast<std::int64_t>(in.number())}};
}

void read(Reader& in, std::vector<DayAmount>& days, Day from) {
  const std::uint64_t count = in.count(most_days);
  days.reserve(in.failed() ? 0 : count);
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    from += read_days(in);
    days.push_back({from, static_cast<std::int64_t>(in.number())});
  }
}

void read(Reader& in, Total& total) {
  read(in, total.shown);
  read(in, total.at);
  read(in, total.usual);
  read(in, total.held);
  if (in.count(1) == 0) return;
  Total::Fall& fall = total.fall.emplace();
  read(in, fall.first);
  read(in, fall.last);
  fall.answers = static_cast<std::uint32_t>(in.count(UINT32_MAX));
  read(in, fall.since);
}

void read(Reader& in, Days& days) {
  read(in, days.shown);
  read(in, days.folded);
  read(in, days.base);
  read(in, days.counted_from);
  days.kept_from = days.counted_from + read_days(in);
  read(in, days.days, days.kept_from);
  read(in, days.held, days.kept_from);
}

void read(Reader& in, LevelState& level) {
  read(in, level.spent);
  read(in, level.at);
  read(in, level.usual);
  read(in, level.held);
}

void read(Reader& in, Sum& sum) {
  read(in, sum.shown);
}

}  // namespace

Micros shown(const Record& record) {
  if (const auto* total = std::get_if<Total>(&record.state)) return total->shown;
  if (const auto* days = std::get_if<Days>(&record.state)) return days->shown;
  if (const auto* level = std::get_if<LevelState>(&record.state)) return level->spent;
  return std::get<Sum>(record.state).shown;
}

void set_shown(Record& record, Micros value) {
  if (auto* total = std::get_if<Total>(&record.state)) total->shown = value;
  if (auto* days = std::get_if<Days>(&record.state)) days->shown = days->folded = value;
  if (auto* level = std::get_if<LevelState>(&record.state)) level->spent = value;
  if (auto* sum = std::get_if<Sum>(&record.state)) sum->shown = value;
}

std::string encode(const Record& record) {
  Writer out;
  out.number(form);
  write(out, record.created);
  write(out, record.seen);
  out.number(record.born ? 1 : 0);
  out.number(static_cast<Micros>(record.state.index()));
  std::visit([&](const auto& state) { write(out, state); }, record.state);
  return out.take();
}

// Each state begins with it.
Micros shown_of(std::string_view bytes) {
  Reader in(bytes);
  Record before{};
  in.count(form);
  read(in, before.created);
  read(in, before.seen);
  in.count(1);
  in.count(3);
  return in.number();
}

std::optional<Record> decode_record(std::string_view bytes) {
  Reader in(bytes);
  if (in.count(form) != form) return std::nullopt;
  Record record;
  read(in, record.created);
  read(in, record.seen);
  record.born = in.count(1) == 1;
  switch (in.count(3)) {
    case 0:
      read(in, record.state.emplace<Total>());
      break;
    case 1:
      read(in, record.state.emplace<Days>());
      break;
    case 2:
      read(in, record.state.emplace<LevelState>());
      break;
    default:
      read(in, record.state.emplace<Sum>());
  }
  if (!in.good()) return std::nullopt;
  return record;
}

}  // namespace cpaas::ledger
