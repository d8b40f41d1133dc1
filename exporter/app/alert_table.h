// Which shipped alerts can fire for an account, and what the rules do without a threshold: the tables of
// docs/alerts.md, which alerts/check.py holds against the rules.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/account.h"

namespace cpaas::app {

// docs/alerts.md as it was when the program was built.
std::string_view alerts_page();

// The alerts about accounts that the metrics are enough for, in the page's order and words.
std::vector<std::string> alerts_with(const std::set<std::string, std::less<>>& metrics,
                                     std::string_view page = alerts_page());

// What rules compare with where `key` (of `thresholds`, or `budget`) is not set: "3 days". Empty if the page
// does not say.
std::string without_threshold(std::string_view key, std::string_view page = alerts_page());

// The names of all metrics without a window that the account's endpoints can give.
std::set<std::string, std::less<>> metrics_of(const Account& account);

}  // namespace cpaas::app
