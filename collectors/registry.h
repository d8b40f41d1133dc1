// Every collector of this folder, sorted by name. The table is generated from the folder's file names.
#pragma once

#include <span>

#include "exporter/core/collector.h"

namespace cpaas {

std::span<const Collector* const> collectors();
const Collector* find_collector(std::string_view name);  // null if there is none

}  // namespace cpaas
