// Two made-up providers, so that the loader's tests depend on no real one, and an environment that holds a
// few secrets.
#pragma once

#include <map>
#include <span>
#include <string>

#include "config/environment.h"
#include "exporter/core/collector.h"

namespace cpaas::testing {

// acme: options api_key (secret, required), region (eu or us; eu), note, teams (a list or all), tags (a
// list); endpoints usage (60s; credits; one request, or one for each of teams), history (15m, off; cost; asks
// nothing without tags). globex: options scope (reseller or customer, required), auth_token (secret,
// required), id (R_... for resellers, C_... for customers), regions (a list, required for resellers),
// currency (for customers; EUR); endpoints wallet (60s; balance), resellers (5m, for resellers; customers'
// balances).
std::span<const Collector* const> fake_collectors();

struct FakeWorld {
  std::map<std::string, std::string> files{{"/run/secrets/good", "s3cr3t-from-file\n"},
                                           {"/run/secrets/empty", "\n"},
                                           {"/run/secrets/windows",
                                            "\xEF\xBB\xBF"
                                            "s3cr3t\r\n"},
                                           {"/run/secrets/blanks", "\n s3cr3t \n"},
                                           {"/run/secrets/two-lines", "s3cr3t\nX-Other: s3cr3t\n"}};
  std::map<std::string, std::string> variables{{"GOOD_KEY", "s3cr3t-from-env"}, {"EMPTY_KEY", ""}};

  // Reads the above as they are at each call; must not outlive this.
  config::Environment environment() const;
};

// Text of tests/config/PATH.
std::string test_file(const std::string& path);

}  // namespace cpaas::testing
