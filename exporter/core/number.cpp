#include "exporter/core/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace cpaas {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool only_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<double> parse_decimal(std::string_view text) {
  text = trim(text);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> parse_clock_duration(std::string_view text) {
  text = trim(text);
  double days = 0;
  if (const auto space = text.find(' '); space != std::string_view::npos) {
    const std::string_view count = text.substr(0, space);
    std::string_view rest = trim(text.substr(space));
    if (!only_digits(count)) return std::nullopt;
    for (const std::string_view word : {"days,", "day,", "days", "day"}) {
      if (rest.starts_with(word)) {
        rest = trim(rest.substr(word.size()));
        break;
      }
    }
    days = parse_decimal(count).value_or(0);
    text = rest;
  }
  std::vector<std::string_view> parts;
  while (true) {
    const auto colon = text.find(':');
    parts.push_back(text.substr(0, colon));
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
  }
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  double total = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    const std::string_view whole = last ? parts[i].substr(0, parts[i].find('.')) : parts[i];
    const auto value = parse_decimal(parts[i]);
    if (!only_digits(whole) || !value || (i > 0 && *value >= 60)) return std::nullopt;
    total = total * 60 + *value;
  }
  return days * 86400 + total;
}

std::string format_number(double value) {
  const double size = std::fabs(value);
  const bool fixed = size == 0 || (size >= 1e-6 && size < 1e21);
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          fixed ? std::chars_format::fixed : std::chars_format::scientific);
  return {buffer.data(), end};
}

}  // namespace cpaas
