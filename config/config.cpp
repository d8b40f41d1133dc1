#include "config/config.h"

#include <algorithm>
#include <map>
#include <set>

#include "config/account_reader.h"
#include "config/advice.h"
#include "config/descriptions.h"
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
  // A description with mistakes, which are told as another file's, gives none.
  const bool known =
      std::ranges::all_of(config.accounts, [](const Account& each) { return each.collector != nullptr; });
  if (known && context.problems.none()) advise(config.accounts, list, context.defaults, context.problems);
}

// All that are at hand, and those that accounts name.
std::vector<CollectorRef> used_providers(const Node& root, Providers& providers, Problems& problems) {
  std::vector<CollectorRef> used = providers.at_hand();
  std::set<std::string_view> seen;
  for (const CollectorRef& each : used) seen.insert(each->name);
  const Node* accounts = root.find("accounts");
  if (accounts == nullptr || accounts->type != Node::Type::sequence) return used;
  for (const Node* account : accounts->values) {
    const Node* name = account->type == Node::Type::map ? account->find("provider") : nullptr;
    if (name == nullptr || name->type != Node::Type::scalar || !seen.insert(name->text).second) continue;
    if (auto collector = providers.find(name->text, *name, problems); collector != nullptr) {
      used.push_back(std::move(collector));
    }
  }
  return used;
}

void read_root(const Node& root, Context context, Config& config) {
  Problems& problems = context.problems;
  if (!expect_map(root, "the configuration", problems)) return;
  refuse_unknown_keys(root, "", {"accounts", "defaults", std::string(providers_key)}, problems);
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

// What the collectors are, before the accounts are read.
std::vector<Diagnostic> find_providers(const Node& root, Providers& providers, Context& context) {
  std::vector<Diagnostic> found;
  providers.begin();
  if (root.type != Node::Type::map) return found;
  if (const Node* node = root.find(providers_key)) {
    found = read_descriptions(*node, context.folder, context.environment, providers, context.problems);
  }
  context.names_incomplete = !found.empty() || !context.problems.none();
  context.provider_names = providers.names();
  context.collectors = used_providers(root, providers, context.problems);
  return found;
}

}  // namespace

Loaded parse(std::string_view text, const std::string& file_name, Providers& providers,
             const Environment& environment) {
  Problems problems(file_name);
  const Tree tree = read_yaml(text, problems);
  Config config;
  std::vector<Diagnostic> in_descriptions;
  if (tree.root != nullptr) {
    const auto folder = std::filesystem::path(file_name).parent_path();
    Context context{{}, {}, false, environment, folder, nullptr, problems};
    in_descriptions = find_providers(*tree.root, providers, context);
    read_root(*tree.root, std::move(context), config);
  }
  Loaded loaded{{}, problems.sorted(), problems.sorted_warnings()};
  std::ranges::move(in_descriptions, std::back_inserter(loaded.problems));
  if (tree.root == nullptr && loaded.problems.empty()) {
    loaded.problems.push_back({file_name, 1, 1, "the file is empty: 'accounts' is missing"});
  }
  if (loaded.problems.empty()) loaded.config = std::move(config);
  return loaded;
}

Loaded load(const std::string& path, Providers& providers, const Environment& environment) {
  const auto text = environment.read_file(path);
  if (!text) return {{}, {{path, 1, 1, "the file cannot be read: " + text.error()}}};
  return parse(*text, path, providers, environment);
}

Loaded parse(std::string_view text, const std::string& file_name,
             std::span<const Collector* const> collectors, const Environment& environment) {
  ListedProviders listed(collectors);
  return parse(text, file_name, listed, environment);
}

Loaded load(const std::string& path, std::span<const Collector* const> collectors,
            const Environment& environment) {
  ListedProviders listed(collectors);
  return load(path, listed, environment);
}

}  // namespace cpaas::config
