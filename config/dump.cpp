#include <yaml-cpp/emitter.h>

#include "config/config.h"
#include "config/duration.h"
#include "config/keys.h"
#include "exporter/core/number.h"

namespace cpaas::config {
namespace {

// One `name: value`; text is quoted, everything else is written as it is.
void put_text(YAML::Emitter& out, std::string_view name, const std::string& text) {
  out << YAML::Key << std::string(name) << YAML::Value << YAML::DoubleQuoted << text;
}
void put(YAML::Emitter& out, std::string_view name, const std::string& value) {
  out << YAML::Key << std::string(name) << YAML::Value << value;
}
void put(YAML::Emitter& out, std::string_view name, bool value) {
  put(out, name, std::string(value ? "true" : "false"));
}
void put(YAML::Emitter& out, std::string_view name, double value) {
  put(out, name, format_number(value));
}
void put(YAML::Emitter& out, std::string_view name, Duration value) {
  put(out, name, format_duration(value));
}

template <class Optional>
void put_if(YAML::Emitter& out, std::string_view name, const Optional& value) {
  if (value) put(out, name, *value);
}

void begin(YAML::Emitter& out, std::string_view name) {
  out << YAML::Key << std::string(name) << YAML::Value << YAML::BeginMap;
}

void put_options(YAML::Emitter& out, const Settings& settings) {
  for (const auto& [name, text] : settings.texts) put_text(out, name, text);
  for (const auto& [name, list] : settings.lists) {
    if (list == std::vector<std::string>{"all"}) {
      put(out, name, std::string("all"));
      continue;
    }
    out << YAML::Key << name << YAML::Value << YAML::Flow << YAML::BeginSeq;
    for (const std::string& element : list) out << YAML::DoubleQuoted << element;
    out << YAML::EndSeq;
  }
  for (const auto& [name, secret] : settings.secrets) put_text(out, name, "<secret>");
}

const EndpointPlan* plan_of(const Account& account, const Endpoint& endpoint) {
  for (const EndpointPlan& plan : account.endpoints) {
    if (plan.endpoint == &endpoint) return &plan;
  }
  return nullptr;
}

bool available(const Account& account, const Endpoint& endpoint) {
  return endpoint.only_when_scope.empty() || endpoint.only_when_scope == account.settings.text("scope");
}

void put_endpoints(YAML::Emitter& out, const Account& account) {
  begin(out, endpoints_section.name);
  for (const Endpoint& endpoint : account.collector->endpoints) {
    const EndpointPlan* plan = plan_of(account, endpoint);
    if (plan == nullptr) {
      if (available(account, endpoint)) put(out, endpoint.name, false);
      continue;
    }
    begin(out, endpoint.name);
    put(out, "enabled", true);
    put(out, "interval", Duration{plan->interval});
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
}

void put_warnings(YAML::Emitter& out, const Account& account) {
  const Thresholds& thresholds = account.thresholds;
  begin(out, thresholds_section.name);
  put_if(out, "balance", thresholds.balance);
  put_if(out, "credits", thresholds.credits);
  put_if(out, "customer_balance", thresholds.customer_balance);
  put_if(out, "runway", thresholds.runway);
  put_if(out, "quota_ratio", thresholds.quota_ratio);
  out << YAML::EndMap;
  if (!account.budget) return;
  begin(out, budget_section.name);
  put(out, "period", account.budget->period);
  put(out, "amount", account.budget->amount);
  put(out, "currency", account.budget->currency);
  out << YAML::EndMap;
}

void put_connection(YAML::Emitter& out, const Account& account) {
  if (!account.connection) return;
  const ConnectionSettings& connection = *account.connection;
  begin(out, connection_section.name);
  if (!connection.ca_file.empty()) put_text(out, "ca_file", connection.ca_file);
  if (!connection.certificate_file.empty()) put_text(out, "certificate_file", connection.certificate_file);
  if (!connection.key_file.empty()) put_text(out, "key_file", connection.key_file);
  if (!connection.proxy_url.empty()) put_text(out, proxy_key, "<secret>");
  out << YAML::EndMap;
}

void put_account(YAML::Emitter& out, const Account& account) {
  out << YAML::BeginMap;
  put_text(out, "name", account.settings.account);
  put(out, "provider", std::string(account.collector->name));
  put(out, "base_url", account.settings.base_url);
  // Whatever was checked when it was loaded is allowed.
  put(out, "allow_http", account.settings.base_url.starts_with("http:"));
  put_options(out, account.settings);
  put(out, "timeout", account.timeout);
  put(out, "stale_after", account.stale_after);
  put(out, "window", std::to_string(account.settings.window.count()) + "d");
  put_text(out, "timezone", account.settings.zone.name());
  put(out, "max_series", static_cast<double>(account.max_series));
  put(out, "requests_per_minute", static_cast<double>(account.requests_per_minute));
  put(out, "personal_data", account.settings.personal_data);
  put_endpoints(out, account);
  put_warnings(out, account);
  put_connection(out, account);
  out << YAML::EndMap;
}

}  // namespace

std::string dump(const Config& config) {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "accounts" << YAML::Value << YAML::BeginSeq;
  for (const Account& account : config.accounts) put_account(out, account);
  out << YAML::EndSeq << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace cpaas::config
