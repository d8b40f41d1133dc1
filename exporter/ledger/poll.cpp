#include "exporter/ledger/poll.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "exporter/ledger/series_labels.h"

namespace cpaas::ledger {
namespace {

using std::chrono::days;

constexpr days seen_to_within{30};  // so that what stands still is not written every day

// The state that the series' source needs; a series that had another goes on from what it showed. `fresh`
// where it has nothing to compare with yet.
template <class State>
State& state_as(Record& record, bool& fresh) {
  if (auto* state = std::get_if<State>(&record.state)) return *state;
  const Micros before = shown(record);
  const Total* total = std::get_if<Total>(&record.state);
  const std::optional<Micros> at = total != nullptr ? std::optional(total->at) : std::nullopt;
  record.state = State{};
  set_shown(record, before);
  auto& state = std::get<State>(record.state);
  fresh = true;
  if constexpr (std::is_same_v<State, LevelState>) {
    if (at) {
      state.at = *at;
      fresh = false;
    }
  }
  return state;
}

}  // namespace

Ledger::Poll::Poll(Ledger& ledger, std::string_view endpoint, const When& when)
    : ledger_(ledger),
      endpoint_(endpoint),
      when_(when),
      today_(ledger.zone_.day_of(std::min(when.ours, when.providers))),
      progress_(ledger.progress_[std::string(endpoint)]),
      query_(ledger.queries_.at(std::string(endpoint))),
      goes_on_(progress_.last_success != TimePoint{} && progress_.query == query_) {}

void Ledger::Poll::book(const Booking& booking) {
  const bool born = newness_of(booking.member).series;
  for (const Sample& sample : booking.totals) book_total(sample, born);
  for (const Level& level : booking.levels) book_level(level);
  for (const TotalPart& part : booking.parts) book_part(part, born);
  const bool has_days = !booking.days.empty() || !booking.days_read.empty();
  if (has_days && !when_.clocks_differ) book_days(booking);  // else which day is it?
  Member& member = progress_.members[booking.member];
  progress_changed_ = progress_changed_ || !member.answered;
  member.answered = true;
}

// Known from now on: what it has when it is first read is no news.
void Ledger::Poll::note_unread(const std::string& name) {
  const auto [at, is_new] = progress_.members.try_emplace(name);
  at->second.seen = today_;
  progress_changed_ = progress_changed_ || is_new;
}

Ledger::Booked Ledger::Poll::finish(const std::vector<Booking>& bookings, const Unread& unread) {
  for (const std::string& name : unread.refused) note_unread(name);
  for (const std::string& name : unread.listed) note_unread(name);
  const std::set<std::string_view> listed(unread.listed.begin(), unread.listed.end());
  for (auto& [name, member] : progress_.members) {
    member.asked = member.asked && (unread.part || listed.contains(name));
    // Asked for something else from now on: what is not there yet is no newcomer.
    if (!goes_on_ && listed.contains(name)) member.answered = false;
  }
  for (const Booking& booking : bookings) note_asked(booking.member);
  for (auto& [name, member] : progress_.members) {
    if (!member.asked || !member.days || when_.clocks_differ) continue;
    const std::size_t lost = give_up_old(*member.days, today_);
    for (std::size_t i = 0; i < lost; ++i) {
      result_.corrections.push_back({Correction::days_lost, std::string(endpoint_) + " " + name});
    }
  }
  progress_changed_ = progress_changed_ || progress_.query != query_ ||
                      ledger_.zone_.day_of(progress_.last_success) != today_;
  progress_.query = query_;
  progress_.last_success = when_.ours;
  return std::move(result_);
}

void Ledger::Poll::note_asked(const std::string& name) {
  Member& member = progress_.members[name];
  member.asked = true;
  if (member.seen < today_) member.seen = today_;
}

Ledger::Poll::Newness Ledger::Poll::newness_of(const std::string& name) {
  const auto [at, is_new] = newness_.try_emplace(name);
  if (!is_new) return at->second;
  const auto member = progress_.members.find(name);
  const bool unknown = member == progress_.members.end();
  at->second = {goes_on_ && (unknown || member->second.answered), goes_on_ && unknown};
  return at->second;
}

void Ledger::Poll::note(const Verdict& verdict, const Family& family, const LabelValues& labels,
                        std::string_view part) {
  result_.ask_again = result_.ask_again || verdict.ask_again;
  if (verdict.correction)
    result_.corrections.push_back({*verdict.correction, series_text(family, labels, part)});
}

void Ledger::Poll::touch(Entry& entry, bool changed) {
  Record& record = ledger_.open(entry);
  const bool long_ago = record.seen + seen_to_within < today_;
  if (!changed && !long_ago) return;
  record.seen = std::max(record.seen, today_);
  if (entry.dirty) return;
  entry.dirty = true;
  ledger_.dirty_.push_back(&entry);
}

// Each series once in a poll: of one that comes twice the first counts.
bool Ledger::Poll::is_first(Entry& entry, Day day) {
  auto& taken = ledger_.opened(entry).taken;
  if (std::ranges::find(taken, day) != taken.end()) return false;
  taken.push_back(day);
  return true;
}

// A total that begins: as it is, at 0 because another account's was there before, or counted from 0.
Record Ledger::Poll::total_record(Micros value, bool born) const {
  if (born) return {when_.ours, today_, true, Total{}};
  if (ledger_.replaces_) return {when_.ours, today_, false, Total{.at = value}};
  return {TimePoint{}, today_, false, Total{.shown = value, .at = value}};
}

void Ledger::Poll::book_total(const Sample& sample, bool born) {
  if (!ledger_.owns(endpoint_, *sample.family)) return;
  const auto value = to_micros(sample.value);
  if (!value || *value < 0) {
    note({Correction::refused}, *sample.family, sample.labels);
    return;
  }
  Entry* entry = ledger_.find(*sample.family, sample.labels);
  const bool is_new = entry == nullptr;
  if (is_new && is_garbled(sample.labels.key())) {
    note({Correction::refused}, *sample.family, sample.labels);
    return;
  }
  ++result_.series;
  if (is_new) entry = &ledger_.add(*sample.family, sample.labels, {}, total_record(*value, born));
  if (!is_first(*entry)) return;
  apply(*entry, *value, *sample.family, sample.labels);
}

void Ledger::Poll::apply(Entry& entry, Micros value, const Family& family, const LabelValues& labels) {
  bool fresh = false;
  auto& total = state_as<Total>(ledger_.open(entry), fresh);
  if (fresh) total.at = value;
  const Verdict verdict = apply_total(total, value, when_.ours);
  note(verdict, family, labels, entry.part());
  touch(entry, verdict.changed || fresh);
}

// The sum grows by what its part grows.
void Ledger::Poll::book_part(const TotalPart& part, bool born) {
  if (!ledger_.owns(endpoint_, *part.family)) return;
  const auto value = to_micros(part.value);
  Entry* entry = ledger_.find(*part.family, part.labels, part.part);
  if (!value || *value < 0 || (entry == nullptr && is_garbled(part.part))) {
    note({Correction::refused}, *part.family, part.labels, part.part);
    return;
  }
  Entry* sum = ledger_.find(*part.family, part.labels);
  if (sum == nullptr) {
    const bool from_zero = born || ledger_.replaces_;
    sum = &ledger_.add(*part.family, part.labels, {},
                       {from_zero ? when_.ours : TimePoint{}, today_, born, Sum{}});
    new_sums_.insert(sum);
  }
  if (is_first(*sum)) ++result_.series;
  if (entry == nullptr) {
    const bool counts_whole = !born && !ledger_.replaces_ && new_sums_.contains(sum);
    Record record{when_.ours, today_, born, Total{.at = born ? 0 : *value}};
    entry = &ledger_.add(*part.family, part.labels, part.part, std::move(record));
    if (counts_whole) set_shown(ledger_.open(*entry), *value), grow(*sum, *value);
  }
  if (!is_first(*entry)) return;
  const Micros before = shown(ledger_.open(*entry));
  apply(*entry, *value, *part.family, part.labels);
  grow(*sum, shown(ledger_.open(*entry)) - before);
}

void Ledger::Poll::grow(Entry& entry, Micros by) {
  bool fresh = false;
  auto& sum = state_as<Sum>(ledger_.open(entry), fresh);
  sum.shown += by;
  touch(entry, fresh || by != 0);
}

void Ledger::Poll::book_level(const Level& level) {
  if (!ledger_.owns(endpoint_, *level.spent)) return;
  const auto value = to_micros(level.value);
  if (!value) {
    note({Correction::refused}, *level.spent, level.labels);
    return;
  }
  Entry* spent = ledger_.find(*level.spent, level.labels);
  if (spent == nullptr && is_garbled(level.labels.key())) {
    note({Correction::refused}, *level.spent, level.labels);
    return;
  }
  bool fresh = spent == nullptr;
  if (spent == nullptr)
    spent = &ledger_.add(*level.spent, level.labels, {}, {when_.ours, today_, false, LevelState{}});
  Entry* added = level.added != nullptr ? ledger_.find(*level.added, level.labels) : nullptr;
  if (added == nullptr && level.added != nullptr) {
    added = &ledger_.add(*level.added, level.labels, {}, {when_.ours, today_, false, Sum{}});
  }
  result_.series += added != nullptr ? 2 : 1;
  if (!is_first(*spent)) return;
  auto& state = state_as<LevelState>(ledger_.open(*spent), fresh);
  if (fresh) state.at = *value;
  Micros rise = 0;
  const Verdict verdict = apply_level(state, rise, *value);
  note(verdict, *level.spent, level.labels);
  touch(*spent, verdict.changed || fresh);
  if (added != nullptr) grow(*added, rise);
}

// With its days begun.
Member& Ledger::Poll::member_with_days(const Booking& booking) {
  const auto known = progress_.members.find(booking.member);
  const bool begun = known != progress_.members.end() && known->second.days;
  Member& member = progress_.members[booking.member];
  if (begun) return member;
  const auto whole = progress_.members.find("");
  const bool from_legacy = progress_.query.empty() && whole != progress_.members.end() && whole->second.days;
  if (from_legacy) {
    member.days = ReadDays{std::min(whole->second.days->from, today_), whole->second.days->through};
    return member;
  }
  const bool born = newness_of(booking.member).member;
  progress_changed_ = true;
  member.days = begin_reading(born ? std::min(ledger_.zone_.day_of(progress_.last_success), today_) : today_);
  if (!born) history_.insert(booking.member);
  return member;
}

void Ledger::Poll::book_days(const Booking& booking) {
  Member& member = member_with_days(booking);
  std::set<Day> edges;
  for (const DaysRead& read : booking.days_read) {
    if (read.first_partial) edges.insert(read.from);
  }
  held_.clear();
  std::vector<Entry*> entries;
  for (const DayValue& value : booking.days) {
    if (Entry* entry = book_day(value, booking.member, member, edges)) entries.push_back(entry);
  }
  for (const DaysRead& read : booking.days_read) {
    for (Day day = read.from; day <= read.to; day += days{1}) {
      if (held_.contains(day)) {
        progress_changed_ = note_held(*member.days, day) || progress_changed_;
      } else {
        note_read(*member.days, day, today_, when_.ours);
      }
    }
  }
  const Day keep_from = fold_before(*member.days, today_);
  for (Entry* entry : entries) {
    auto& state = std::get<Days>(ledger_.open(*entry).state);
    const bool moved = show_days(state);
    const bool folded = fold_days(state, keep_from);
    touch(*entry, moved || folded);
  }
}

Ledger::Entry* Ledger::Poll::book_day(const DayValue& value, const std::string& name, const Member& member,
                                      const std::set<Day>& edges) {
  if (!ledger_.owns(endpoint_, *value.family)) return nullptr;
  const auto micros = to_micros(value.value);
  Entry* entry = ledger_.find(*value.family, value.labels);
  const bool amount_fits = micros && *micros >= 0 && *micros <= std::numeric_limits<std::int64_t>::max();
  if (!amount_fits || (entry == nullptr && is_garbled(value.labels.key()))) {
    note({Correction::refused}, *value.family, value.labels);
    return nullptr;
  }
  const DayAmount amount{value.day, static_cast<std::int64_t>(*micros)};
  if (entry == nullptr) entry = &begin_series(value, name, member);
  if (!is_first(*entry, value.day)) return entry;
  bool fresh = false;
  auto& state = state_as<Days>(ledger_.open(*entry), fresh);
  if (fresh) state.counted_from = state.kept_from = today_;
  if ((fresh || histories_.contains(entry)) && amount.day >= state.counted_from) {
    begin_days_at(state, amount);
    touch(*entry, true);
    return entry;
  }
  const Verdict verdict = apply_day(state, amount, {today_, edges.contains(value.day)});
  // A closed day that is less than it was, or nothing, would otherwise have that to stand for a day.
  const bool fell = verdict.correction == Correction::restated;
  if (verdict.ask_again || fell) held_.insert(value.day);
  note(verdict, *value.family, value.labels);
  touch(*entry, verdict.changed);
  return entry;
}

// What was there before counting began: of that day, and by the provider's calendar perhaps of the next.
void Ledger::Poll::begin_days_at(Days& state, const DayAmount& amount) {
  if (amount.day == state.counted_from) {
    begin_days(state, state.counted_from, amount.amount);
  } else {
    state.folded -= amount.amount;
    state.days.push_back(amount);
    std::ranges::sort(state.days, {}, &DayAmount::day);
  }
}

Ledger::Entry& Ledger::Poll::begin_series(const DayValue& value, const std::string& name,
                                          const Member& member) {
  const bool history = history_.contains(name) || !newness_of(name).series;
  Days state;
  state.counted_from = history ? today_ : member.days->from;
  state.kept_from = std::max(state.counted_from, fold_before(*member.days, today_));
  Entry& entry =
      ledger_.add(*value.family, value.labels, {}, {when_.ours, today_, !history, std::move(state)});
  ++result_.series;
  if (history) histories_.insert(&entry);
  return entry;
}

}  // namespace cpaas::ledger
