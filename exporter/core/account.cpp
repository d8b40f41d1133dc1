#include "exporter/core/account.h"

#include <tuple>

namespace cpaas {
namespace {

// Everything but the connection, which is compared by value.
auto plain_parts(const Account& account) {
  return std::tie(account.collector, account.settings, account.endpoints, account.timeout,
                  account.stale_after, account.max_series, account.requests_per_minute, account.thresholds,
                  account.budget);
}

bool same_connection(const Account& a, const Account& b) {
  return a.connection == b.connection ||
         (a.connection != nullptr && b.connection != nullptr && *a.connection == *b.connection);
}

Settings without_secrets(Settings settings) {
  settings.secrets.clear();
  settings.not_polled.clear();
  return settings;
}

}  // namespace

bool operator==(const Account& a, const Account& b) {
  return same_connection(a, b) && plain_parts(a) == plain_parts(b);
}

bool same_source(const Account& a, const Account& b) {
  return a.collector == b.collector && without_secrets(a.settings) == without_secrets(b.settings);
}

bool same_pace(const Account& a, const Account& b) {
  return same_connection(a, b) && a.settings.secrets == b.settings.secrets && a.endpoints == b.endpoints &&
         a.requests_per_minute == b.requests_per_minute && a.timeout == b.timeout;
}

std::string credential_of(const Account& account) {
  std::string credential(account.collector->name);
  credential.append(1, '\0').append(account.settings.base_url);
  for (const auto& [name, secret] : account.settings.secrets) {
    credential.append(1, '\0').append(name).append("=").append(secret.reveal());
  }
  return credential;
}

}  // namespace cpaas
