#include "exporter/ledger/ledger.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "exporter/ledger/kept_gauges.h"
#include "exporter/ledger/legacy.h"
#include "exporter/ledger/series_labels.h"

namespace cpaas::ledger {
namespace {

using std::chrono::days;
using namespace std::chrono_literals;

constexpr days forget_after{400};   // a series that nobody has seen
constexpr days seen_to_within{30};  // so that what stands still is not written every day
constexpr Duration shown_at_zero = 2min;
constexpr int answers_of_another_account = 5;  // in a row, before counters begin anew
constexpr Duration success_to_within = 1min;

// Bytes that were no text: not the name of anything new.
bool is_garbled(std::string_view text) {
  return text.find("\xEF\xBF\xBD") != std::string_view::npos;
}

// What the endpoint asks for: with another answer to that, series that were not there before are no
// newcomers.
std::string query_of(const Account& account, const Endpoint& endpoint) {
  std::string query = std::to_string(account.settings.window.count());
  for (const auto& [name, text] : account.settings.texts) query += "\n" + name + "=" + text;
  for (const auto& [name, list] : account.settings.lists) {
    query += "\n" + name + ":";
    for (const std::string& each : list) query += each + ",";
  }
  for (const Source& source : account.collector->sources) {
    if (source.endpoint == endpoint.name)
      query.append("\n").append(source.family->name).append(" ").append(source.field);
  }
  return std::to_string(std::hash<std::string>{}(query));
}

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

std::string account_identity(const Account& account) {
  std::string identity = account.settings.account;
  identity.append(1, '\0').append(account.collector->name);
  identity.append(1, '\0').append(account.settings.base_url);
  for (const Option& option : account.collector->options) {
    if (!option.names_account) continue;
    identity.append(1, '\0').append(option.name).append("=").append(account.settings.text(option.name));
  }
  return identity;
}

std::string legacy_identity(const Account& account) {
  std::string identity = account.settings.account;
  identity.append(1, '\0').append(account.collector->name);
  for (const auto& [name, text] : account.settings.texts) {
    identity.append(1, '\0').append(name).append("=").append(text);
  }
  return identity;
}

std::size_t Ledger::SeriesNameHash::operator()(const SeriesName& name) const {
  const std::hash<std::string_view> of_text;
  return of_text(name.labels) ^ (std::hash<const void*>{}(name.family) << 1U) ^ (of_text(name.part) << 7U);
}

Ledger::Ledger(const Account& account)
    : identity_(account_identity(account)), legacy_(ledger::legacy_identity(account)) {
  configure(account);
}

void Ledger::configure(const Account& account) {
  zone_ = account.settings.zone;
  families_.clear();
  owners_.clear();
  endpoints_.clear();
  queries_.clear();
  for (const Source& source : account.collector->sources)
    families_.emplace(source.family->name, source.family);
  std::set<const Family*> owned;
  for (const EndpointPlan& plan : account.endpoints) {
    endpoints_.push_back(plan.endpoint->name);
    queries_.emplace(plan.endpoint->name, query_of(account, *plan.endpoint));
    std::vector<const Family*> whole;
    for (const Source& source : account.collector->sources) {
      if (source.endpoint != plan.endpoint->name || source.family->kind != Kind::counter) continue;
      if (owned.contains(source.family)) continue;
      owners_[source.family].insert(plan.endpoint->name);
      if (!source.partial) whole.push_back(source.family);
    }
    owned.insert(whole.begin(), whole.end());
  }
  for (Entry& entry : entries_) entry.shown = entry.part_size == 0 && is_shown(*entry.family);
}

bool Ledger::owns(std::string_view endpoint, const Family& family) const {
  const auto owners = owners_.find(&family);
  return owners != owners_.end() && owners->second.contains(endpoint);
}

bool Ledger::is_shown(const Family& family) const {
  return owners_.contains(&family);
}

const Family* Ledger::family_of(std::string_view name) const {
  const auto found = families_.find(name);
  return found == families_.end() ? nullptr : found->second;
}

// --- the store's side

std::vector<Corrected> Ledger::restore(StoredAccount stored) {
  std::vector<Corrected> unreadable;
  restored_ = true;
  replaces_ = stored.replaces;
  account_id_ = std::move(stored.account_id);
  next_series_ = stored.next_series;
  for (SeriesRow& row : stored.series) {
    if (restore_row(row)) continue;
    unreadable.push_back({Correction::unreadable, series_text(row.family, row.labels, row.part)});
    rest_.set_aside.push_back(row.id);
  }
  for (auto& [name, row] : stored.endpoints) {
    if (row.progress) {
      if (auto progress = decode_progress(*row.progress)) {
        progress_.emplace(name, std::move(*progress));
      } else {
        unreadable.push_back({Correction::unreadable, "progress of " + name});
      }
    }
    if (row.gauges) {
      const std::size_t hash = std::hash<std::string>{}(*row.gauges);
      gauges_.emplace(name, Gauges{std::move(*row.gauges), hash});
    }
  }
  if (!stored.legacy.empty()) take_over_legacy(stored.legacy);
  return unreadable;
}

// A row of a family that no source has any more is left where it is.
bool Ledger::restore_row(SeriesRow& row) {
  const Family* family = family_of(row.family);
  if (family == nullptr || family->kind != Kind::counter) return true;
  auto record = decode_record(row.record);
  if (!record) return false;
  const auto labels = labels_of(*family, row.labels);
  if (!labels || find(*family, *labels, row.part) != nullptr) return true;
  Entry& entry = new_entry(row.id, *family, labels->key(), row.part);
  entry.stored = true;
  take_record(entry, *record, row.record);
  entry.value = to_units(shown(*record));
  return true;
}

void Ledger::take_over_legacy(const std::vector<LegacyRecord>& records) {
  Converted converted = convert(records, endpoints_);
  for (Converted::Series& each : converted.series) {
    const Family* family = family_of(each.family);
    if (family == nullptr || each.labels.values().size() != family->labels.size()) continue;
    Entry& entry = add(*family, each.labels, {}, std::move(each.record));
    entry.value = to_units(shown(open(entry)));  // as it was shown before
    entry.stored = true;
  }
  close_all();
  for (const auto& [endpoint, through] : converted.days_through) {
    Progress& progress = progress_[endpoint];
    // Members are not known: each begins where the endpoint left off.
    progress.members[""] = Member{true, through, ReadDays{through, through - days{1}}};
  }
  rest_.legacy_taken_over = legacy_;
}

std::optional<KeptGauges> Ledger::kept_gauges(std::string_view endpoint) const {
  const auto progress = progress_.find(endpoint);
  const auto gauges = gauges_.find(endpoint);
  if (progress == progress_.end() || progress->second.last_success == TimePoint{}) return std::nullopt;
  KeptGauges kept{progress->second.last_success, {}};
  if (gauges != gauges_.end()) {
    kept.samples =
        decode_gauges(gauges->second.stored, [this](std::string_view name) { return family_of(name); });
  }
  return kept;
}

// --- series

void Ledger::Entry::set_text(std::string_view labels, std::string_view part, std::string_view record) {
  auto joined = std::make_unique_for_overwrite<char[]>(labels.size() + part.size() + record.size());
  char* end = joined.get();
  for (const std::string_view each : {labels, part, record}) end = std::ranges::copy(each, end).out;
  labels_size = static_cast<std::uint32_t>(labels.size());
  part_size = static_cast<std::uint32_t>(part.size()) & ((1U << 26U) - 1);
  record_size = static_cast<std::uint32_t>(record.size());
  text = std::move(joined);
}

void Ledger::index(Entry& entry) {
  entry.shown = entry.part_size == 0 && is_shown(*entry.family);
  if (by_name_.size() >= buckets_.size()) {
    std::vector<ByName::bucket_type> more(buckets_.size() * 2);
    by_name_.rehash(ByName::bucket_traits(more.data(), more.size()));
    buckets_ = std::move(more);
  }
  by_name_.insert(entry);
}

Ledger::Entry& Ledger::new_entry(SeriesId id, const Family& family, std::string_view labels,
                                 std::string_view part) {
  Entry& entry = entries_.emplace_back(id, family);
  entry.set_text(labels, part, {});
  index(entry);
  return entry;
}

void Ledger::open_as(Entry& entry, Record record) {
  opened_.push_back({&entry, std::move(record), {}});
  entry.opened = static_cast<std::uint32_t>(opened_.size());
}

// The record to be changed, until close_all().
Ledger::Opened& Ledger::opened(Entry& entry) {
  if (entry.opened == 0) open_as(entry, decode_record(entry.record()).value_or(Record{}));
  return opened_[entry.opened - 1];
}

void Ledger::close_all() {
  for (const Opened& each : std::exchange(opened_, {})) {
    each.entry->opened = 0;
    take_record(*each.entry, each.record, encode(each.record));
  }
}

void Ledger::take_record(Entry& entry, const Record& record, std::string_view encoded) {
  if (encoded.size() == entry.record_size) {
    std::ranges::copy(encoded, entry.text.get() + entry.labels_size + entry.part_size);
  } else {
    entry.set_text(entry.labels(), entry.part(), encoded);
  }
  entry.created = record.created;
  entry.seen = record.seen;
  entry.born = record.born;
}

Ledger::Entry* Ledger::find(const Family& family, const LabelValues& labels, std::string_view part) {
  const auto found =
      by_name_.find(SeriesName{&family, labels.key(), part}, SeriesNameHash{}, SameSeriesName{});
  return found == by_name_.end() ? nullptr : &*found;
}

Ledger::Entry& Ledger::add(const Family& family, const LabelValues& labels, std::string_view part,
                           Record record) {
  Entry& entry = new_entry(next_series_++, family, labels.key(), part);
  open_as(entry, std::move(record));
  entry.dirty = true;
  dirty_.push_back(&entry);
  return entry;
}

// Those that were not seen for long, once a day. Not while a batch that names them is under way.
void Ledger::forget_old(Day today) {
  if (forgot_ >= today || under_way_.active) return;
  forgot_ = today;
  const auto is_old = [&](const Entry& entry) { return entry.seen < today - forget_after && !entry.dirty; };
  if (std::ranges::any_of(entries_, is_old)) {
    std::deque<Entry> kept;
    by_name_.clear();
    dirty_.clear();
    for (Entry& entry : entries_) {
      if (is_old(entry)) {
        rest_.removed.push_back(entry.id);
      } else {
        kept.push_back(std::move(entry));
      }
    }
    entries_ = std::move(kept);
    for (Entry& entry : entries_) {
      index(entry);
      if (entry.dirty) dirty_.push_back(&entry);
    }
  }
  for (auto& [name, progress] : progress_) {
    std::erase_if(progress.members, [&](const auto& each) {
      return !each.first.empty() && each.second.seen < today - forget_after;
    });
  }
}

// The answers are another account's now.
void Ledger::become(const std::string& account_id) {
  for (const Entry& entry : entries_) rest_.removed.push_back(entry.id);
  by_name_.clear();
  entries_.clear();
  dirty_.clear();
  opened_.clear();
  under_way_.entries.clear();
  progress_.clear();
  replaces_ = true;
  account_id_ = account_id;
  rest_.account_id = account_id;
}

// --- a poll

// What one poll's bookings have in common.
class Ledger::Poll {
 public:
  Poll(Ledger& ledger, std::string_view endpoint, const When& when)
      : ledger_(ledger),
        endpoint_(endpoint),
        when_(when),
        today_(ledger.zone_.day_of(std::min(when.ours, when.providers))),
        progress_(ledger.progress_[std::string(endpoint)]),
        query_(ledger.queries_.at(std::string(endpoint))),
        goes_on_(progress_.last_success != TimePoint{} && progress_.query == query_) {}

