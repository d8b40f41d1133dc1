// All providers that the exporter ships, however they are written.
#pragma once

#include <span>
#include <string_view>

#include "exporter/core/collector.h"

namespace cpaas::testing {

// Sorted by name.
std::span<const Collector* const> every_collector();
const Collector& collector_named(std::string_view name);

}  // namespace cpaas::testing
