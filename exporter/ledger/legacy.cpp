#include "exporter/ledger/legacy.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <set>

namespace cpaas::ledger {
namespace {

LabelValues labels_of(std::string_view joined) {
  std::vector<std::string_view> values;
  while (!joined.empty() && values.size() < 12) {
    const auto end = std::min(joined.find('\0'), joined.size() - 1);
    values.push_back(joined.substr(0, end));
    joined.remove_prefix(end + 1);
  }
  return LabelValues(std::span<const std::string_view>(values));
}

Days days_of(const LegacyRecord& old) {
  const Day newest = old.days.rbegin()->first;
  Days days;
  days.shown = old.shown;
  days.folded = old.base;
  days.counted_from = old.days.begin()->first;
  days.kept_from = std::max(days.counted_from, newest - horizon);
  for (const auto& [day, amount] : old.days) {
    if (day < days.kept_from) {
      days.folded += amount;
    } else if (amount != 0) {
      days.days.push_back({day, static_cast<std::int64_t>(amount)});
    }
  }
  return days;
}

Record record_of(const LegacyRecord& old) {
  Record record{.created = old.created};
  if (!old.days.empty()) {
    record.state = days_of(old);
  } else if (!old.last) {
    record.state = Sum{old.shown};
  } else {  // or a level's falls, which the records do not tell apart: the first booking does
    record.state = Total{.shown = old.shown, .at = std::max(*old.last, old.peak.value_or(*old.last))};
  }
  return record;
}

}  // namespace

Converted convert(const std::vector<LegacyRecord>& records, const std::vector<std::string_view>& endpoints) {
  const auto rank = [&](const LegacyRecord& each) {
    return std::ranges::find(endpoints, each.endpoint) - endpoints.begin();
  };
  std::vector<const LegacyRecord*> ordered;
  for (const LegacyRecord& each : records) ordered.push_back(&each);
  std::ranges::stable_sort(ordered, {}, [&](const LegacyRecord* each) { return rank(*each); });
  Converted converted;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const LegacyRecord* each : ordered) {
    if (!each->days.empty()) {
      Day& through = converted.days_through[each->endpoint];
      through = std::max(through, each->days.rbegin()->first);
    }
    if (!seen.emplace(each->family, each->labels).second) continue;
    converted.series.push_back({each->family, labels_of(each->labels), record_of(*each)});
  }
  return converted;
}

}  // namespace cpaas::ledger
