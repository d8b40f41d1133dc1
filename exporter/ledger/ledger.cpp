#include "exporter/ledger/ledger.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "exporter/ledger/kept_gauges.h"
#include "exporter/ledger/legacy.h"
#include "exporter/ledger/poll.h"
#include "exporter/ledger/series_labels.h"

namespace cpaas::ledger {
namespace {

using std::chrono::days;
using namespace std::chrono_literals;

constexpr days forget_after{400};  // a series that nobody has seen
constexpr Duration shown_at_zero = 2min;
constexpr int answers_of_another_account = 5;  // in a row, before counters begin anew
constexpr Duration success_to_within = 1min;

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
