#include "exporter/engine/ledger.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace cpaas::engine {
namespace {

constexpr double micros_per_unit = 1e6;
constexpr std::chrono::days days_kept{400};  // longer than any provider restates

// Nothing for what does not fit; the largest that does is about 9e12 units.
std::optional<Micros> to_micros(double value) {
  const double micros = value * micros_per_unit;
  constexpr double limit = 9e18;
  if (!(std::fabs(micros) < limit)) return std::nullopt;
  return std::llround(micros);
}

double to_units(Micros micros) {
  return static_cast<double>(micros) / micros_per_unit;
}

Micros sum_of_days(const LedgerRecord& record) {
  return std::accumulate(record.days.begin(), record.days.end(), record.base,
                         [](Micros sum, const auto& day) { return sum + day.second; });
}

// Whether the day's value is in `base` already, without being kept: a provider may go on sending it.
bool is_forgotten(const LedgerRecord& record, Day day) {
  if (record.base == 0 || record.days.empty()) return false;
  return day < record.days.begin()->first && day < record.days.rbegin()->first - days_kept;
}

// By our clock and by the provider's days, so that neither can have days forgotten that are still to change.
Day day_to_keep_from(const LedgerRecord& record, TimePoint now) {
  const Day newest = record.days.empty() ? day_of(now) : record.days.rbegin()->first;
  return std::min(day_of(now), newest) - days_kept;
}

SeriesKey series_key(std::string_view endpoint, const Family& family, const LabelValues& labels) {
  SeriesKey key(endpoint);
  key.append(1, '\0').append(family.name).append(1, '\0').append(labels.key());
  return key;
}

// Gives whether the value was corrected downward.
bool set_day(LedgerRecord& record, Day day, double value) {
  const auto micros = to_micros(value);
  if (!micros || *micros < 0 || is_forgotten(record, day)) return false;
  const auto [at, added] = record.days.try_emplace(day, *micros);
  const bool corrected = !added && *micros < at->second;
  at->second = *micros;
  return corrected;
}

void show_sum_of_days(LedgerRecord& record) {
  record.shown = std::max(record.shown, sum_of_days(record));
}

}  // namespace

bool apply_day(LedgerRecord& record, Day day, double value) {
  const bool corrected = set_day(record, day, value);
  show_sum_of_days(record);
  return corrected;
}

void fold_days(LedgerRecord& record, Day keep_from) {
  const auto end = record.days.lower_bound(keep_from);
  for (auto day = record.days.begin(); day != end; ++day) record.base += day->second;
  record.days.erase(record.days.begin(), end);
}

bool apply_total(LedgerRecord& record, double total) {
  const auto micros = to_micros(total);
  if (!micros) return false;
  const bool fell = record.last && *micros < *record.last;
  if (fell) {
    record.peak = std::max(record.peak.value_or(*record.last), *record.last);
    record.base = record.shown - *micros;
  } else if (record.peak && *micros > *record.last) {
    if (*micros >= *record.peak) record.base = record.shown - *record.peak;
    record.peak.reset();
  }
  record.last = *micros;
  record.shown = std::max(record.shown, record.base + *micros);
  return fell;
}

void apply_level(LedgerRecord& spent, LedgerRecord* added, double level) {
  const auto micros = to_micros(level);
  if (!micros) return;
  const Micros before = spent.last.value_or(*micros);
  if (*micros < before) spent.shown += before - *micros;
  if (*micros > before && added != nullptr) added->shown += *micros - before;
  spent.last = *micros;
}

Result<void> Ledger::load_once(LedgerStore& store) {
  if (loaded_) return {};
  auto records = store.load(account_);
  if (!records) return tl::unexpected(records.error());
  records_ = std::move(*records);
  loaded_ = true;
  return {};
}

Result<Ledger::Applied> Ledger::apply(LedgerStore& store, std::string_view endpoint, Page& page,
                                      TimePoint now) {
  if (auto loaded = load_once(store); !loaded) return tl::unexpected(loaded.error());
  LedgerStore::Records changed;
  std::map<SeriesKey, Sample> counters;
  // A copy of the record, so that nothing is taken over unless it is saved.
  const auto record = [&](const Family& family, const LabelValues& labels,
                          TimePoint created) -> LedgerRecord& {
    const SeriesKey series = series_key(endpoint, family, labels);
    counters.try_emplace(series, Sample{&family, Window::none, labels, 0});
    const auto [at, added] = changed.try_emplace(series, LedgerRecord{.created = created});
    if (const auto known = records_.find(series); added && known != records_.end())
      at->second = known->second;
    return at->second;
  };

  Applied applied;
  const auto earliest = std::min_element(page.days.begin(), page.days.end(),
                                         [](const DayValue& a, const DayValue& b) { return a.day < b.day; });
  const TimePoint first_day = earliest == page.days.end() ? now : TimePoint{earliest->day};
  // Only the sum of the whole response counts: it may have moved units from one day to another.
  std::set<LedgerRecord*> of_days;
  for (const DayValue& day : page.days) {
    LedgerRecord& each = record(*day.family, day.labels, first_day);
    applied.corrections += set_day(each, day.day, day.value) ? 1U : 0U;
    of_days.insert(&each);
  }
  for (LedgerRecord* each : of_days) show_sum_of_days(*each);
  for (const Level& level : page.levels) {
    LedgerRecord* added = level.added != nullptr ? &record(*level.added, level.labels, now) : nullptr;
    apply_level(record(*level.spent, level.labels, now), added, level.value);
  }
  for (const Sample& sample : page.samples) {
    if (sample.family->kind != Kind::counter) continue;
    applied.corrections +=
        apply_total(record(*sample.family, sample.labels, TimePoint{}), sample.value) ? 1U : 0U;
  }
  for (auto& [series, each] : changed) fold_days(each, day_to_keep_from(each, now));

  std::erase_if(changed, [&](const auto& each) {
    const auto known = records_.find(each.first);
    return known != records_.end() && known->second == each.second;
  });
  if (!changed.empty()) {
    if (auto saved = store.save(account_, changed); !saved) return tl::unexpected(saved.error());
  }
  for (auto& [series, each] : changed) records_[series] = std::move(each);

  std::erase_if(page.samples, [](const Sample& sample) { return sample.family->kind == Kind::counter; });
  for (auto& [series, counter] : counters) {
    counter.value = to_units(records_.at(series).shown);
    counter.created = records_.at(series).created;
    applied.counters.push_back(std::move(counter));
  }
  return applied;
}

Result<std::optional<Day>> Ledger::last_day(LedgerStore& store, std::string_view endpoint) {
  if (auto loaded = load_once(store); !loaded) return tl::unexpected(loaded.error());
  std::optional<Day> last;
  const SeriesKey prefix = std::string(endpoint) + '\0';
  for (auto at = records_.lower_bound(prefix); at != records_.end() && at->first.starts_with(prefix); ++at) {
    if (at->second.days.empty()) continue;
    const Day day = at->second.days.rbegin()->first;
    if (!last || day > *last) last = day;
  }
  return last;
}

}  // namespace cpaas::engine
