#include "described/read_value.h"

#include <algorithm>
#include <array>

#include "config/sections.h"
#include "exporter/core/number.h"

namespace cpaas::described {
namespace {

using Unit = Conversion::Unit;

constexpr std::string_view pointer_help =
    "a JSON pointer: /a/b from the row, ../a from the row around it, ^/a from the document";

bool looks_like_pointer(std::string_view text) {
  return text.empty() || text.starts_with('/') || text.starts_with("^") || text.starts_with("../");
}

std::string shown_path(const std::vector<Pointer>& each, std::size_t level,
                       const std::vector<std::string>& keys) {
  std::string path = level == 0 ? "" : each[level - 1].shown + "[]";
  for (const std::string& key : keys) path.append(path.empty() ? "" : ".").append(key);
  return path.empty() ? "$" : path;
}

// One pointer, or a list of spellings of which the first that exists counts.
std::vector<Pointer> read_pointers(const Node& node, const std::vector<Pointer>& each, Problems& problems) {
  std::vector<Pointer> pointers;
  const auto add = [&](const Node& one) {
    if (auto pointer = read_pointer(one, each, problems)) pointers.push_back(std::move(*pointer));
  };
  if (node.type == Node::Type::sequence) {
    for (const Node* one : node.values) add(*one);
  } else {
    add(node);
  }
  return pointers;
}

std::vector<Pointer> read_pointers(const Node& map, std::string_view key, const std::vector<Pointer>& each,
                                   Problems& problems) {
  const Node* node = map.find(key);
  return node == nullptr ? std::vector<Pointer>() : read_pointers(*node, each, problems);
}

constexpr config::Rule any_factor{config::Type::number, -1e12, 1e12};
constexpr config::Rule any_part{config::Type::number, 1, 100, true};

double read_factor(const Node& map, std::string_view key, Problems& problems) {
  const double factor = read_number(map, key, any_factor, problems).value_or(1);
  if (factor == 0) problems.add(*map.find(key), config::quoted("", key) + " must not be 0");
  return factor == 0 ? 1 : factor;
}

Conversion read_conversion(const Node& map, Problems& problems) {
  constexpr std::array units{Unit::minutes, Unit::hours, Unit::milliseconds, Unit::minor,
                             Unit::percent, Unit::clock, Unit::time,         Unit::flag};
  Conversion result;
  const auto unit = read_choice(
      map, "unit", {"minutes", "hours", "milliseconds", "minor", "percent", "clock", "time", "flag"},
      problems);
  if (unit && *unit < units.size()) result.unit = units.at(*unit);
  result.scale = read_factor(map, "scale", problems);
  result.divide = read_factor(map, "divide", problems);
  result.is_signed = read_flag(map, "signed", problems).value_or(false);
  result.whole = read_flag(map, "whole", problems).value_or(false);
  if (const auto thousands = read_text(map, "thousands", problems)) {
    result.thousands = thousands->front();
    if (thousands->size() != 1) problems.add(*map.find("thousands"), "'thousands' must be one character");
  }
  result.part = static_cast<std::size_t>(read_number(map, "part", any_part, problems).value_or(0));
  result.absent = read_texts(map, "absent", problems);
  result.equals = read_texts(map, "equals", problems);
  return result;
}

std::map<std::string, std::string, std::less<>> read_words(const Node& map, Problems& problems) {
  std::map<std::string, std::string, std::less<>> words;
  const Node* node = map.find("map");
  if (node == nullptr || !config::expect_map(*node, "'map'", problems)) return words;
  for (std::size_t i = 0; i < node->keys.size(); ++i) {
    const Node& value = *node->values[i];
    if (value.type != Node::Type::scalar) problems.add(value, "must be a text");
    words.emplace(node->keys[i]->text, value.text);
  }
  return words;
}

LabelSpec read_label_map(const Node& node, const std::vector<Pointer>& each, Problems& problems) {
  LabelSpec label;
  const std::vector<std::string> keys{"pointer", "key",  "map",      "otherwise", "upper",
                                      "lower",   "part", "personal", "optional",  "default"};
  if (!is_map(node, "a label", keys, problems)) return label;
  label.pointers = read_pointers(node, "pointer", each, problems);
  if (read_flag(node, "key", problems) == true) {
    label.key_of = each.size();
    if (each.empty()) problems.add(node, "'key' is that of a row: there is no 'each'");
  }
  if (label.pointers.empty() == !label.key_of)
    problems.add(node, "a label must have either 'pointer' or 'key: true'");
  label.words = read_words(node, problems);
  label.otherwise = read_text(node, "otherwise", problems);
  if (label.otherwise && label.words.empty()) problems.add(node, "'otherwise' has no meaning without 'map'");
  if (read_flag(node, "upper", problems) == true) label.letters = LabelSpec::Case::upper;
  if (read_flag(node, "lower", problems) == true) label.letters = LabelSpec::Case::lower;
  label.part = static_cast<std::size_t>(read_number(node, "part", any_part, problems).value_or(0));
  label.personal = read_flag(node, "personal", problems).value_or(false);
  label.without = read_text(node, "default", problems).value_or("");
  label.optional = read_flag(node, "optional", problems).value_or(!label.without.empty());
  return label;
}

std::string factor_text(const Conversion& conversion) {
  switch (conversion.unit) {
    case Unit::minutes:
      return " x 60";
    case Unit::hours:
      return " x 3600";
    case Unit::milliseconds:
      return " / 1000";
    case Unit::minor:
      return " in minor units";
    case Unit::percent:
      return " / 100";
    case Unit::none:
    case Unit::clock:
    case Unit::time:
    case Unit::flag:
      break;
  }
  return "";
}

}  // namespace

std::optional<Pointer> read_pointer(const Node& node, const std::vector<Pointer>& each, Problems& problems) {
  std::string_view text = node.text;
  std::size_t level = each.size();
  bool good = node.type == Node::Type::scalar;
  if (text.starts_with('^')) {
    level = 0;
    text.remove_prefix(1);
  }
  while (text.starts_with("../")) {
    good = good && level > 0;
    level -= level > 0 ? 1 : 0;
    text.remove_prefix(2);  // leaves the / of what follows
    if (text.starts_with("/../")) text.remove_prefix(1);
  }
  auto keys = parse_pointer(text);
  if (!good || !keys) {
    problems.add(node, "must be " + std::string(pointer_help));
    return std::nullopt;
  }
  std::string shown = shown_path(each, level, *keys);
  return Pointer{level, std::move(*keys), std::move(shown)};
}

ValueSpec read_value(const Node& node, const std::vector<Pointer>& each, Problems& problems) {
  ValueSpec value{.what = ValueSpec::What::pointer};
  if (node.type != Node::Type::map) {
    value.pointers = read_pointers(node, each, problems);
    return value;
  }
  const std::vector<std::string> keys{"pointer", "length", "unit",   "scale",  "divide",   "signed",
                                      "whole",   "part",   "absent", "equals", "optional", "thousands"};
  if (!is_map(node, "'value'", keys, problems)) return value;
  value.conversion = read_conversion(node, problems);
  value.optional = read_flag(node, "optional", problems).value_or(false);
  value.pointers = read_pointers(node, "pointer", each, problems);
  if (node.find("length") != nullptr) {
    if (node.find("pointer") != nullptr) problems.add(node, "a value has 'pointer' or 'length', not both");
    value.what = ValueSpec::What::length;
    value.pointers = read_pointers(node, "length", each, problems);
  } else if (node.find("pointer") == nullptr) {
    problems.add(node, "'pointer' of the value is missing");
  }
  return value;
}

LabelSpec read_label(const Node& node, const std::vector<Pointer>& each, const Context& context) {
  Problems& problems = context.problems;
  if (node.type == Node::Type::map) return read_label_map(node, each, problems);
  LabelSpec label;
  if (node.type == Node::Type::sequence || looks_like_pointer(node.text)) {
    label.pointers = read_pointers(node, each, problems);
    return label;
  }
  label.constant = read_template(node, context);
  if (label.constant.has_secret()) problems.add(node, "a label must not show a secret");
  return label;
}

std::string field_text(const ValueSpec& value) {
  const std::string& shown = value.pointers.front().shown;
  if (value.what == ValueSpec::What::length) return "length of " + shown;
  const Conversion& conversion = value.conversion;
  std::string text = shown;
  if (conversion.scale != 1) text += " x " + format_number(conversion.scale);
  if (conversion.divide != 1) text += " / " + format_number(conversion.divide);
  return text + factor_text(conversion);
}

}  // namespace cpaas::described
