// What the sandbox's tests share: small worlds, and asking them without sockets.
#pragma once

#include <cstdint>
#include <string>

#include "sandbox/sandbox.h"

namespace sandbox::test {

// Monday noon in the middle of a month.
inline constexpr TimePoint kStart =
    std::chrono::sys_days{std::chrono::year{2026} / 3 / 16} + std::chrono::hours{12};

inline SandboxOptions small_options() {
  SandboxOptions options;
  options.start = kStart;
  options.customers = 6;
  options.history_days = 35;
  return options;
}

inline Ask right_ask(const std::string& provider, const std::string& path) {
  const Credentials credentials{1};
  Ask ask;
  ask.method = "GET";
  ask.path = path;
  ask.prefix = "http://127.0.0.1:1/" + provider;
  if (provider == "tingting") ask.headers["authorization"] = "Bearer " + credentials.tingting_token;
  if (provider == "agentphone") ask.headers["authorization"] = "Bearer " + credentials.agentphone_key;
  if (provider == "teli") ask.headers["x-api-key"] = credentials.teli_key;
  if (provider == "vobiz") {
    const bool account = path.find("/Account/") != std::string::npos;
    ask.headers["x-auth-id"] = account ? credentials.vobiz_account_id : credentials.vobiz_partner_id;
    ask.headers["x-auth-token"] = account ? credentials.vobiz_account_token : credentials.vobiz_partner_token;
  }
  return ask;
}

using Query = std::map<std::string, std::string>;

// The JSON that the right credentials get; null when it is no JSON.
inline Json ask(Sandbox& sandbox, const std::string& provider, const std::string& path, Query query = {}) {
  Ask one = right_ask(provider, path);
  one.query = std::move(query);
  return Json::parse(sandbox.provider_response(provider, one).body, nullptr, false);
}

// One member of that JSON, as a value that a loop can hold on to.
inline Json ask_for(const char* member, Sandbox& sandbox, const std::string& provider,
                    const std::string& path, Query query = {}) {
  return ask(sandbox, provider, path, std::move(query)).at(member);
}

inline int status(Sandbox& sandbox, const std::string& provider, const std::string& path, Query query = {}) {
  Ask one = right_ask(provider, path);
  one.query = std::move(query);
  return sandbox.provider_response(provider, one).status;
}

// A decimal text as micro-units.
inline std::int64_t micro(const Json& text) {
  const auto& digits = text.get_ref<const std::string&>();
  const auto point = digits.find('.');
  std::string decimals = digits.substr(point + 1);
  decimals.resize(6, '0');
  const std::int64_t units = std::stoll(digits.substr(0, point));
  return units * kMicro + (digits.front() == '-' ? -1 : 1) * std::stoll(decimals);
}

}  // namespace sandbox::test
