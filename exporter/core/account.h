// One configured account, complete: what the engine polls and under which rules.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/core/clock.h"
#include "exporter/core/collector.h"

namespace cpaas {

// An enabled endpoint and how often it is polled.
struct EndpointPlan {
  const Endpoint* endpoint;
  std::chrono::seconds interval;
  friend bool operator==(const EndpointPlan&, const EndpointPlan&) = default;
};

// What the user wants to be warned of; exported as metrics that alert rules compare with.
struct Thresholds {
  std::optional<double> balance;           // in the currency of the account's balance
  std::optional<double> customer_balance;  // in the currency of each customer's balance
  std::optional<double> credits;
  std::optional<std::chrono::seconds> runway;
  std::optional<double> quota_ratio;  // 0-1
  friend bool operator==(const Thresholds&, const Thresholds&) = default;
};

struct Budget {
  std::string period;  // day, week or month
  double amount;       // in `currency`
  std::string currency;
  friend bool operator==(const Budget&, const Budget&) = default;
};

struct Account {
  CollectorRef collector;
  Settings settings;
  std::vector<EndpointPlan> endpoints;  // in the collector's order
  Duration timeout{10'000};             // for one request
  double stale_after = 3;               // intervals
  std::size_t max_series = 250'000;     // a reseller's 25,000 customers give some 150,000
  unsigned requests_per_minute = 120;   // shared by all accounts with the same credential; at least 1
  std::shared_ptr<const ConnectionSettings> connection{};  // null: the defaults
  Thresholds thresholds;
  std::optional<Budget> budget;
  friend bool operator==(const Account& a, const Account& b);
};

// Accounts are equal when nothing that the user can configure differs.
bool operator==(const Account& a, const Account& b);

// Whether both read the same things from the same place, so that what one has read still holds for the other:
// all but secrets, pacing, thresholds and the endpoints asked is the same.
bool same_source(const Account& a, const Account& b);

// Whether both ask with the same credentials, over the same connection and at the same pace: whatever else
// the user changed is no reason to ask sooner.
bool same_pace(const Account& a, const Account& b);

// Equal exactly for accounts whose requests count against one rate limit of the provider. Holds secrets:
// never show it.
std::string credential_of(const Account& account);

}  // namespace cpaas
