// One configured account, complete: what the engine polls and under which rules.
#pragma once

#include <chrono>
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
  const Collector* collector;
  Settings settings;
  std::vector<EndpointPlan> endpoints;  // in the collector's order
  Duration timeout{10'000};             // for one request
  double stale_after = 3;               // intervals
  std::size_t max_series = 20'000;
  Thresholds thresholds;
  std::optional<Budget> budget;
  friend bool operator==(const Account&, const Account&) = default;
};

}  // namespace cpaas
