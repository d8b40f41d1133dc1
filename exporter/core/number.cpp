#include "exporter/core/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

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

bool digits_and_fraction(std::string_view text) {
  const auto point = text.find('.');
  return only_digits(text.substr(0, point)) &&
         (point == std::string_view::npos || only_digits(text.substr(point + 1)));
}

// Takes "N day(s), " or "N " off the front: N, or 0 if there is no such thing. Nothing if what is there is
// not a number.
std::optional<double> take_days(std::string_view& text) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return 0;
  const std::string_view count = text.substr(0, space);
  text = trim(text.substr(space));
  for (const std::string_view word : {"days,", "day,", "days", "day"}) {
    if (!text.starts_with(word)) continue;
    text = trim(text.substr(word.size()));
    break;
  }
  return only_digits(count) ? parse_decimal(count) : std::nullopt;
}

// "H:MM:SS" or "M:SS"; only the last part may have a fraction, only the first may be 60 or more.
std::optional<double> sexagesimal(std::string_view text) {
  double total = 0;
  for (int part = 0; part < 3; ++part) {
    const auto colon = text.find(':');
    const bool last = colon == std::string_view::npos;
    const std::string_view digits = text.substr(0, colon);
    const auto value = parse_decimal(digits);
    const bool well_formed = last ? digits_and_fraction(digits) : only_digits(digits);
    if (!value || !well_formed || (part > 0 && *value >= 60)) return std::nullopt;
    total = total * 60 + *value;
    if (last) return part > 0 ? std::optional(total) : std::nullopt;
    text.remove_prefix(colon + 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> parse_decimal(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> parse_clock_duration(std::string_view text) {
  text = trim(text);
  const auto days = take_days(text);
  const auto clock = sexagesimal(text);
  if (!days || !clock) return std::nullopt;
  const double total = *days * 86400 + *clock;
  return std::isfinite(total) ? std::optional(total) : std::nullopt;
}

std::string format_number(double value) {
  std::string text;
  append_number(text, value);
  return text;
}

void append_number(std::string& out, double value) {
  std::array<char, 64> buffer{};
  char* const begin = buffer.data();
  char* const limit = begin + buffer.size();
  const double size = std::fabs(value);
  const bool whole = size < 1e15 && std::trunc(value) == value && !(size == 0 && std::signbit(value));
  const bool fixed = size == 0 || (size >= 1e-6 && size < 1e21);
  const auto written =
      whole ? std::to_chars(begin, limit, static_cast<std::int64_t>(value))  // most are; it is much quicker
            : std::to_chars(begin, limit, value,
                            fixed ? std::chars_format::fixed : std::chars_format::scientific);
  out.append(begin, written.ptr);
}

}  // namespace cpaas
