#include "exporter/ledger/progress.h"

#include <cstdint>

#include "exporter/ledger/bytes.h"

namespace cpaas::ledger {
namespace {

constexpr std::uint64_t form = 1;
constexpr std::uint64_t most_members = 10'000'000;

void write(Writer& out, Day day) {
  out.number(day.time_since_epoch().count());
}

Day read_day(Reader& in) {
  return Day{std::chrono::days{static_cast<int>(in.number())}};
}

void write(Writer& out, const ReadDays& days) {
  write(out, days.from);
  write(out, days.through);
  out.number(static_cast<Micros>(days.missing.size()));
  for (const Day day : days.missing) write(out, day);
}

ReadDays read_days(Reader& in) {
  ReadDays days{read_day(in), read_day(in)};
  const std::uint64_t missing = in.count(most_members);
  for (std::uint64_t i = 0; i < missing && !in.failed(); ++i) days.missing.insert(read_day(in));
  return days;
}

}  // namespace

std::string encode(const Progress& progress) {
  Writer out;
  out.number(form);
  out.text(progress.query);
  out.number(progress.last_success.time_since_epoch().count());
  out.number(static_cast<Micros>(progress.members.size()));
  for (const auto& [name, member] : progress.members) {
    out.text(name);
    out.number(member.answered ? 1 : 0);
    write(out, member.seen);
    out.number(member.days ? 1 : 0);
    if (member.days) write(out, *member.days);
  }
  return out.take();
}

std::optional<Progress> decode_progress(std::string_view bytes) {
  Reader in(bytes);
  if (in.count(form) != form) return std::nullopt;
  Progress progress;
  progress.query = in.text();
  progress.last_success = TimePoint{Duration{static_cast<std::int64_t>(in.number())}};
  progress.stored_success = progress.last_success;
  const std::uint64_t members = in.count(most_members);
  for (std::uint64_t i = 0; i < members && !in.failed(); ++i) {
    Member& member = progress.members[std::string(in.text())];
    member.answered = in.count(1) == 1;
    member.seen = read_day(in);
    if (in.count(1) == 1) member.days = read_days(in);
  }
  if (!in.good()) return std::nullopt;
  return progress;
}

}  // namespace cpaas::ledger
