// What a good colleague says about a configuration that is without mistakes.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "exporter/core/account.h"

namespace cpaas::config {

// Warns of thresholds and budgets that nothing of the account can reach, of endpoints that have nothing to
// ask, and of accounts whose endpoints ask more than their rate budget allows. `list` is the node of the
// accounts, in their order, `defaults` that of the defaults, or null.
void advise(std::span<const Account> accounts, const Node& list, const Node* defaults, Problems& problems);

// What alert rules compare with what the account gives.
struct Comparison {
  std::string_view key;   // of `thresholds`, or `budget`
  std::string_view what;  // that is compared: "a balance"
  bool is_set;            // by the user, so that the rules can fire
};

// Those for which the account gives something.
std::vector<Comparison> comparisons(const Account& account);

}  // namespace cpaas::config
