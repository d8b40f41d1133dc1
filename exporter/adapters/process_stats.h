// The process_* values of this process, under the names that Prometheus client libraries give them.
#pragma once

#include <string_view>
#include <vector>

#include "exporter/core/metric.h"

namespace cpaas {

struct ProcessStat {
  std::string_view name;
  Kind kind;  // gauge or counter
  std::string_view help;
  double value;
};

// Read from /proc/self now; a value that cannot be read is left out. Any thread.
std::vector<ProcessStat> process_stats();

}  // namespace cpaas
