// What is said about configurations that are without mistakes, and that they are used all the same.
#include <gmock/gmock.h>

#include "config/config.h"
#include "tests/config/fake_collectors.h"

namespace cpaas::config {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

struct Read {
  std::vector<std::string> warnings;
  std::vector<Account> accounts;
};

Read read(std::string_view text) {
  const testing::FakeWorld world;
  Loaded loaded = parse(text, "test.yml", testing::fake_collectors(), world.environment());
  Read result{{}, loaded.config.accounts};
  EXPECT_THAT(loaded.problems, IsEmpty());
  for (const Diagnostic& warning : loaded.warnings) result.warnings.push_back(to_string(warning));
  EXPECT_THAT(result.warnings, Each(HasSubstr(": warning: ")));
  EXPECT_THAT(result.warnings, Each(Not(HasSubstr("s3cr3t"))));
  return result;
}

std::vector<std::string> warnings(std::string_view text) {
  return read(text).warnings;
}

// What stands behind "warning: " of the only one.
std::string warning(std::string_view text) {
  const auto all = warnings(text);
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? "" : all.front().substr(all.front().find("warning: ") + 9);
}

TEST(Warnings, AreNotGivenWithoutAReason) {
  EXPECT_THAT(warnings(R"(
defaults: {thresholds: {balance: 5, credits: 7, quota_ratio: none}}
accounts:
  - {name: one, provider: acme, api_key: s3cr3t, teams: [a, b], thresholds: {credits: 5, runway: 3d}}
  - {name: two, provider: globex, scope: customer, id: C_1, auth_token_file: /run/secrets/good, currency: INR,
     thresholds: {balance: 5}, budget: {period: day, amount: 5, currency: INR}}
)"),
              IsEmpty());
}

TEST(Warnings, DoNotHideProblems) {
  const testing::FakeWorld world;
  const Loaded loaded = parse("accounts: [{name: one, provider: acme, api_key: 's3cr3t ', nonsense: 1}]",
                              "test.yml", testing::fake_collectors(), world.environment());
  EXPECT_EQ(loaded.problems.size(), 1U);
  EXPECT_THAT(loaded.warnings, ::testing::SizeIs(1));
}

// --- secrets

struct DoubtfulSecret {
  const char* yaml;
  const char* said;
  const char* used = nullptr;
};

class SecretWarning : public ::testing::TestWithParam<DoubtfulSecret> {};

TEST_P(SecretWarning, SaysWhatToDo) {
  const Read got =
      read("accounts:\n  - name: one\n    provider: acme\n    " + std::string(GetParam().yaml) + "\n");
  ASSERT_EQ(got.warnings.size(), 1U);
  EXPECT_THAT(got.warnings.front(), StartsWith("test.yml:4:"));
  EXPECT_THAT(got.warnings.front(), HasSubstr(std::string(": the secret ") + GetParam().said));
  ASSERT_EQ(got.accounts.size(), 1U);
  if (GetParam().used != nullptr) {
    EXPECT_EQ(got.accounts.front().settings.secret("api_key").reveal(), GetParam().used);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, SecretWarning,
    ::testing::Values(
        DoubtfulSecret{"api_key: 's3cr3t '", "ends with a blank", "s3cr3t"},
        DoubtfulSecret{"api_key: ' s3cr3t'", "begins with a blank", "s3cr3t"},
        DoubtfulSecret{"api_key: 'Bearer s3cr3t'", "begins with the word of an Authorization header",
                       "Bearer s3cr3t"},
        DoubtfulSecret{"api_key: bearer s3cr3t", "begins with the word of an Authorization header"},
        DoubtfulSecret{"api_key: 's3 cr3t'", "has a blank in it"},
        DoubtfulSecret{"api_key: '${API_KEY}'", "looks like a placeholder"},
        DoubtfulSecret{"api_key: <your key>", "has a blank in it"},
        DoubtfulSecret{"api_key: <key>", "looks like a placeholder"},
        DoubtfulSecret{"api_key: '\"s3cr3t\"'", "stands in quotes"},
        DoubtfulSecret{"api_key: 's3cr3t\xE2\x80\x8B'", "has characters that are not ASCII"},
        DoubtfulSecret{"api_key_file: /run/secrets/windows", "begins with a byte order mark", "s3cr3t"}));

TEST(SecretFile, WithBlanksAndEmptyLinesAroundIsUsedWithoutThem) {
  const Read got = read("accounts: [{name: one, provider: acme, api_key_file: /run/secrets/blanks}]");
  EXPECT_THAT(got.warnings, ElementsAre(HasSubstr("begins with a blank"), HasSubstr("ends with a blank")));
  EXPECT_EQ(got.accounts.front().settings.secret("api_key").reveal(), "s3cr3t");
}

TEST(SecretFile, OfAProxyIsNoKey) {
  EXPECT_THAT(warnings("accounts: [{name: one, provider: acme, api_key: k, connection: {proxy_url: "
                       "'http://me:s%20cr3t@proxy:3128'}}]"),
              IsEmpty());
}

// --- scopes and currencies

TEST(Warnings, TellAnIdOfAnotherScope) {
  EXPECT_EQ(
      warning("accounts: [{name: one, provider: globex, scope: customer, id: R_1, auth_token: k}]"),
      "'id' begins with R_, which belongs to scope reseller, not to the scope that is given; change one of "
      "them");
  EXPECT_THAT(warning("accounts: [{name: one, provider: globex, scope: reseller, regions: [a], id: C_1, "
                      "auth_token: k}]"),
              HasSubstr("scope customer"));
  EXPECT_THAT(warnings("accounts: [{name: one, provider: globex, scope: customer, id: X_1, auth_token: k}]"),
              IsEmpty());
}

TEST(Warnings, TellIdsWithBlanks) {
  EXPECT_THAT(warnings("accounts: [{name: one, provider: acme, api_key: k, note: ' a', teams: [b, 'c ']}]"),
              ElementsAre(HasSubstr("'note' begins or ends with a blank"), HasSubstr("'teams' begins")));
}

TEST(Warnings, TellACurrencyInSmallLetters) {
  const Read got =
      read("accounts: [{name: one, provider: globex, scope: customer, auth_token: k, currency: inr}]");
  EXPECT_THAT(got.warnings,
              ElementsAre("test.yml:1:84: warning: 'currency' is taken as INR; write it in capitals"));
  EXPECT_EQ(got.accounts.front().settings.text("currency"), "INR");
}

TEST(Warnings, TellABudgetInAnotherCurrency) {
  EXPECT_THAT(
      warning("accounts: [{name: one, provider: globex, scope: customer, auth_token: k, currency: INR, "
              "budget: {period: day, amount: 5, currency: USD}}]"),
      HasSubstr("'budget' is in USD, but the account is in INR"));
}

// --- thresholds

TEST(Warnings, TellThresholdsThatNothingCanReach) {
  const auto said = warnings(R"(accounts:
  - name: one
    provider: acme
    api_key: s3cr3t
    thresholds:
      balance: 5
      customer_balance: 5
      quota_ratio: 0.9
      credits: 5
      runway: 3d
    budget: {period: day, amount: 5, currency: INR}
  - {name: two, provider: globex, scope: customer, auth_token: k, thresholds: {customer_balance: 5}}
)");
  EXPECT_THAT(
      said, ElementsAre(AllOf(StartsWith("test.yml:6:16: warning: 'thresholds.balance' can never be reached"),
                              EndsWith("do not give a balance; take it out")),
                        StartsWith("test.yml:7:25: warning: 'thresholds.customer_balance'"),
                        StartsWith("test.yml:8:20: warning: 'thresholds.quota_ratio'"),
                        AllOf(StartsWith("test.yml:11:13: warning: 'budget'"),
                              EndsWith("enable the endpoint 'history', or take it out")),
                        AllOf(StartsWith("test.yml:12:"), EndsWith("balances of customers; take it out"))));
}

TEST(Warnings, TellDefaultThresholdsOnlyWhereNoAccountCanReachThem) {
  EXPECT_THAT(warnings(R"(defaults:
  thresholds: {balance: 5, credits: 5}
  budget: {period: day, amount: 5, currency: INR}
accounts:
  - {name: one, provider: acme, api_key: s3cr3t, endpoints: {history: true}, tags: [a]}
)"),
              ElementsAre(AllOf(StartsWith("test.yml:2:25: warning: 'thresholds.balance'"),
                                HasSubstr("no account's endpoints give a balance"))));
}

// --- endpoints and their requests

TEST(Warnings, TellEndpointsThatAskNothing) {
  EXPECT_THAT(warnings("accounts: [{name: one, provider: acme, api_key: k, endpoints: {history: true}}]"),
              ElementsAre(AllOf(StartsWith("test.yml:1:64: warning: endpoint 'history' has nothing to ask"),
                                HasSubstr("`history: false`"), HasSubstr("Days gone by"))));
  EXPECT_THAT(
      warnings("defaults: {endpoints: {history: true}}\naccounts: [{name: one, provider: acme, api_key: k}]"),
      ElementsAre(StartsWith("test.yml:2:12: warning: endpoint 'history'")));
}

TEST(Warnings, TellMoreRequestsThanTheBudgetAllows) {
  EXPECT_EQ(
      warning(
          "accounts: [{name: one, provider: acme, api_key: k, requests_per_minute: 2, teams: [a, b, c]}]"),
      "the account's endpoints ask at least 3 requests a minute (4320 a day), but 'requests_per_minute' "
      "allows "
      "2, so that polls fall behind; lengthen intervals (usage 3), or raise it if the provider allows more");
  EXPECT_THAT(
      warnings(
          "accounts: [{name: one, provider: acme, api_key: k, requests_per_minute: 3, teams: [a, b, c]}]"),
      IsEmpty());
}

TEST(Warnings, AddUpTheRequestsOfAccountsWithOneCredential) {
  EXPECT_THAT(warnings(R"(defaults: {requests_per_minute: 2}
accounts:
  - {name: one, provider: acme, api_key: k}
  - {name: two, provider: acme, api_key: k}
  - {name: other, provider: acme, api_key: o}
  - {name: three, provider: acme, api_key: k}
  - {name: four, provider: acme, api_key: k}
)"),
              ElementsAre(AllOf(StartsWith("test.yml:6:5: warning: the accounts with this credential"),
                                HasSubstr("at least 3 requests a minute"))));
}

}  // namespace
}  // namespace cpaas::config
