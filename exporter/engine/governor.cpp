#include "exporter/engine/governor.h"

#include <algorithm>

namespace cpaas::engine {

SteadyPoint Governor::reserve(const std::string& credential, unsigned per_minute, SteadyPoint now) {
  Budget& budget = budgets_[credential];
  if (budget.held_until > now) return budget.held_until;
  const Duration price = Duration{std::chrono::minutes{1}} / static_cast<Duration::rep>(per_minute);
  const Duration credit = price * static_cast<Duration::rep>(std::max(per_minute / 4, 1U) - 1);
  const SteadyPoint paid_until = std::max(budget.paid_until, now);
  if (paid_until - credit > now) return paid_until - credit;
  budget.paid_until = paid_until + price;
  return now;
}

void Governor::hold(const std::string& credential, SteadyPoint until) {
  Budget& budget = budgets_[credential];
  budget.held_until = std::max(budget.held_until, until);
}

SteadyPoint Governor::held_until(const std::string& credential) const {
  const auto found = budgets_.find(credential);
  return found == budgets_.end() ? SteadyPoint{} : found->second.held_until;
}

void Governor::release(const std::string& credential) {
  const auto found = budgets_.find(credential);
  if (found != budgets_.end()) found->second.held_until = {};
}

void Governor::keep_only(const std::set<std::string>& credentials) {
  std::erase_if(budgets_, [&](const auto& each) { return !credentials.contains(each.first); });
}

}  // namespace cpaas::engine
