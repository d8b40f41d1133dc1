// What the configuration is shown as: the effective configuration, and the reference of all keys.
#include <gmock/gmock.h>

#include "collectors/registry.h"
#include "config/config.h"
#include "config/keys.h"
#include "tests/config/fake_collectors.h"

namespace cpaas::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view everything = R"(
accounts:
  - name: 'one: "1"'
    provider: acme
    api_key: <secret>
    base_url: http://127.0.0.1:8080
    timeout: 1s500ms
    stale_after: 2.5
    window: 7d
    max_series: 1234567
    personal_data: true
    requests_per_minute: 7
    connection: {ca_file: /etc/ca.pem, certificate_file: /etc/me.pem, key_file: /etc/me.key}
    note: "true"
    teams: all
    tags: ["a, b", "null", "#"]
    endpoints: {usage: {interval: 1h30m}}
    thresholds: {balance: -5.5, credits: 100000, customer_balance: 2, runway: 3d, quota_ratio: 0.9}
    budget: {period: week, amount: 10.25, currency: EUR}
  - {name: two, provider: globex, scope: reseller, auth_token: <secret>, regions: [n]}
  - {name: three, provider: globex, scope: customer, auth_token: <secret>}
)";

Config parsed(std::string_view text) {
  testing::FakeWorld world;
  for (const char* file : {"/etc/ca.pem", "/etc/me.pem", "/etc/me.key"}) world.files[file] = "";
  Loaded loaded = parse(text, "test.yml", testing::fake_collectors(), world.environment());
  for (const Diagnostic& problem : loaded.problems) ADD_FAILURE() << to_string(problem);
  return loaded.config;
}

TEST(Dump, ReadsBackAsTheSameConfiguration) {
  const Config config = parsed(everything);
  ASSERT_EQ(config.accounts.size(), 3U);
  EXPECT_EQ(parsed(dump(config)), config) << dump(config);
}

TEST(Dump, ShowsEveryKeyButTheOneThatIsSpreadOverTheEndpoints) {
  const std::string text = dump(parsed(everything));
  auto expect_shown = [&](std::string_view name) {
    EXPECT_THAT(text, HasSubstr(" " + std::string(name) + ": "));
  };
  for (const auto& key : identity_keys()) expect_shown(key.name);
  for (const auto& key : shared_keys()) expect_shown(key.name);
  for (const auto& key : threshold_keys()) expect_shown(key.name);
  for (const auto& key : budget_keys()) expect_shown(key.name);
  for (const auto& key : connection_keys()) expect_shown(key.name);
}

TEST(Dump, HidesSecrets) {
  const std::string text =
      dump(parsed("accounts: [{name: one, provider: acme, api_key: s3cr3t,"
                  " connection: {proxy_url: 'http://me:s3cr3t@proxy:3128'}}]"));
  EXPECT_THAT(text, HasSubstr("api_key: \"<secret>\""));
  EXPECT_THAT(text, HasSubstr("proxy_url: \"<secret>\""));
  EXPECT_THAT(text, Not(HasSubstr("s3cr3t")));
}

TEST(Reference, ListsEveryDeclaredKey) {
  const std::string text = reference_markdown(collectors());
  auto expect_listed = [&](std::string_view name) {
    EXPECT_THAT(text, HasSubstr("| `" + std::string(name) + "` |"));
  };
  for (const auto& key : identity_keys()) expect_listed(key.name);
  for (const auto& key : shared_keys()) expect_listed(key.name);
  for (const auto& key : threshold_keys()) expect_listed(key.name);
  for (const auto& key : budget_keys()) expect_listed(key.name);
  for (const auto& key : connection_keys()) expect_listed(key.name);
  expect_listed(proxy_key);
  for (const auto& key : endpoint_keys()) expect_listed(key.name);
  for (const Collector* collector : collectors()) {
    EXPECT_THAT(text, HasSubstr("`provider: " + std::string(collector->name) + "`"));
    for (const Option& option : collector->options) expect_listed(option.name);
    for (const Endpoint& endpoint : collector->endpoints) expect_listed(endpoint.name);
  }
}

TEST(Reference, GivesValueDefaultAndHelp) {
  const std::string text = reference_markdown(testing::fake_collectors());
  EXPECT_THAT(
      text,
      HasSubstr(
          "| `timeout` | a length of time from 100ms to 5m, such as 90s or 1h30m | `10s` | How long one "
          "request may take as a whole. |\n"));
  EXPECT_THAT(text, HasSubstr("## Acme\n\n`provider: acme`, at `https://api.acme.example/v1`.\n"));
  EXPECT_THAT(text, HasSubstr("| `api_key` | secret | required | The key. |\n"));
  EXPECT_THAT(text, HasSubstr("| `region` | one of eu, us | `eu` | Where: here \\| there. |\n"));
  EXPECT_THAT(text, HasSubstr("| `teams` | a list of texts, or the word `all` | | Teams. |\n"));
  EXPECT_THAT(text, HasSubstr("| `currency` | an ISO 4217 currency code in capitals, such as EUR | `EUR` | "
                              "Only for scope `customer`. Of the wallet. |\n"));
  EXPECT_THAT(text, HasSubstr("| `history` | `false` | `15m` | Days gone by. |\n"));
  EXPECT_THAT(text, HasSubstr("| `resellers` | `true` | `5m` | Only for scope `reseller`. Resellers. |\n"));
}

}  // namespace
}  // namespace cpaas::config
