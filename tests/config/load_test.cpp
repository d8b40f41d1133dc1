// What a good configuration becomes.
#include <gmock/gmock.h>

#include "collectors/registry.h"
#include "config/config.h"
#include "config/keys.h"
#include "tests/config/fake_collectors.h"

namespace cpaas::config {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> lines(const std::vector<Diagnostic>& problems) {
  std::vector<std::string> result;
  for (const Diagnostic& problem : problems) result.push_back(to_string(problem));
  return result;
}

std::vector<Account> accounts(std::string_view text, const testing::FakeWorld& world = {}) {
  Loaded loaded = parse(text, "test.yml", testing::fake_collectors(), world.environment());
  EXPECT_THAT(lines(loaded.problems), IsEmpty());
  return loaded.config.accounts;
}

Account account(std::string_view text, const testing::FakeWorld& world = {}) {
  const auto all = accounts(text, world);
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? Account{} : all.front();
}

std::vector<std::pair<std::string, seconds>> plan(const Account& account) {
  std::vector<std::pair<std::string, seconds>> result;
  for (const EndpointPlan& each : account.endpoints) result.emplace_back(each.endpoint->name, each.interval);
  return result;
}

using Plan = std::vector<std::pair<std::string, seconds>>;

constexpr std::string_view minimal = "accounts: [{name: one, provider: acme, api_key: s3cr3t}]\n";

TEST(Load, TheTimeZoneIsTheAccountsOrTheProviders) {
  const auto zone = [](std::string_view keys, std::string_view defaults = "{}") {
    return account("defaults: " + std::string(defaults) +
                   "\naccounts: [{name: one, provider: acme, api_key: s3cr3t" + std::string(keys) + "}]\n")
        .settings.zone.name();
  };
  EXPECT_EQ(zone(""), "UTC");
  EXPECT_EQ(zone(", timezone: Asia/Kolkata"), "Asia/Kolkata");
  EXPECT_EQ(zone(", timezone: +05:45"), "+05:45");
  EXPECT_EQ(zone("", "{timezone: '-03:00'}"), "-03:00");
  EXPECT_EQ(zone(", timezone: UTC", "{timezone: Asia/Kolkata}"), "UTC");
}

TEST(Load, FillsInEveryDefault) {
  const Account one = account(minimal);
  EXPECT_EQ(one.collector, testing::fake_collectors().front());
  EXPECT_EQ(one.settings.account, "one");
  EXPECT_EQ(one.settings.base_url, "https://api.acme.example/v1");
  EXPECT_EQ(one.settings.window, std::chrono::days{30});
  EXPECT_FALSE(one.settings.personal_data);
  EXPECT_EQ(one.settings.text("region"), "eu");
  EXPECT_EQ(one.settings.text("note"), "");
  EXPECT_THAT(one.settings.list("teams"), IsEmpty());
  EXPECT_EQ(one.settings.secret("api_key").reveal(), "s3cr3t");
  EXPECT_EQ(one.timeout, seconds{10});
  EXPECT_EQ(one.stale_after, 3);
  EXPECT_EQ(one.max_series, 250000U);
  EXPECT_EQ(one.requests_per_minute, 120U);
  EXPECT_EQ(one.connection, nullptr);
  EXPECT_EQ(one.thresholds, Thresholds{});
  EXPECT_FALSE(one.budget);
  EXPECT_EQ(plan(one), (Plan{{"usage", minutes{1}}}));
}

TEST(Load, ReadsEveryKey) {
  const Account one = account(R"(
accounts:
  - name: "Zürich | 1"
    provider: acme
    api_key_file: /run/secrets/good
    base_url: http://[::1]:8080/api/
    allow_http: false
    interval: 2m
    timeout: 1s500ms
    stale_after: 2.5
    window: 90d
    max_series: 7
    requests_per_minute: 6
    personal_data: true
    region: us
    note: 0012
    teams: [a, "b"]
    tags: []
    endpoints: {usage: {interval: 1h30m}, history: true}
    thresholds: {balance: -5.5, credits: 1e3, customer_balance: 2, runway: 3d, quota_ratio: 0.9}
    budget: {period: week, amount: 10.25, currency: EUR}
)");
  EXPECT_EQ(one.settings.account, "Zürich | 1");
  EXPECT_EQ(one.settings.secret("api_key").reveal(), "s3cr3t-from-file");
  EXPECT_EQ(one.settings.base_url, "http://[::1]:8080/api");
  EXPECT_EQ(one.settings.window, std::chrono::days{90});
  EXPECT_TRUE(one.settings.personal_data);
  EXPECT_EQ(one.settings.text("region"), "us");
  EXPECT_EQ(one.settings.text("note"), "0012");
  EXPECT_THAT(one.settings.list("teams"), ElementsAre("a", "b"));
  EXPECT_EQ(one.timeout, Duration{1500});
  EXPECT_EQ(one.stale_after, 2.5);
  EXPECT_EQ(one.max_series, 7U);
  EXPECT_EQ(one.requests_per_minute, 6U);
  EXPECT_EQ(one.thresholds, (Thresholds{-5.5, 2, 1000, std::chrono::days{3}, 0.9}));
  EXPECT_EQ(one.budget, (Budget{"week", 10.25, "EUR"}));
  EXPECT_EQ(plan(one), (Plan{{"usage", minutes{90}}, {"history", minutes{2}}}));
}

TEST(Load, AnIntervalOfItsOwnWinsOverTheAccountsAndThatOverTheDefaults) {
  const auto all = accounts(R"(
defaults:
  interval: 10m
  endpoints: {history: {enabled: true, interval: 1h}, wallet: {interval: 20m}}
accounts:
  - {name: one, provider: acme, api_key: k}
  - {name: two, provider: acme, api_key: k, interval: 30m, endpoints: {history: {interval: 2h}}}
  - {name: three, provider: acme, api_key: k, endpoints: {history: false}}
  - {name: four, provider: globex, scope: customer, auth_token: k}
)");
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(plan(all[0]), (Plan{{"usage", minutes{10}}, {"history", minutes{60}}}));
  EXPECT_EQ(plan(all[1]), (Plan{{"usage", minutes{30}}, {"history", minutes{120}}}));
  EXPECT_EQ(plan(all[2]), (Plan{{"usage", minutes{10}}}));
  EXPECT_EQ(plan(all[3]), (Plan{{"wallet", minutes{20}}}));
}

TEST(Load, AnIntervalAloneDoesNotSwitchAnEndpointOn) {
  const Account one =
      account("accounts: [{name: one, provider: acme, api_key: k, endpoints: {history: {interval: 1h}}}]");
  EXPECT_EQ(plan(one), (Plan{{"usage", minutes{1}}}));
}

TEST(Load, DefaultsYieldToTheAccount) {
  const auto all = accounts(R"(
defaults:
  timeout: 5s
  personal_data: true
  thresholds: {balance: 1, credits: 2}
  budget: {period: day, amount: 1, currency: EUR}
accounts:
  - {name: one, provider: acme, api_key: k}
  - name: two
    provider: acme
    api_key: k
    timeout: 6s
    personal_data: false
    thresholds: {balance: 3}
    budget: {period: month, amount: 9, currency: USD}
)");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].timeout, seconds{5});
  EXPECT_TRUE(all[0].settings.personal_data);
  EXPECT_EQ(all[0].budget, (Budget{"day", 1, "EUR"}));
  EXPECT_EQ(all[1].timeout, seconds{6});
  EXPECT_FALSE(all[1].settings.personal_data);
  EXPECT_EQ(all[1].thresholds, (Thresholds{3, {}, 2, {}, {}}));
  EXPECT_EQ(all[1].budget, (Budget{"month", 9, "USD"}));
}

TEST(Load, ScopeDecidesWhichOptionsAndEndpointsThereAre) {
  const auto all = accounts(R"(
accounts:
  - {name: one, provider: globex, scope: reseller, auth_token: k, regions: [north]}
  - {name: two, provider: globex, scope: customer, auth_token: k}
)");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(plan(all[0]), (Plan{{"wallet", minutes{1}}, {"resellers", minutes{5}}}));
  EXPECT_EQ(all[0].settings.text("currency"), "");
  EXPECT_EQ(plan(all[1]), (Plan{{"wallet", minutes{1}}}));
  EXPECT_EQ(all[1].settings.text("currency"), "EUR");
}

TEST(Load, TheWordAllStandsForAList) {
  EXPECT_THAT(
      account("accounts: [{name: one, provider: acme, api_key: k, teams: all}]").settings.list("teams"),
      ElementsAre("all"));
}

TEST(Load, HttpGoesToThisMachineOrWhereItIsAllowed) {
  for (const std::string_view url :
       {"http://localhost", "http://127.0.0.1:80", "http://127.255.1.9/x", "http://[::1]"}) {
    const std::string text =
        "accounts: [{name: one, provider: acme, api_key: k, base_url: '" + std::string(url) + "'}]";
    EXPECT_EQ(account(text).settings.base_url, url);
  }
  EXPECT_EQ(account("defaults: {base_url: http://example.org}\n"
                    "accounts: [{name: one, provider: acme, api_key: k, allow_http: true}]")
                .settings.base_url,
            "http://example.org");
}

TEST(Load, AnchorsAndAliasesWork) {
  const auto all = accounts(R"(
accounts:
  - {name: one, provider: acme, api_key: k, thresholds: &warn {balance: 5}}
  - {name: two, provider: acme, api_key: k, thresholds: *warn}
)");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].thresholds, all[1].thresholds);
}

TEST(Load, SecretsAreReadAgainAtEachLoad) {
  testing::FakeWorld world;
  world.files["etc/cpaas.yml"] = "accounts: [{name: one, provider: acme, api_key_file: key}]";
  world.files["etc/key"] = "first\r\n";
  auto key = [&] {
    const Loaded loaded = load("etc/cpaas.yml", testing::fake_collectors(), world.environment());
    EXPECT_THAT(lines(loaded.problems), IsEmpty());
    return loaded.config.accounts.at(0).settings.secret("api_key").reveal();
  };
  EXPECT_EQ(key(), "first");
  world.files["etc/key"] = "second";
  EXPECT_EQ(key(), "second");
}

TEST(Load, ASecretComesFromAVariable) {
  EXPECT_EQ(account("accounts: [{name: one, provider: acme, api_key_env: GOOD_KEY}]")
                .settings.secret("api_key")
                .reveal(),
            "s3cr3t-from-env");
}

TEST(Load, AConnectionIsAddedToThatOfTheDefaults) {
  testing::FakeWorld world;
  world.files = {{"etc/ca.pem", ""},
                 {"/me.pem", ""},
                 {"etc/proxy", "http://me:s3cr3t@proxy:3128\n"},
                 {"etc/cpaas.yml", R"(
defaults: {connection: {ca_file: ca.pem, proxy_url: "http://[::1]:1"}}
accounts:
  - {name: one, provider: acme, api_key: k}
  - {name: two, provider: acme, api_key: k, connection: {certificate_file: /me.pem, proxy_url_file: proxy}}
)"}};
  const Loaded loaded = load("etc/cpaas.yml", testing::fake_collectors(), world.environment());
  ASSERT_THAT(lines(loaded.problems), IsEmpty());
  EXPECT_EQ(*loaded.config.accounts.at(0).connection,
            (ConnectionSettings{"etc/ca.pem", "", "", Secret("http://[::1]:1")}));
  EXPECT_EQ(*loaded.config.accounts.at(1).connection,
            (ConnectionSettings{"etc/ca.pem", "/me.pem", "", Secret("http://me:s3cr3t@proxy:3128")}));
}

TEST(Load, AFileThatCannotBeReadIsAProblem) {
  const testing::FakeWorld world;
  const Loaded loaded = load("gone.yml", testing::fake_collectors(), world.environment());
  EXPECT_THAT(lines(loaded.problems),
              ElementsAre("gone.yml:1:1: the file cannot be read: No such file or directory"));
}

TEST(Load, TheSystemsFilesAndVariables) {
  const Environment environment = system_environment();
  EXPECT_THAT(environment.read_file(std::string(CPAAS_SOURCE_DIR) + "/config/example.yml").value_or(""),
              HasSubstr("accounts:"));
  EXPECT_EQ(environment.read_file("/nonexistent/file"),
            tl::unexpected(std::string("No such file or directory")));
  EXPECT_EQ(environment.read_file("/"), tl::unexpected(std::string("Is a directory")));
  EXPECT_EQ(environment.read_file("/dev/zero"), tl::unexpected(std::string("the file is over 16 MiB")));
  EXPECT_FALSE(environment.get_env("CPAAS_THERE_IS_NO_SUCH_VARIABLE"));
  EXPECT_TRUE(environment.get_env("PATH"));
}

// The example names secrets of the system that it is copied to; here every file and variable holds one.
TEST(Example, LoadsWithTheRealCollectors) {
  const std::string text =
      system_environment().read_file(std::string(CPAAS_SOURCE_DIR) + "/config/example.yml").value_or("");
  const Environment anything{[](const std::string&) { return std::string("s3cr3t\n"); },
                             [](const std::string&) { return std::string("s3cr3t"); }};
  const Loaded loaded = parse(text, "example.yml", collectors(), anything);
  EXPECT_THAT(lines(loaded.problems), IsEmpty());
  std::vector<const Collector*> used;
  for (const Account& each : loaded.config.accounts) used.push_back(each.collector.get());
  for (const Collector* collector : collectors())
    EXPECT_THAT(used, ::testing::Contains(collector)) << collector->name;
}

// Else the one would be read in place of the other.
TEST(RealCollectors, DeclareNoOptionThatEveryAccountHas) {
  std::vector<std::string> generic{"name", "provider", "endpoints", "thresholds", "budget", "connection"};
  for (const auto& key : shared_keys()) generic.emplace_back(key.name);
  for (const Collector* collector : collectors()) {
    for (const Option& option : collector->options) {
      EXPECT_THAT(generic, ::testing::Not(::testing::Contains(option.name))) << collector->name;
    }
  }
}

TEST(Keys, EveryDefaultKeepsItsRule) {
  for (const auto& key : shared_keys()) {
    Node node;
    node.type = Node::Type::scalar;
    node.plain = true;
    node.text = key.default_value;
    EXPECT_TRUE(key.default_value.empty() || read(key.rule, node)) << key.name;
  }
}

TEST(Load, NoneTurnsOffWhatTheDefaultsGive) {
  const auto all = accounts(R"(
defaults:
  connection: {proxy_url: "http://me:s3cr3t@proxy:3128", ca_file: /run/secrets/good}
  thresholds: {balance: 5, credits: 6, customer_balance: 7, runway: 3d, quota_ratio: 0.5}
  budget: {period: day, amount: 5, currency: INR}
accounts:
  - {name: one, provider: acme, api_key: k}
  - name: two
    provider: acme
    api_key: k
    connection: {proxy_url: none, ca_file: none}
    thresholds: {balance: none, credits: none, customer_balance: none, runway: none, quota_ratio: none}
    budget: none
)");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].connection->proxy_url.reveal(), "http://me:s3cr3t@proxy:3128");
  EXPECT_EQ(all[0].connection->ca_file, "/run/secrets/good");
  EXPECT_TRUE(all[0].budget);
  EXPECT_EQ(*all[1].connection, ConnectionSettings{});
  EXPECT_EQ(all[1].thresholds, Thresholds{});
  EXPECT_FALSE(all[1].budget);
}

TEST(Load, ASecretMayBeTheWordNone) {
  EXPECT_EQ(
      account("accounts: [{name: one, provider: acme, api_key: none}]").settings.secret("api_key").reveal(),
      "none");
}

}  // namespace
}  // namespace cpaas::config
