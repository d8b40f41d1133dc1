// The keys that every account has, whatever its provider: each declared once, with its rule, default, help
// and where it goes. Parsing, checking and the reference all read these tables.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/rule.h"
#include "exporter/core/account.h"
#include "exporter/core/settings.h"

namespace cpaas::config {

// What was said about one endpoint.
struct EndpointChoice {
  std::optional<bool> enabled;
  std::optional<std::chrono::seconds> interval;
};

// An account while it is being read.
struct Draft {
  Account account{};
  std::string provider;
  bool allow_http = false;
  std::optional<std::chrono::seconds> interval;  // for endpoints without their own
  std::optional<TimeZone> zone;                  // instead of the provider's
  std::map<std::string, EndpointChoice, std::less<>> endpoints;
};

struct KeyInfo {
  std::string_view name;
  Rule rule;
  std::string_view default_value;  // as it would be written; empty: none
  std::string_view help;
  bool required = false;
};

template <class Target>
struct Key : KeyInfo {
  void (*set)(Target&, const Value&);  // `Value` is of the rule's type
};

std::span<const Key<Draft>> identity_keys();  // of an account alone
std::span<const Key<Draft>> shared_keys();    // of an account, or under `defaults` for all accounts
std::span<const Key<Thresholds>> threshold_keys();
std::span<const Key<Budget>> budget_keys();
std::span<const Key<EndpointChoice>> endpoint_keys();
std::span<const Key<ConnectionSettings>> connection_keys();  // all are names of files

// The keys of `defaults` and accounts whose values are maps.
struct Section {
  std::string_view name;
  std::string_view help;
};
inline constexpr Section endpoints_section{
    "endpoints",
    "What to poll: a map from endpoint names to `true`, `false` or a map of the keys below. Endpoints that "
    "are not named keep their "
    "defaults. An interval alone does not switch an endpoint on. Under `defaults`, an entry counts for every "
    "account whose provider "
    "has an endpoint of that name"};
inline constexpr Section thresholds_section{"thresholds",
                                            "When to warn: exported as metrics that the alert rules compare "
                                            "with. An account's thresholds are added to those "
                                            "of `defaults` and win over them one by one, also with `none`"};
inline constexpr Section budget_section{
    "budget",
    "What the account may spend in a period: exported, for the alert rules "
    "to compare with what it spends. An account's budget replaces that of "
    "`defaults` as a whole, also with `budget: none`"};

inline constexpr Section connection_section{
    "connection",
    "How the API is reached where the system's ways do not do. Relative names of files count from the "
    "configuration "
    "file. An account's keys are added to those of `defaults` and win over them one by one, also with "
    "`none`"};
// Of the connection; a secret, since it may hold a password.
inline constexpr std::string_view proxy_key = "proxy_url";
inline constexpr std::string_view proxy_help =
    "The proxy to go through, as http://[user:password@]host:port, or `none` for none, whatever `defaults` "
    "say. The variables of the environment that name proxies are not used";

}  // namespace cpaas::config
