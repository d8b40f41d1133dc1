#include "exporter/engine/series_cap.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "exporter/core/families.h"

namespace cpaas::engine {
namespace {

using Parts = std::span<const PackedSamples* const>;

struct Counted {
  SeriesGroup group;
  std::size_t series;
};

using Counters = std::map<const Family*, std::size_t>;

std::size_t sample_count(Parts parts, const Counters& counters) {
  std::size_t count = 0;
  for (const auto& [family, series] : counters) count += series;
  for (const auto* part : parts) count += part->size();
  return count;
}

bool worth_more(const Counted& a, const Counted& b) {
  const auto key = [](const Counted& each) {
    const Family& family = *each.group.first;
    return std::tuple(families::worth_of(family), family.name, each.group.second);
  };
  return key(a) < key(b);
}

// Each series counted once.
std::vector<Counted> count_groups(Parts parts, const Counters& counters) {
  std::map<SeriesGroup, std::unordered_set<std::string>> series;
  for (const auto* part : parts) {
    part->each([&](const Sample& sample) {
      series[{sample.family, sample.window}].insert(sample.labels.key());
    });
  }
  std::vector<Counted> groups;
  for (const auto& [group, keys] : series) groups.push_back({group, keys.size()});
  for (const auto& [family, count] : counters) groups.push_back({{family, Window::none}, count});
  std::ranges::sort(groups, worth_more);
  return groups;
}

}  // namespace

std::set<SeriesGroup> groups_over_cap(Parts parts, const Counters& counters, std::size_t most,
                                      const std::set<SeriesGroup>& before) {
  const std::size_t room_to_return = most - most / 10;
  if (sample_count(parts, counters) <= (before.empty() ? most : room_to_return)) return {};
  std::set<SeriesGroup> left_out;
  std::size_t shown = 0;
  for (const auto& [group, series] : count_groups(parts, counters)) {
    const std::size_t room = before.contains(group) ? room_to_return : most;
    if (left_out.empty() && shown + series <= room) {
      shown += series;
    } else {
      left_out.insert(group);
    }
  }
  return left_out;
}

}  // namespace cpaas::engine
