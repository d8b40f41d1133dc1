// Structured log lines, injected.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cpaas {

enum class LogLevel : std::uint8_t { debug, info, warn, error };
inline constexpr std::array<std::string_view, 4> log_level_names{"debug", "info", "warn", "error"};

constexpr std::string_view name_of(LogLevel level) {
  return log_level_names.at(static_cast<std::size_t>(level));
}

constexpr std::optional<LogLevel> log_level_of(std::string_view name) {
  const auto found = std::ranges::find(log_level_names, name);
  if (found == log_level_names.end()) return std::nullopt;
  return static_cast<LogLevel>(found - log_level_names.begin());
}

using LogFields = std::vector<std::pair<std::string_view, std::string>>;

// One line. Thread-safe. Callers pass no secrets; `message` is a constant sentence, what varies goes into
// `fields`.
using Log = std::function<void(LogLevel, std::string_view message, const LogFields& fields)>;

}  // namespace cpaas
