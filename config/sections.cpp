#include "config/sections.h"

#include <algorithm>

#include "config/spelling.h"

namespace cpaas::config {
namespace {

// A map of nothing but the declared `keys`.
template <class Target>
void read_section(const Node& node, std::string_view name, std::span<const Key<Target>> keys, Target& target,
                  Problems& problems) {
  if (!expect_map(node, quoted("", name), problems)) return;
  std::vector<std::string> allowed;
  add_names(keys, allowed);
  refuse_unknown_keys(node, name, allowed, problems);
  read_keys(node, keys, name, target, problems);
}

void read_endpoint(const Node& node, const std::string& name, EndpointChoice& choice, Problems& problems) {
  const std::string path = std::string(endpoints_section.name) + "." + name;
  if (node.type == Node::Type::map) {
    read_section(node, path, endpoint_keys(), choice, problems);
  } else if (const auto enabled = read({Type::flag}, node)) {
    choice.enabled = std::get<bool>(*enabled);
  } else {
    problems.add(node, quoted("", path) + " must be true, false or a map of 'enabled' and 'interval'");
  }
}

bool holds_colon(const Node& key) {
  return key.text.find(':') != std::string::npos;
}

// The key itself is shown only if it can hardly be a secret that lost its key.
std::string unknown_key(const Node& key, const Node& value, std::string_view prefix,
                        const std::vector<std::string>& allowed) {
  const std::string hint = did_you_mean(key.text, allowed);
  if (hint.empty() && value.type == Node::Type::null) {
    return holds_colon(key) ? "unknown key; is a space missing after a colon?"
                            : "unknown key, without a value";
  }
  const std::string place = prefix.empty() ? "" : " in '" + std::string(prefix) + "'";
  return "unknown key" + shown_word(key.text) + place + hint;
}

}  // namespace

std::string quoted(std::string_view prefix, std::string_view name) {
  return "'" + std::string(prefix) + (prefix.empty() ? "" : ".") + std::string(name) + "'";
}

void refuse_unknown_keys(const Node& map, std::string_view prefix, const std::vector<std::string>& allowed,
                         Problems& problems) {
  for (std::size_t i = 0; i < map.keys.size() && !problems.full(); ++i) {
    const Node& key = *map.keys[i];
    if (std::find(allowed.begin(), allowed.end(), key.text) != allowed.end()) continue;
    problems.add(key, unknown_key(key, *map.values[i], prefix, allowed));
  }
}

bool expect_map(const Node& node, std::string_view name, Problems& problems) {
  if (node.type == Node::Type::map) return true;
  problems.add(node, std::string(name) + " must be a map");
  return false;
}

std::vector<std::string> shared_names() {
  std::vector<std::string> names;
  add_names(shared_keys(), names);
  for (const Section& section : {endpoints_section, thresholds_section, budget_section, connection_section})
    names.emplace_back(section.name);
  return names;
}

void read_shared(const Node& map, Draft& draft, Problems& problems) {
  read_keys(map, shared_keys(), "", draft, problems);
  if (const Node* thresholds = map.find(thresholds_section.name)) {
    read_section(*thresholds, thresholds_section.name, threshold_keys(), draft.account.thresholds, problems);
  }
  if (const Node* budget = map.find(budget_section.name)) {
    if (is_none(*budget)) {
      draft.account.budget.reset();
    } else {
      read_section(*budget, budget_section.name, budget_keys(), draft.account.budget.emplace(), problems);
    }
  }
}

void read_endpoints(const Node& map, const std::vector<std::string>& known, const std::string& whose,
                    Draft& draft, Problems& problems) {
  const Node* endpoints = map.find(endpoints_section.name);
  if (endpoints == nullptr || !expect_map(*endpoints, quoted("", endpoints_section.name), problems)) return;
  for (std::size_t i = 0; i < endpoints->keys.size() && !problems.full(); ++i) {
    const Node& key = *endpoints->keys[i];
    if (std::find(known.begin(), known.end(), key.text) != known.end()) {
      read_endpoint(*endpoints->values[i], key.text, draft.endpoints[key.text], problems);
      continue;
    }
    const std::string hint = did_you_mean(key.text, known);
    problems.add(key, "unknown endpoint" + shown_word(key.text) + whose +
                          (hint.empty() ? "; it has " + join(known) : hint));
  }
}

}  // namespace cpaas::config
