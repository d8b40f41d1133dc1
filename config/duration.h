// Lengths of time as the configuration writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/core/clock.h"

namespace cpaas::config {

// "500ms", "30s", "5m", "1h30m", "3d", "2w": whole numbers with units, the larger unit first, each at most
// once.
std::optional<Duration> parse_duration(std::string_view text);

// The shortest such text, without weeks; "0s" for none. Not for negative lengths.
std::string format_duration(Duration length);

}  // namespace cpaas::config
