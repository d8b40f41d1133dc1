// What a value may be: declared once, and from that checked, put into words for diagnostics and for the
// reference.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "config/yaml_node.h"
#include "exporter/core/clock.h"

namespace cpaas::config {

enum class Type : std::uint8_t { text, flag, duration, number, choice, url, currency, timezone };

struct Rule {
  Type type;
  double least = 0;  // seconds for durations, characters for text
  double most = 0;
  bool whole = false;  // numbers, and seconds of durations
  std::span<const std::string_view> choices{};
  bool none = false;  // or the word none: nothing, whatever `defaults` say
};

// bool for flags, Duration for durations, double for numbers, text for the rest; monostate for none.
using Value = std::variant<bool, Duration, double, std::string, std::monostate>;

// What follows "must be": "a length of time from 1s to 1d, such as 90s or 1h30m".
std::string describe(const Rule& rule);

// Whether `node` is the word none, without quotes.
bool is_none(const Node& node);

// Nothing unless `node` is as the rule says.
std::optional<Value> read(const Rule& rule, const Node& node);

// True if `text` holds a control character (ASCII, or C1 in UTF-8).
bool has_control(std::string_view text);

}  // namespace cpaas::config
