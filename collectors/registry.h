// Every collector of this folder that is written in C++, sorted by name. The tables are generated from the
// folder's files.
#pragma once

#include <span>

#include "exporter/core/collector.h"

namespace cpaas {

std::span<const Collector* const> collectors();
const Collector* find_collector(std::string_view name);  // null if there is none

// The providers of this folder that are described in YAML instead.
struct ShippedDescription {
  std::string_view name;
  std::string_view text;
};
std::span<const ShippedDescription> shipped_descriptions();  // sorted by name

}  // namespace cpaas
