// Every answer has the keys and JSON types of the documented sample of it.
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>

#include "tests/sandbox/support.h"

namespace sandbox::test {
namespace {

Json sample(const std::string& name) {
  std::ifstream file{std::string{CPAAS_SOURCE_DIR} + "/tests/sandbox/testdata/" + name + ".json"};
  return Json::parse(file);
}

std::string kind(const Json& value) {
  return value.is_number() ? "number" : value.type_name();
}

// Null on either side says nothing, and neither does an empty array or object of the sample.
void compare(const Json& wanted, const Json& got, const std::string& path) {
  if (wanted.is_null() || got.is_null()) return;
  ASSERT_EQ(kind(wanted), kind(got)) << path;
  if (wanted.is_array() && !wanted.empty()) {
    ASSERT_FALSE(got.empty()) << path;
    for (const Json& item : got) compare(wanted[0], item, path + "[]");
  }
  if (!wanted.is_object() || wanted.empty()) return;
  for (const auto& [key, value] : wanted.items()) {
    ASSERT_TRUE(got.contains(key)) << path << "." << key;
    compare(value, got[key], std::string{path}.append(".").append(key));
  }
  for (const auto& [key, value] : got.items())
    EXPECT_TRUE(wanted.contains(key)) << path << "." << key << " is extra";
}

struct Case {
  std::string sample;
  std::string path;
  Query query = {};
  std::string variant = {};
  std::string choice = {};
  std::string pointer = {};  // the part of the answer that the sample shows
};

std::string provider_of(const Case& one) {
  return one.sample.substr(0, one.sample.find('/'));
}

void PrintTo(const Case& one, std::ostream* out) {
  *out << one.sample << " " << one.path;
}

const std::string kOrganization = "1767623610001x414651971228139500";
const std::string kUser = "1767623610021x414651971228139501";
const std::string kTingTing = "/api/v1/";
const std::string kPartner = "/api/v1/partner/";
const std::string kAccount = "/api/v1/Account/MA_SANDBOX/";

class Shape : public ::testing::TestWithParam<Case> {};

TEST_P(Shape, IsTheDocumentedOne) {
  Sandbox sandbox{small_options()};
  const Case& one = GetParam();
  if (!one.variant.empty()) {
    ASSERT_EQ(sandbox.set_variant(one.variant, one.choice), "");
  }
  const Json answer = ask(sandbox, provider_of(one), one.path, one.query);
  ASSERT_EQ(status(sandbox, provider_of(one), one.path, one.query), 200) << answer;
  compare(sample(one.sample), answer.at(Json::json_pointer(one.pointer)), "");
}

INSTANTIATE_TEST_SUITE_P(
    TingTing, Shape,
    ::testing::Values(Case{"tingting/dashboard", kTingTing + "dashboard/"},
                      Case{"tingting/dashboard", kTingTing + "dashboard/", {}, "tingting.details", "empty"},
                      Case{"tingting/active-broker-phone", kTingTing + "active-broker-phone/"},
                      Case{"tingting/phone-number-active", kTingTing + "phone-number/active/"},
                      Case{"tingting/campaign-object", kTingTing + "campaign/", {}, "", "", "/results/0"}));

INSTANTIATE_TEST_SUITE_P(
    Vobiz, Shape,
    ::testing::Values(Case{"vobiz/partner-dashboard", kPartner + "dashboard"},
                      Case{"vobiz/partner-dashboard-flat-customers",
                           kPartner + "dashboard",
                           {},
                           "vobiz.dashboard",
                           "flat_customers"},
                      Case{"vobiz/partner-analytics",
                           kPartner + "analytics",
                           {{"from_date", "2026-03-01"}, {"to_date", "2026-03-10"}}},
                      Case{"vobiz/partner-me", kPartner + "me"},
                      Case{"vobiz/partner-me-minimal", kPartner + "me", {}, "vobiz.me", "number"},
                      Case{"vobiz/partner-accounts", kPartner + "accounts"},
                      Case{"vobiz/partner-account", kPartner + "accounts/MA_CUST0001"},
                      Case{"vobiz/partner-account-balance", kPartner + "accounts/MA_CUST0001/balance"},
                      Case{"vobiz/account-balance", kAccount + "balance/INR"},
                      Case{"vobiz/account-concurrency", kAccount + "concurrency"},
                      Case{"vobiz/account-numbers", kAccount + "numbers"}));

INSTANTIATE_TEST_SUITE_P(
    Teli, Shape,
    ::testing::Values(
        Case{"teli/analytics-overview", "/v1/analytics/overview"},
        Case{
            "teli/analytics-usage-organization", "/v1/analytics/usage", {{"organization_id", kOrganization}}},
        Case{"teli/analytics-usage-user", "/v1/analytics/usage", {{"user_id", kUser}}},
        Case{"teli/analytics-users", "/v1/analytics/users", {{"organization_id", kOrganization}}},
        Case{"teli/analytics-organizations-placeholder", "/v1/analytics/organizations"},
        Case{"teli/organizations-list-from-schema", "/v1/organizations"},
        Case{"teli/organization-get", "/v1/organizations/" + kOrganization},
        Case{"teli/users-list", "/v1/organizations/" + kOrganization + "/users"},
        Case{"teli/sms-phone-numbers-config", "/v1/sms/phone-numbers/config"}));

INSTANTIATE_TEST_SUITE_P(
    AgentPhone, Shape,
    ::testing::Values(
        Case{"agentphone/usage-placeholder", "/v1/usage"},
        Case{"agentphone/usage-payg", "/v1/usage", {}, "agentphone.usage", "payg"},
        Case{"agentphone/usage-noplan-from-schema", "/v1/usage", {}, "agentphone.usage", "newest"},
        Case{"agentphone/usage-daily", "/v1/usage/daily"},
        Case{"agentphone/usage-monthly-placeholder", "/v1/usage/monthly"},
        Case{"agentphone/usage-by-number", "/v1/usage/by-number"},
        Case{"agentphone/usage-by-agent", "/v1/usage/by-agent", {{"period", "month"}}},
        Case{"agentphone/webhooks-deliveries-all-time-from-schema", "/v1/webhooks/deliveries/all-time"}));

Json error_body(const std::string& provider, const std::string& path, bool credentials, Query query = {}) {
  Sandbox sandbox{small_options()};
  Ask one = right_ask(provider, path);
  if (!credentials) one.headers.clear();
  one.query = std::move(query);
  return Json::parse(sandbox.provider_response(provider, one).body);
}

TEST(ErrorShape, IsTheDocumentedOne) {
  compare(sample("vobiz/error-401-standard"), error_body("vobiz", kPartner + "dashboard", false), "");
  compare(sample("vobiz/error-401-account"), error_body("vobiz", kAccount + "concurrency", false), "");
  compare(sample("vobiz/error-422-standard"),
          error_body("vobiz", kPartner + "accounts", true, {{"per_page", "101"}}), "");
  EXPECT_EQ(sample("teli/error-401-missing-key"), error_body("teli", "/v1/organizations", false));
  EXPECT_EQ(sample("teli/error-400-usage"), error_body("teli", "/v1/analytics/usage", true));
  compare(sample("agentphone/error-422-detail-list"),
          error_body("agentphone", "/v1/usage/daily", true, {{"days", "0"}}), "");
  EXPECT_TRUE(error_body("agentphone", "/v1/usage", false)["error"]["code"].is_string());
  EXPECT_TRUE(error_body("tingting", kTingTing + "dashboard/", false)["detail"].is_string());
}

TEST(Shape, CallsAreCountedByStatus) {
  Sandbox sandbox{small_options()};
  const auto calls = [&](const std::string& status) {
    return ask(sandbox, "agentphone", "/v1/calls", {{"status", status}, {"limit", "1"}});
  };
  EXPECT_EQ(calls("completed")["total"].get<std::int64_t>() + calls("failed")["total"].get<std::int64_t>(),
            ask(sandbox, "agentphone", "/v1/usage")["stats"]["totalCalls"]);
  const Json live = calls("in-progress");
  EXPECT_EQ(live["data"].size(), live["total"].get<std::size_t>() > 0 ? 1U : 0U);
  for (const Json& row : live["data"]) EXPECT_EQ(row["status"], "in-progress");
}

TEST(Shape, VariantsChangeIt) {
  Sandbox sandbox{small_options()};
  ASSERT_EQ(sandbox.set_variant("agentphone.usage", "reported"), "");
  EXPECT_TRUE(ask(sandbox, "agentphone", "/v1/usage")["reportGeneratedAt"].is_string());
  ASSERT_EQ(sandbox.set_variant("agentphone.usage", "older"), "");
  EXPECT_EQ(ask(sandbox, "agentphone", "/v1/usage")["plan"]["numberLimit"], 10);
  ASSERT_EQ(sandbox.set_variant("agentphone.daily", "older"), "");
  EXPECT_TRUE(ask(sandbox, "agentphone", "/v1/usage/daily")["data"][0]["voiceMinutes"].is_number());
  ASSERT_EQ(sandbox.set_variant("vobiz.dashboard", "flat_counts"), "");
  EXPECT_TRUE(ask(sandbox, "vobiz", kPartner + "dashboard")["calls_today"].is_number_integer());
  ASSERT_EQ(sandbox.set_variant("vobiz.analytics", "totals"), "");
  EXPECT_TRUE(ask(sandbox, "vobiz", kPartner + "analytics")["totals"]["total_cost"].is_number());
  ASSERT_EQ(sandbox.set_variant("vobiz.accounts", "older"), "");
  EXPECT_TRUE(ask(sandbox, "vobiz", kPartner + "accounts")["accounts"][0]["balance"].is_number());
  ASSERT_EQ(sandbox.set_variant("teli.success", "absent"), "");
  EXPECT_FALSE(ask(sandbox, "teli", "/v1/organizations").contains("success"));
  ASSERT_EQ(sandbox.set_variant("tingting.numbers", "string"), "");
  EXPECT_TRUE(ask(sandbox, "tingting", kTingTing + "dashboard/")["credits_used"].is_string());
  EXPECT_NE(sandbox.set_variant("vobiz.dashboard", "round"), "");
  EXPECT_NE(sandbox.set_variant("vobiz.hat", "nested"), "");
}

}  // namespace
}  // namespace sandbox::test
