// What the readers of a description share: typed values of YAML nodes, with a problem where one is not.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "config/rule.h"
#include "config/yaml_node.h"
#include "described/family_pool.h"
#include "described/jq_program.h"
#include "described/template.h"

namespace cpaas::described {

using config::Node;
using config::Problems;

// What a reader needs to know beside its node.
struct Context {
  Problems& problems;
  FamilyPool& families;
  std::string_view text{};  // of the whole file
  FamilyPool::Declared declared{};
  Names names{};
  // By their texts: metrics that share one share its rows. Null: it has mistakes, which were told.
  std::map<std::string, std::shared_ptr<const JqProgram>, std::less<>> programs{};
};

// The map at `node`; false, and problems, if it is none or has other keys than `allowed`.
bool is_map(const Node& node, std::string_view what, const std::vector<std::string>& allowed,
            Problems& problems);

// Of one key; each gives nothing, and without a problem, if the map does not have it.
std::optional<std::string> read_text(const Node& map, std::string_view key, Problems& problems);
std::optional<bool> read_flag(const Node& map, std::string_view key, Problems& problems);
std::optional<double> read_number(const Node& map, std::string_view key, const config::Rule& rule,
                                  Problems& problems);
std::optional<std::chrono::seconds> read_seconds(const Node& map, std::string_view key, Problems& problems);
std::optional<std::size_t> read_choice(const Node& map, std::string_view key,
                                       std::initializer_list<std::string_view> choices, Problems& problems);
// A text, or a list of texts; numbers and flags as they are written.
std::vector<std::string> read_texts(const Node& map, std::string_view key, Problems& problems);
Template read_template(const Node& node, const Context& context);

// A problem if the map lacks the key.
const Node* require(const Node& map, std::string_view key, std::string_view whose, Problems& problems);

// Lower-case letters, digits and underscores, beginning with a letter.
bool is_name(std::string_view text);

}  // namespace cpaas::described
