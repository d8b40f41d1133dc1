#include "tests/collectors/every_collector.h"

#include <algorithm>
#include <vector>

#include "described/providers.h"

namespace cpaas::testing {

std::span<const Collector* const> every_collector() {
  static described::Providers providers;
  static const std::vector<CollectorRef> owned = providers.shipped();
  static const std::vector<const Collector*> all = [] {
    std::vector<const Collector*> result;
    for (const CollectorRef& each : owned) result.push_back(each.get());
    return result;
  }();
  return all;
}

const Collector& collector_named(std::string_view name) {
  return **std::ranges::find(every_collector(), name, &Collector::name);
}

}  // namespace cpaas::testing
