#include "config/rule.h"

#include <algorithm>
#include <cmath>

#include "config/base_url.h"
#include "config/duration.h"
#include "config/spelling.h"
#include "exporter/core/number.h"
#include "exporter/core/time_zone.h"

namespace cpaas::config {
namespace {

std::string seconds_text(double seconds) {
  return format_duration(Duration{static_cast<Duration::rep>(seconds * 1000)});
}

bool within(const Rule& rule, double value) {
  return value >= rule.least && value <= rule.most && (!rule.whole || std::floor(value) == value);
}

double characters(std::string_view text) {
  return static_cast<double>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::optional<Value> as_flag(const Node& node) {
  if (node.plain && node.text == "true") return true;
  if (node.plain && node.text == "false") return false;
  return std::nullopt;
}

std::optional<Value> as_duration(const Rule& rule, const Node& node) {
  const auto length = parse_duration(node.text);
  if (!length || !within(rule, static_cast<double>(length->count()) / 1000)) return std::nullopt;
  return *length;
}

std::optional<Value> as_number(const Rule& rule, const Node& node) {
  const auto number = node.plain ? parse_decimal(node.text) : std::nullopt;
  if (!number || !within(rule, *number)) return std::nullopt;
  return *number;
}

std::optional<Value> text_if(bool allowed, const std::string& text) {
  return allowed ? std::optional<Value>(text) : std::nullopt;
}

bool is_currency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_choice(const Rule& rule, std::string_view text) {
  return std::find(rule.choices.begin(), rule.choices.end(), text) != rule.choices.end();
}

}  // namespace

bool has_control(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

bool is_none(const Node& node) {
  return node.type == Node::Type::scalar && node.plain && node.text == "none";
}

std::string describe(const Rule& rule) {
  if (rule.none) {
    Rule some = rule;
    some.none = false;
    return describe(some) + ", or none";
  }
  const std::string range = format_number(rule.least) + " to " + format_number(rule.most);
  switch (rule.type) {
    case Type::text:
      return "text of " + range + " printable characters";
    case Type::flag:
      return "true or false";
    case Type::duration:
      return "a length of time from " + seconds_text(rule.least) + " to " + seconds_text(rule.most) +
             (rule.whole ? " in whole seconds" : "") + ", such as 90s or 1h30m";
    case Type::number:
      return (rule.whole ? "a whole number from " : "a number from ") + range;
    case Type::choice:
      return "one of " + join(rule.choices);
    case Type::url:
      return "an absolute http or https URL without user name, query and fragment";
    case Type::currency:
      return "an ISO 4217 currency code in capitals, such as EUR";
    case Type::timezone:
      return "UTC, an offset such as +05:30, or a name such as Asia/Kolkata that this machine's time zone "
             "database "
             "(package tzdata) has";
  }
  return "";
}

std::optional<Value> read(const Rule& rule, const Node& node) {
  if (node.type != Node::Type::scalar) return std::nullopt;
  if (rule.none && is_none(node)) return std::monostate{};
  switch (rule.type) {
    case Type::text:
      return text_if(within(rule, characters(node.text)) && !has_control(node.text), node.text);
    case Type::flag:
      return as_flag(node);
    case Type::duration:
      return as_duration(rule, node);
    case Type::number:
      return as_number(rule, node);
    case Type::choice:
      return text_if(is_choice(rule, node.text), node.text);
    case Type::url:
      return text_if(parse_base_url(node.text).has_value(), node.text);
    case Type::currency:
      return text_if(is_currency(node.text), node.text);
    case Type::timezone:
      return text_if(TimeZone::find(node.text).has_value(), node.text);
  }
  return std::nullopt;
}

}  // namespace cpaas::config