  void book(const Booking& booking) {
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
  void note_unread(const std::string& name) {
    const auto [at, is_new] = progress_.members.try_emplace(name);
    at->second.seen = today_;
    progress_changed_ = progress_changed_ || is_new;
  }

  bool progress_changed() const { return progress_changed_; }

  Booked finish(const std::vector<Booking>& bookings, const Unread& unread) {
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

 private:
  void note_asked(const std::string& name) {
    Member& member = progress_.members[name];
    member.asked = true;
    if (member.seen < today_) member.seen = today_;
  }

  // Whether series that are seen for the first time are new in the world, and not only to the ledger.
  struct Newness {
    bool series;  // the member was answered before, or is new itself
    bool member;
  };
  Newness newness_of(const std::string& name) {
    const auto [at, is_new] = newness_.try_emplace(name);
    if (!is_new) return at->second;
    const auto member = progress_.members.find(name);
    const bool unknown = member == progress_.members.end();
    at->second = {goes_on_ && (unknown || member->second.answered), goes_on_ && unknown};
    return at->second;
  }

  void note(const Verdict& verdict, const Family& family, const LabelValues& labels,
            std::string_view part = {}) {
    result_.ask_again = result_.ask_again || verdict.ask_again;
    if (verdict.correction)
      result_.corrections.push_back({*verdict.correction, series_text(family, labels, part)});
  }

  void touch(Entry& entry, bool changed) {
    Record& record = ledger_.open(entry);
    const bool long_ago = record.seen + seen_to_within < today_;
    if (!changed && !long_ago) return;
    record.seen = std::max(record.seen, today_);
    if (entry.dirty) return;
    entry.dirty = true;
    ledger_.dirty_.push_back(&entry);
  }

  // Each series once in a poll: of one that comes twice the first counts.
  bool is_first(Entry& entry, Day day = {}) {
    auto& taken = ledger_.opened(entry).taken;
    if (std::ranges::find(taken, day) != taken.end()) return false;
    taken.push_back(day);
    return true;
  }

  // --- totals

  // A total that begins: as it is, at 0 because another account's was there before, or counted from 0.
  Record total_record(Micros value, bool born) const {
    if (born) return {when_.ours, today_, true, Total{}};
    if (ledger_.replaces_) return {when_.ours, today_, false, Total{.at = value}};
    return {TimePoint{}, today_, false, Total{.shown = value, .at = value}};
  }

  void book_total(const Sample& sample, bool born) {
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

  void apply(Entry& entry, Micros value, const Family& family, const LabelValues& labels) {
    bool fresh = false;
    auto& total = state_as<Total>(ledger_.open(entry), fresh);
    if (fresh) total.at = value;
    const Verdict verdict = apply_total(total, value, when_.ours);
    note(verdict, family, labels, entry.part());
    touch(entry, verdict.changed || fresh);
  }

  // The sum grows by what its part grows.
  void book_part(const TotalPart& part, bool born) {
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

  void grow(Entry& entry, Micros by) {
    bool fresh = false;
    auto& sum = state_as<Sum>(ledger_.open(entry), fresh);
    sum.shown += by;
    touch(entry, fresh || by != 0);
  }

  // --- levels

  void book_level(const Level& level) {
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

  // --- days

  // With its days begun.
  Member& member_with_days(const Booking& booking) {
    const auto known = progress_.members.find(booking.member);
    const bool begun = known != progress_.members.end() && known->second.days;
    Member& member = progress_.members[booking.member];
    if (begun) return member;
    const auto whole = progress_.members.find("");
    const bool from_legacy =
        progress_.query.empty() && whole != progress_.members.end() && whole->second.days;
    if (from_legacy) {
      member.days = ReadDays{std::min(whole->second.days->from, today_), whole->second.days->through};
      return member;
    }
    const bool born = newness_of(booking.member).member;
    progress_changed_ = true;
    member.days =
        begin_reading(born ? std::min(ledger_.zone_.day_of(progress_.last_success), today_) : today_);
    if (!born) history_.insert(booking.member);
    return member;
  }

  void book_days(const Booking& booking) {
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

  Entry* book_day(const DayValue& value, const std::string& name, const Member& member,
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
  static void begin_days_at(Days& state, const DayAmount& amount) {
    if (amount.day == state.counted_from) {
      begin_days(state, state.counted_from, amount.amount);
    } else {
      state.folded -= amount.amount;
      state.days.push_back(amount);
      std::ranges::sort(state.days, {}, &DayAmount::day);
    }
  }

  Entry& begin_series(const DayValue& value, const std::string& name, const Member& member) {
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

  Ledger& ledger_;
  std::string_view endpoint_;
  const When& when_;
  Day today_;  // by both clocks: no day after it has begun
  Progress& progress_;
  std::string query_;
  bool goes_on_;  // the endpoint worked before and asked for the same
  std::map<std::string, Newness> newness_;
  std::set<std::string> history_;     // members whose first answer this is
  std::set<const Entry*> histories_;  // series of which this answer is history
  std::set<const Entry*> new_sums_;
  std::set<Day> held_;  // of the present booking: to be asked for again at once
  bool progress_changed_ = false;
  Booked result_;
};

Ledger::Booked Ledger::book(std::string_view endpoint, const std::vector<Booking>& bookings,
                            const Unread& unread, const std::vector<Sample>& gauges, const When& when) {
  if (!restored_) return {};
  for (const Booking& booking : bookings) {
    if (booking.account_id.empty() || is_garbled(booking.account_id)) continue;
    if (booking.account_id == account_id_) {
      other_answers_ = 0;
      continue;
    }
    other_answers_ = booking.account_id == other_account_id_ ? other_answers_ + 1 : 1;
    if (account_id_.empty()) {
      account_id_ = booking.account_id;
      rest_.account_id = account_id_;
    } else if (other_answers_ >= answers_of_another_account) {
      become(booking.account_id);
      Booked booked = book(endpoint, bookings, unread, gauges, when);
      booked.corrections.push_back({Correction::account, std::string(endpoint)});
      return booked;
    } else {
      other_account_id_ = booking.account_id;
      return {{{Correction::held, std::string(endpoint)}}, true, 0};
    }
  }
  Poll poll(*this, endpoint, when);
  for (const Booking& booking : bookings) poll.book(booking);
  close_all();
  Booked booked = poll.finish(bookings, unread);
  if (!unread.part) note_gauges(endpoint, gauges);
  Progress& progress = progress_.find(endpoint)->second;
  const auto since_stored = when.ours - progress.stored_success;
  if (poll.progress_changed() || !dirty_.empty() || rest_.endpoints.contains(std::string(endpoint)) ||
      since_stored < 0ms || since_stored >= success_to_within) {
    rest_.endpoints[std::string(endpoint)].progress = "";  // encoded when it is handed over
    progress.stored_success = when.ours;
  }
  forget_old(day_of(when.ours));
  return booked;
}

void Ledger::note_gauges(std::string_view endpoint, const std::vector<Sample>& gauges) {
  std::string encoded = encode_gauges(gauges);
  Gauges& kept = gauges_[std::string(endpoint)];
  kept.stored.clear();
  const std::size_t hash = std::hash<std::string>{}(encoded);
  if (hash == kept.hash) return;
  kept.hash = hash;
  rest_.endpoints[std::string(endpoint)].gauges = std::move(encoded);
}

std::vector<Day> Ledger::days_to_ask(std::string_view endpoint, std::string_view name, Day today,
                                     TimePoint now, DayBudget& budget) const {
  std::vector<Day> asked{today};
  const auto progress = progress_.find(endpoint);
  if (progress == progress_.end()) return asked;
  const auto member = progress->second.members.find(name);
  if (member == progress->second.members.end() || !member->second.days) return asked;
  const ReadDays& read = *member->second.days;
  const Day yesterday = today - days{1};
  if (yesterday >= read.from) asked.push_back(yesterday);
  const auto take = [&](const std::vector<Day>& wanted, std::size_t& left) {
    for (const Day day : wanted) {
      if (left == 0) return;
      if (day >= yesterday) continue;
      asked.push_back(day);
      --left;
    }
  };
  take(owed_days(read, today), budget.owed);
  take(days_to_read_again(read, today, now), budget.again);
  return asked;
}

unsigned Ledger::acquaintance(std::string_view endpoint, std::string_view name) const {
  const auto progress = progress_.find(endpoint);
  if (progress == progress_.end()) return 0;
  const auto member = progress->second.members.find(name);
  if (member == progress->second.members.end()) return 0;
  return member->second.answered ? 2 : 1;
}

std::optional<std::size_t> Ledger::days_missing(std::string_view endpoint, Day today) const {
  const auto progress = progress_.find(endpoint);
  if (progress == progress_.end()) return std::nullopt;
  std::optional<std::size_t> missing;
  for (const auto& [name, member] : progress->second.members) {
    if (member.days && member.asked) missing = missing.value_or(0) + owed_days(*member.days, today).size();
  }
  return missing;
}

// --- to the store and to the page

Batch Ledger::changes(TimePoint now) {
  Batch batch = std::exchange(rest_, {});
  batch.account = identity_;
  batch.today = day_of(now);
  batch.replaces = replaces_;
  for (auto& [name, row] : batch.endpoints) {
    const auto progress = progress_.find(name);
    if (row.progress) row.progress = progress != progress_.end() ? encode(progress->second) : std::string{};
  }
  LabelValues labels;
  for (Entry* entry : std::exchange(dirty_, {})) {
    entry->dirty = false;
    SeriesRow row{entry->id, {}, {}, {}, std::string(entry->record())};
    under_way_.entries.emplace_back(entry, to_units(shown_of(entry->record())));
    if (batch.legacy_taken_over.empty() && entry->stored) {
      batch.changed.push_back(std::move(row));
      continue;
    }
    row.family = entry->family->name;
    labels.assign_key(entry->labels());
    row.labels = labels_by_name(*entry->family, labels);
    row.part = entry->part();
    batch.added.push_back(std::move(row));
  }
  return batch;
}

std::optional<Batch> Ledger::take_changes(TimePoint now) {
  const bool nothing = dirty_.empty() && rest_.endpoints.empty() && rest_.removed.empty() &&
                       rest_.set_aside.empty() && !rest_.account_id && rest_.legacy_taken_over.empty();
  if (under_way_.active || nothing) return std::nullopt;
  under_way_.active = true;
  Batch batch = changes(now);
  under_way_.rest = batch;
  under_way_.rest.added.clear();
  under_way_.rest.changed.clear();
  return batch;
}

std::optional<Batch> Ledger::take_last_changes(TimePoint now) {
  under_way_ = {};
  return take_changes(now);
}

void Ledger::committed(bool success) {
  if (!under_way_.active) return;
  UnderWay done = std::exchange(under_way_, {});
  for (const auto& [entry, value] : done.entries) {
    if (success) {
      entry->stored = true;
      entry->value = value;
    } else if (!entry->dirty) {
      entry->dirty = true;
      dirty_.push_back(entry);
    }
  }
  if (success) return;
  const auto put_back = [](auto& into, auto& from) { into.insert(into.end(), from.begin(), from.end()); };
  put_back(rest_.removed, done.rest.removed);
  put_back(rest_.set_aside, done.rest.set_aside);
  if (!rest_.account_id) rest_.account_id = done.rest.account_id;
  if (rest_.legacy_taken_over.empty()) rest_.legacy_taken_over = done.rest.legacy_taken_over;
  for (auto& [name, row] : done.rest.endpoints) {
    EndpointRow& again = rest_.endpoints[name];
    if (!again.progress) again.progress = row.progress;
    if (!again.gauges) again.gauges = std::move(row.gauges);
  }
}

void Ledger::each_counter(TimePoint now, const std::function<void(const Sample&)>& show) const {
  Sample sample{};  // one for all: its text is not allocated anew
  for (const Entry& entry : entries_) {
    if (!entry.shown || !entry.stored) continue;
    const bool young = entry.born && entry.created <= now && now < entry.created + shown_at_zero;
    entry.revealed = entry.revealed || !young;
    sample.family = entry.family;
    sample.labels.assign_key(entry.labels());
    sample.value = entry.revealed ? entry.value : 0;
    sample.created = entry.created;
    show(sample);
  }
}

std::map<const Family*, std::size_t> Ledger::counters_of_families() const {
  std::map<const Family*, std::size_t> counts;
  for (const Entry& entry : entries_) {
    if (entry.shown && entry.stored) ++counts[entry.family];
  }
  return counts;
}

std::optional<TimePoint> Ledger::next_change(TimePoint now) const {
  std::optional<TimePoint> next;
  for (const Entry& entry : entries_) {
    if (!entry.shown || !entry.born) continue;
    const TimePoint end = entry.created + shown_at_zero;
    if (end > now && (!next || end < *next)) next = end;
  }
  return next;
}

}  // namespace cpaas::ledger
