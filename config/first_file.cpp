#include "config/first_file.h"

#include <yaml-cpp/emitter.h>

#include <algorithm>
#include <optional>

#include "config/duration.h"
#include "config/keys.h"
#include "config/secrets.h"
#include "config/sections.h"

namespace cpaas::config {
namespace {

std::string quoted_text(std::string_view text) {
  YAML::Emitter out;
  out << YAML::DoubleQuoted << std::string(text);
  return out.c_str();
}

// Quoted only where it must be, so that numbers and flags stay what they are.
std::string plain_text(std::string_view text) {
  YAML::Emitter out;
  out << std::string(text);
  return out.c_str();
}

std::string list_of(std::string_view text) {
  std::string list;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    list.append(list.empty() ? "" : ", ").append(quoted_text(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return "[" + list + "]";
}

const Option* option_of(const Collector& collector, std::string_view key) {
  const auto found = std::ranges::find_if(collector.options, [&](const Option& option) {
    if (option.kind != OptionKind::secret) return option.name == key;
    const auto keys = secret_keys(option.name);
    return std::ranges::find(keys, key) != keys.end();
  });
  return found == collector.options.end() ? nullptr : &*found;
}

std::string yaml_of(const Option* option, std::string_view value) {
  if (option == nullptr) return plain_text(value);
  const bool list =
      option->kind == OptionKind::list || (option->kind == OptionKind::list_or_all && value != "all");
  if (list) return list_of(value);
  const bool text = option->kind == OptionKind::text || option->kind == OptionKind::secret;
  return text ? quoted_text(value) : plain_text(value);
}

std::string_view help_of(const Option* option, std::string_view key) {
  if (option != nullptr) return option->help;
  const auto keys = shared_keys();
  const auto found = std::ranges::find(keys, key, &KeyInfo::name);
  return found == keys.end() ? std::string_view{} : found->help;
}

void add_key(std::string& out, const Collector& collector, const std::string& key, std::string_view value) {
  const Option* option = option_of(collector, key);
  if (const auto help = help_of(option, key); !help.empty()) out.append("    # ").append(help).append("\n");
  out.append("    ").append(key).append(": ").append(yaml_of(option, value)).append("\n");
}

bool concerns(std::string_view only_when_scope, const FirstAccount& account) {
  return only_when_scope.empty() || only_when_scope == account.value("scope");
}

bool is_given(const Option& option, const FirstAccount& account) {
  return std::ranges::any_of(
      account.keys, [&](const auto& each) { return option_of(*account.collector, each.first) == &option; });
}

void add_optional_keys(std::string& out, const FirstAccount& account) {
  for (const Option& option : account.collector->options) {
    if (is_given(option, account) || !concerns(option.only_when_scope, account)) continue;
    const bool secret = option.kind == OptionKind::secret;
    out.append("    # ").append(option.name).append(secret ? "_file:" : ":");
    if (!option.default_value.empty()) out.append(" ").append(plain_text(option.default_value));
    out.append("  # ").append(option.help).append("\n");
  }
}

void add_thresholds(std::string& out, const FirstAccount& account) {
  if (account.thresholds.empty()) return;
  out +=
      "\n    # When to warn; without them alert rules go by values of their own, see docs/alerts.md.\n    # "
      "thresholds:\n";
  for (const auto& key : threshold_keys()) {
    if (std::ranges::find(account.thresholds, key.name) == account.thresholds.end()) continue;
    out.append("    #   ").append(key.name).append(":  # ").append(key.help).append("\n");
  }
  if (std::ranges::find(account.thresholds, budget_section.name) == account.thresholds.end()) return;
  out += "    # budget: {period: month, amount: 0, currency: EUR}  # what it may spend\n";
}

void add_endpoints(std::string& out, const FirstAccount& account) {
  out += "\n    # What is polled, as it is without these lines; an interval or `false` changes it.\n";
  out += "    # endpoints:\n";
  for (const Endpoint& endpoint : account.collector->endpoints) {
    if (!concerns(endpoint.only_when_scope, account)) continue;
    const std::string value = endpoint.default_enabled
                                  ? "{interval: " + format_duration(Duration{endpoint.default_interval}) + "}"
                                  : "false";
    out.append("    #   ").append(endpoint.name).append(": ").append(value);
    out.append("  # ").append(endpoint.help).append("\n");
  }
}

}  // namespace

std::string_view FirstAccount::value(std::string_view key) const {
  const auto found = std::ranges::find_if(keys, [&](const auto& each) { return each.first == key; });
  return found == keys.end() ? std::string_view{} : std::string_view(found->second);
}

std::string first_file(const FirstAccount& account) {
  const Collector& collector = *account.collector;
  std::string out =
      "# Made by `cpaas_exporter init`. After a change\n"
      "#   cpaas_exporter check --config.file=" +
      account.file +
      "   tells every mistake, and\n"
      "#   cpaas_exporter doctor --config.file=" +
      account.file +
      "  whether it works.\n"
      "# Every key: docs/configuration.md. More accounts follow below as further items of the list.\n"
      "accounts:\n";
  out.append(
      "  # The `account` label of everything that is exported for it: with another name counters begin\n");
  out.append("  # again.\n");
  out.append("  - name: ").append(quoted_text(account.name)).append("\n");
  out.append("    provider: ").append(collector.name).append("  # ").append(collector.title).append("\n");
  for (const auto& [key, value] : account.keys) add_key(out, collector, key, value);
  if (account.value("base_url").empty())
    out.append("    # base_url: ").append(collector.base_url).append("\n");
  add_optional_keys(out, account);
  add_thresholds(out, account);
  add_endpoints(out, account);
  return out;
}

}  // namespace cpaas::config
