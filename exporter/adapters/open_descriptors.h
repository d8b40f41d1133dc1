// This process's open files.
#pragma once

#include <optional>
#include <vector>

namespace cpaas {

// The file descriptors that are open, in no order, without the one that it takes to look; nothing if /proc
// cannot be read. Thread-safe.
std::optional<std::vector<int>> open_descriptors();

}  // namespace cpaas
