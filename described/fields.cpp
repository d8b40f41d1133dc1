#include "described/fields.h"

#include <algorithm>

#include "config/sections.h"

namespace cpaas::described {
namespace {

constexpr config::Rule any_text{config::Type::text, 1, 4000};

std::string named(std::string_view key) {
  return config::quoted("", key);
}

std::optional<config::Value> read(const Node& map, std::string_view key, const config::Rule& rule,
                                  Problems& problems) {
  const Node* node = map.find(key);
  if (node == nullptr) return std::nullopt;
  auto value = config::read(rule, *node);
  if (!value) problems.add(*node, named(key) + " must be " + config::describe(rule));
  return value;
}

template <class T>
std::optional<T> value_of(const std::optional<config::Value>& value) {
  return value ? std::optional(std::get<T>(*value)) : std::nullopt;
}

}  // namespace

bool is_map(const Node& node, std::string_view what, const std::vector<std::string>& allowed,
            Problems& problems) {
  if (!config::expect_map(node, what, problems)) return false;
  config::refuse_unknown_keys(node, "", allowed, problems);
  return true;
}

std::optional<std::string> read_text(const Node& map, std::string_view key, Problems& problems) {
  return value_of<std::string>(read(map, key, any_text, problems));
}

std::optional<bool> read_flag(const Node& map, std::string_view key, Problems& problems) {
  return value_of<bool>(read(map, key, {config::Type::flag}, problems));
}

std::optional<double> read_number(const Node& map, std::string_view key, const config::Rule& rule,
                                  Problems& problems) {
  return value_of<double>(read(map, key, rule, problems));
}

std::optional<std::chrono::seconds> read_seconds(const Node& map, std::string_view key, Problems& problems) {
  constexpr config::Rule rule{config::Type::duration, 1, 31.0 * 86400, true};
  const auto length = value_of<Duration>(read(map, key, rule, problems));
  if (!length) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(*length);
}

std::optional<std::size_t> read_choice(const Node& map, std::string_view key,
                                       std::initializer_list<std::string_view> choices, Problems& problems) {
  const config::Rule rule{config::Type::choice, 0, 0, false, {choices.begin(), choices.size()}};
  const auto text = value_of<std::string>(read(map, key, rule, problems));
  if (!text) return std::nullopt;
  return static_cast<std::size_t>(std::find(choices.begin(), choices.end(), *text) - choices.begin());
}

std::vector<std::string> read_texts(const Node& map, std::string_view key, Problems& problems) {
  const Node* node = map.find(key);
  if (node == nullptr) return {};
  if (node->type == Node::Type::scalar) return {node->text};
  std::vector<std::string> texts;
  const bool is_list = node->type == Node::Type::sequence && !node->values.empty();
  if (!is_list) problems.add(*node, named(key) + " must be a text or a list of texts");
  for (const Node* each : is_list ? node->values : std::vector<const Node*>()) {
    if (each->type == Node::Type::scalar) {
      texts.push_back(each->text);
    } else {
      problems.add(*each, "an element of " + named(key) + " must be a text");
    }
  }
  return texts;
}

Template read_template(const Node& node, const Context& context) {
  if (node.type != Node::Type::scalar || config::has_control(node.text)) {
    context.problems.add(node, "must be a text");
    return {};
  }
  std::vector<std::string> wrong;
  Template result = Template::parse(node.text, context.names, wrong);
  for (std::string& problem : wrong) context.problems.add(node, std::move(problem));
  return result;
}

const Node* require(const Node& map, std::string_view key, std::string_view whose, Problems& problems) {
  const Node* node = map.find(key);
  if (node == nullptr) problems.add(map, named(key) + std::string(whose) + " is missing");
  return node;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.front() >= 'a' && text.front() <= 'z' && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace cpaas::described
