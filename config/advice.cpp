#include "config/advice.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "config/keys.h"
#include "config/rule.h"
#include "config/sections.h"
#include "exporter/core/families.h"
#include "exporter/core/number.h"

namespace cpaas::config {
namespace {

namespace f = families;

// A poll on any day on which none was missed: what is asked varies with the settings only.
PollStart any_day() {
  const Day day = std::chrono::year{2026} / 1 / 15;
  PollStart start{.now = day};
  start.days = [day](std::string_view /*member*/) { return std::vector{day, day - std::chrono::days{1}}; };
  return start;
}

// How many requests a poll takes at least: the first ones. Following pages and what a list turns out to hold
// come on top. 1 where it cannot be told.
std::size_t requests_of_a_poll(const Account& account, const Endpoint& endpoint) {
  try {
    return endpoint.start(account.settings, any_day()).size();
  } catch (const std::exception&) {
    return 1;
  }
}

// --- endpoints that ask nothing

const Node* key_node(const Node& account, std::string_view section, std::string_view name) {
  const Node* map = account.find(section);
  if (map == nullptr || map->type != Node::Type::map) return nullptr;
  const auto found = std::ranges::find(map->keys, name, &Node::text);
  return found == map->keys.end() ? nullptr : *found;
}

void warn_of_idle_endpoints(const Account& account, const Node& node, Problems& problems) {
  for (const EndpointPlan& plan : account.endpoints) {
    const Endpoint& endpoint = *plan.endpoint;
    if (requests_of_a_poll(account, endpoint) > 0) continue;
    const Node* key = key_node(node, endpoints_section.name, endpoint.name);
    problems.warn(key == nullptr ? node : *key,
                  "endpoint '" + std::string(endpoint.name) +
                      "' has nothing to ask with these settings and is not polled; switch it off with `" +
                      std::string(endpoint.name) + ": false`, or give it what it needs (" +
                      std::string(endpoint.help) + ")");
  }
}

// --- thresholds that cannot be reached

// The endpoints of the account's provider that give the family.
std::vector<std::string_view> endpoints_with(const Account& account, const Family& family) {
  std::vector<std::string_view> names;
  for (const Source& source : account.collector->sources) {
    if (source.family == &family && std::ranges::count(names, source.endpoint) == 0)
      names.push_back(source.endpoint);
  }
  return names;
}

bool polls(const Account& account, std::string_view endpoint) {
  return std::ranges::any_of(account.endpoints, [&](const EndpointPlan& plan) {
    return plan.endpoint->name == endpoint && requests_of_a_poll(account, *plan.endpoint) > 0;
  });
}

bool gives(const Account& account, const Family& family) {
  return std::ranges::any_of(endpoints_with(account, family),
                             [&](std::string_view endpoint) { return polls(account, endpoint); });
}

// What is compared with something that the user set; one of the families is enough.
struct Compared {
  std::string_view key;  // of `thresholds`, or the section `budget`
  std::vector<const Family*> families;
  std::string_view what;
};

const std::vector<Compared>& compared() {
  static const std::vector<Compared> all{
      {"balance", {&f::balance}, "a balance"},
      {"credits", {&f::credits_remaining}, "credits"},
      {"customer_balance", {&f::customer_balance}, "balances of customers"},
      {"runway", {&f::balance_spent_total, &f::credits_spent_total}, "a balance or credits that fall"},
      {"quota_ratio", {&f::quota_used}, "what is used of a quota"},
      {"budget", {&f::balance_spent_total, &f::cost_total}, "spending"},
  };
  return all;
}

bool can_be_reached(const Account& account, const Compared& each) {
  return std::ranges::any_of(each.families, [&](const Family* family) { return gives(account, *family); });
}

// Where `map`, an account or the defaults, sets it; null if it does not, or turns it off.
const Node* set_at(const Node* map, const Compared& each) {
  if (map == nullptr) return nullptr;
  if (each.key == budget_section.name) {
    const Node* budget = map->find(budget_section.name);
    return budget == nullptr || is_none(*budget) ? nullptr : budget;
  }
  const Node* thresholds = map->find(thresholds_section.name);
  const Node* value = thresholds == nullptr ? nullptr : thresholds->find(each.key);
  return value == nullptr || is_none(*value) ? nullptr : value;
}

std::string name_of(const Compared& each) {
  return each.key == budget_section.name ? quoted("", each.key) : quoted(thresholds_section.name, each.key);
}

// What would help: an endpoint that is off, or nothing.
std::string remedy(const Account& account, const Compared& each) {
  for (const Family* family : each.families) {
    for (const std::string_view name : endpoints_with(account, *family)) {
      const auto& all = account.collector->endpoints;
      const auto endpoint = std::ranges::find(all, name, &Endpoint::name);
      const bool there =
          endpoint != all.end() &&
          (endpoint->only_when_scope.empty() || endpoint->only_when_scope == account.settings.text("scope"));
      if (there) return "enable the endpoint '" + std::string(name) + "', or take it out";
    }
  }
  return "take it out";
}

void warn_of_vain_thresholds(const Account& account, const Node& node, Problems& problems) {
  for (const Compared& each : compared()) {
    const Node* at = set_at(&node, each);
    if (at == nullptr || can_be_reached(account, each)) continue;
    problems.warn(*at, name_of(each) + " can never be reached: the account's endpoints do not give " +
                           std::string(each.what) + "; " + remedy(account, each));
  }
}

void warn_of_vain_defaults(std::span<const Account> accounts, const Node* defaults, Problems& problems) {
  for (const Compared& each : compared()) {
    const Node* at = set_at(defaults, each);
    const bool useful =
        std::ranges::any_of(accounts, [&](const Account& account) { return can_be_reached(account, each); });
    if (at == nullptr || useful) continue;
    problems.warn(*at, name_of(each) + " can never be reached: no account's endpoints give " +
                           std::string(each.what) + "; take it out");
  }
}

// The wallet's currency is an option of some providers.
void warn_of_another_currency(const Account& account, const Node& node, Problems& problems) {
  const Node* at = node.find(budget_section.name);
  const std::string& currency = account.settings.text("currency");
  if (at == nullptr || !account.budget || currency.empty() || account.budget->currency == currency) return;
  problems.warn(*at, "'budget' is in " + account.budget->currency + ", but the account is in " + currency +
                         ", and nothing is converted; give it in " + currency);
}

// --- more requests than the rate budget allows

// In a minute, at least, by endpoint.
using Demand = std::map<std::string_view, double>;

void add_demand(const Account& account, Demand& demand) {
  for (const EndpointPlan& plan : account.endpoints) {
    const double requests = static_cast<double>(requests_of_a_poll(account, *plan.endpoint));
    demand[plan.endpoint->name] += requests * 60 / static_cast<double>(plan.interval.count());
  }
}

double sum_of(const Demand& demand) {
  double sum = 0;
  for (const auto& [endpoint, requests] : demand) sum += requests;
  return sum;
}

std::string rounded(double requests) {
  return format_number(std::ceil(requests));
}

std::string greatest(const Demand& demand) {
  std::vector<std::pair<double, std::string_view>> sorted;
  for (const auto& [endpoint, requests] : demand) sorted.emplace_back(-requests, endpoint);
  std::ranges::sort(sorted);
  sorted.resize(std::min<std::size_t>(sorted.size(), 3));
  std::string text;
  for (const auto& [requests, endpoint] : sorted)
    text.append(text.empty() ? "" : ", ").append(endpoint).append(" ").append(rounded(-requests));
  return text;
}

// Says it at the account with which its credential's budget is first exceeded.
void warn_of_demand(std::span<const Account> accounts, const Node& list, Problems& problems) {
  std::map<std::string, Demand> by_credential;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    Demand& demand = by_credential[credential_of(accounts[i])];
    const bool shared = !demand.empty();
    const unsigned budget = accounts[i].requests_per_minute;
    const bool before = sum_of(demand) > budget;
    add_demand(accounts[i], demand);
    const double sum = sum_of(demand);
    if (before || sum <= budget) continue;
    const Node* at = list.values[i]->find("requests_per_minute");
    problems.warn(
        at == nullptr ? *list.values[i] : *at,
        std::string(shared ? "the accounts with this credential ask" : "the account's endpoints ask") +
            " at least " + rounded(sum) + " requests a minute (" + rounded(sum * 24 * 60) +
            " a day), but 'requests_per_minute' allows " + std::to_string(budget) +
            ", so that polls fall behind; lengthen intervals (" + greatest(demand) +
            "), or raise it if the provider allows more");
  }
}

bool is_set(const Account& account, std::string_view key) {
  const Thresholds& thresholds = account.thresholds;
  if (key == "balance") return thresholds.balance.has_value();
  if (key == "credits") return thresholds.credits.has_value();
  if (key == "customer_balance") return thresholds.customer_balance.has_value();
  if (key == "runway") return thresholds.runway.has_value();
  return key == budget_section.name ? account.budget.has_value() : thresholds.quota_ratio.has_value();
}

}  // namespace

std::vector<Comparison> comparisons(const Account& account) {
  std::vector<Comparison> result;
  for (const Compared& each : compared()) {
    if (can_be_reached(account, each)) result.push_back({each.key, each.what, is_set(account, each.key)});
  }
  return result;
}

void advise(std::span<const Account> accounts, const Node& list, const Node* defaults, Problems& problems) {
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const Node& node = *list.values[i];
    warn_of_idle_endpoints(accounts[i], node, problems);
    warn_of_vain_thresholds(accounts[i], node, problems);
    warn_of_another_currency(accounts[i], node, problems);
  }
  warn_of_vain_defaults(accounts, defaults, problems);
  warn_of_demand(accounts, list, problems);
}

}  // namespace cpaas::config
