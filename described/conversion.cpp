#include "described/conversion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "exporter/core/number.h"

namespace cpaas::described {
namespace {

using nlohmann::json;
using Unit = Conversion::Unit;

// How many minor units a unit of the currency has.
double minor_units(std::string_view currency) {
  constexpr std::array<std::string_view, 16> none{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
                                                  "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"};
  constexpr std::array<std::string_view, 7> three{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
  if (std::ranges::count(none, currency) > 0) return 1;
  return std::ranges::count(three, currency) > 0 ? 1000 : 100;
}

std::optional<double> number_in(std::string_view text, const Conversion& conversion) {
  const auto part = part_of(text, conversion.part);
  if (!part) return std::nullopt;
  if (conversion.thousands == 0) return parse_decimal(*part);
  std::string digits(*part);
  std::erase(digits, conversion.thousands);
  return parse_decimal(digits);
}

std::optional<double> number_of(const json& value, const Conversion& conversion) {
  if (value.is_number()) return value.get<double>();
  return value.is_string() ? number_in(value.get_ref<const std::string&>(), conversion) : std::nullopt;
}

std::optional<double> flag_of(const json& value) {
  const auto text = text_of(value);
  if (text == "true" || text == "1") return 1;
  if (text == "false" || text == "0") return 0;
  return std::nullopt;
}

// RFC 2822 differs from HTTP's dates in how it writes the zone.
std::optional<TimePoint> time_in(std::string text) {
  if (const auto time = parse_time(text)) return time;
  if (text.ends_with("+0000")) text.replace(text.size() - 5, 5, "GMT");
  return parse_http_date(text);
}

std::optional<double> time_of(const json& value, const Conversion& conversion) {
  if (value.is_string()) {
    if (const auto time = time_in(value.get<std::string>())) return unix_seconds(*time);
  }
  const auto number = number_of(value, conversion);
  return number ? std::optional(*number / conversion.divide) : std::nullopt;
}

// Providers' minutes and hours have few decimals: rounding to milliseconds takes away only what binary
// fractions add.
double seconds_of(double value, double seconds) {
  return std::round(value * seconds * 1000) / 1000;
}

double in_base_unit(double value, Unit unit, std::string_view currency) {
  switch (unit) {
    case Unit::minutes:
      return seconds_of(value, 60);
    case Unit::hours:
      return seconds_of(value, 3600);
    case Unit::milliseconds:
      return value / 1000;
    case Unit::minor:
      return value / minor_units(currency);
    case Unit::percent:
      return value / 100;
    case Unit::none:
    case Unit::clock:
    case Unit::time:
    case Unit::flag:
      break;
  }
  return value;
}

std::optional<double> read(const json& value, const Conversion& conversion, std::string_view currency) {
  if (conversion.unit == Unit::flag) return flag_of(value);
  if (conversion.unit == Unit::time) return time_of(value, conversion);
  if (conversion.unit == Unit::clock) {
    return value.is_string() ? parse_clock_duration(value.get_ref<const std::string&>()) : std::nullopt;
  }
  const auto number = number_of(value, conversion);
  if (!number) return std::nullopt;
  return in_base_unit(*number * conversion.scale / conversion.divide, conversion.unit, currency);
}

bool is_any(const json& value, const std::vector<std::string>& texts) {
  if (texts.empty()) return false;
  const auto text = text_of(value);
  return text && std::ranges::count(texts, *text) > 0;
}

}  // namespace

std::optional<std::string_view> part_of(std::string_view text, std::size_t part) {
  if (part == 0) return text;
  while (true) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    text.remove_prefix(begin);
    const auto end = std::min(text.find(' '), text.size());
    if (--part == 0) return text.substr(0, end);
    text.remove_prefix(end);
  }
}

Converted convert(const json& value, const Conversion& conversion, std::string_view currency) {
  if (is_any(value, conversion.absent)) return {.absent = true};
  if (!conversion.equals.empty()) {
    if (value.is_structured()) return {};
    return {is_any(value, conversion.equals) ? 1.0 : 0.0};
  }
  const auto number = read(value, conversion, currency);
  if (!number || !std::isfinite(*number)) return {};
  if (*number < 0 && !conversion.is_signed) return {};
  if (conversion.whole && std::floor(*number) != *number) return {};
  return {*number == 0 ? 0.0 : *number};  // no -0
}

}  // namespace cpaas::described
