// Structured log lines, injected.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cpaas {

enum class LogLevel : std::uint8_t { debug, info, warn, error };

using LogFields = std::vector<std::pair<std::string_view, std::string>>;

// One line. Thread-safe. Callers pass no secrets; `message` is a constant sentence, what varies goes into
// `fields`.
using Log = std::function<void(LogLevel, std::string_view message, const LogFields& fields)>;

}  // namespace cpaas
