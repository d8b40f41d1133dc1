#include "config/config.h"

#include <map>

#include "config/account_reader.h"
#include "config/advice.h"
#include "config/sections.h"
#include "config/yaml_node.h"

namespace cpaas::config {
namespace {

const Node* find_map(const Node& root, std::string_view key, Problems& problems) {
  const Node* node = root.find(key);
  return node != nullptr && expect_map(*node, quoted("", key), problems) ? node : nullptr;
}

// Two accounts of one name would be one set of series.
class Names {
 public:
  void check(const Node& account, Problems& problems) {
    const Node* name = account.find("name");
    if (name == nullptr || name->type != Node::Type::scalar) return;
    const auto [first, added] = lines_.emplace(name->text, name->line);
    if (!added)
      problems.add(*name, "this account name is already used on line " + std::to_string(first->second));
  }

 private:
  std::map<std::string_view, int> lines_;
};

void read_accounts(const Node& list, const Context& context, Config& config) {
  const Draft defaults = read_defaults(context);
  Names names;
  for (const Node* node : list.values) {
    if (context.problems.full()) return;
    config.accounts.push_back(read_account(*node, defaults, context));
    names.check(*node, context.problems);
  }
  if (context.problems.none()) advise(config.accounts, list, context.defaults, context.problems);
}

void read_root(const Node& root, Context context, Config& config) {
  Problems& problems = context.problems;
  if (!expect_map(root, "the configuration", problems)) return;
  refuse_unknown_keys(root, "", {"accounts", "defaults"}, problems);
  context.defaults = find_map(root, "defaults", problems);
  const Node* accounts = root.find("accounts");
  if (accounts == nullptr) {
    problems.add(root, "'accounts' is missing");
  } else if (accounts->type != Node::Type::sequence || accounts->values.empty()) {
    problems.add(*accounts, "'accounts' must be a list of at least one account");
  }
  static const Node nothing;
  read_accounts(accounts != nullptr && accounts->type == Node::Type::sequence ? *accounts : nothing, context,
                config);
}

}  // namespace

Loaded parse(std::string_view text, const std::string& file_name,
             std::span<const Collector* const> collectors, const Environment& environment) {
  Problems problems(file_name);
  const Tree tree = read_yaml(text, problems);
  Config config;
  if (tree.root != nullptr) {
    const auto folder = std::filesystem::path(file_name).parent_path();
    read_root(*tree.root, {collectors, environment, folder, nullptr, problems}, config);
  }
  Loaded loaded{{}, problems.sorted(), problems.sorted_warnings()};
  if (tree.root == nullptr && loaded.problems.empty()) {
    loaded.problems.push_back({file_name, 1, 1, "the file is empty: 'accounts' is missing"});
  }
  if (loaded.problems.empty()) loaded.config = std::move(config);
  return loaded;
}

Loaded load(const std::string& path, std::span<const Collector* const> collectors,
            const Environment& environment) {
  const auto text = environment.read_file(path);
  if (!text) return {{}, {{path, 1, 1, "the file cannot be read: " + text.error()}}};
  return parse(*text, path, collectors, environment);
}

}  // namespace cpaas::config
