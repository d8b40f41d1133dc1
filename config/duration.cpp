#include "config/duration.h"

#include <array>
#include <charconv>
#include <cstdint>

namespace cpaas::config {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array<Unit, 6> units{
    {{"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

std::string_view take_while(std::string_view& text, bool (*wanted)(char)) {
  std::size_t length = 0;
  while (length < text.size() && wanted(text[length])) ++length;
  const std::string_view taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

bool digit(char c) {
  return c >= '0' && c <= '9';
}
bool letter(char c) {
  return c >= 'a' && c <= 'z';
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const std::string_view digits = take_while(text, digit);
    const std::string_view name = take_while(text, letter);
    while (next_unit < units.size() && units.at(next_unit).name != name) ++next_unit;
    if (digits.empty() || digits.size() > 9 || next_unit == units.size()) return std::nullopt;
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    total += value * units.at(next_unit++).milliseconds;
  }
  return Duration{total};
}

std::string format_duration(Duration length) {
  std::string result;
  std::int64_t rest = length.count();
  for (const Unit& unit : units) {
    if (unit.name == "w" || rest < unit.milliseconds) continue;
    result.append(std::to_string(rest / unit.milliseconds)).append(unit.name);
    rest %= unit.milliseconds;
  }
  return result.empty() ? "0s" : result;
}

}  // namespace cpaas::config
