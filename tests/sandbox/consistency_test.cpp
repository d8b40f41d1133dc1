// Answers agree with each other and with the sandbox's own ledger.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <set>

#include "tests/sandbox/support.h"

namespace sandbox::test {
namespace {

using std::chrono::days;
using std::chrono::hours;

const std::string kPartner = "/api/v1/partner/";

std::int64_t tenths(const Json& minutes) {
  return std::llround(minutes.get<double>() * 10);
}

struct Calls {
  std::int64_t total = 0, answered = 0, tenths_of_minutes = 0, cost = 0;
  bool operator==(const Calls&) const = default;
  Calls& operator+=(const Json& one) {
    total += one["total_calls"].get<std::int64_t>();
    answered += one["answered_calls"].get<std::int64_t>();
    tenths_of_minutes += tenths(one["total_minutes"]);
    cost += micro(one["total_cost"]);
    return *this;
  }
};

void PrintTo(const Calls& calls, std::ostream* out) {
  *out << calls.total << " " << calls.answered << " " << calls.tenths_of_minutes << " " << calls.cost;
}

Calls sum_of(const Json& list) {
  Calls sum;
  for (const Json& one : list) sum += one;
  return sum;
}

Calls one_of(const Json& one) {
  return Calls{} += one;
}

TEST(Vobiz, PartsMakeTheWhole) {
  Sandbox sandbox{small_options()};
  sandbox.advance(days{3} + hours{5});
  const Json body = ask(sandbox, "vobiz", kPartner + "dashboard");
  const Calls all = one_of(body["calls"]);
  EXPECT_GT(all.total, 1000);
  EXPECT_EQ(sum_of(body["time_series"]), all);
  EXPECT_EQ(sum_of(body["traffic"]), all);
  EXPECT_EQ(sum_of(body["by_product"]), all);
  EXPECT_EQ(body["period"]["from"], "2026-02-17");
  EXPECT_EQ(body["period"]["to"], "2026-03-19");
}

TEST(Vobiz, SingleDaysMakeAPeriod) {
  Sandbox sandbox{small_options()};
  const auto period = [&](const char* from, const char* to) {
    return one_of(
        ask(sandbox, "vobiz", kPartner + "analytics", {{"from_date", from}, {"to_date", to}})["calls"]);
  };
  Calls sum;
  for (const char* day : {"2026-02-27", "2026-02-28", "2026-03-01"}) {
    sum += ask(sandbox, "vobiz", kPartner + "analytics", {{"from_date", day}, {"to_date", day}})["calls"];
  }
  EXPECT_EQ(sum, period("2026-02-27", "2026-03-01"));
}

TEST(Vobiz, DaysWithoutTrafficAreMissing) {
  Sandbox sandbox{small_options()};
  sandbox.advance(hours{12});
  ASSERT_EQ(sandbox.apply({.name = "stop_traffic", .provider = "vobiz", .minutes = 0}), "");
  sandbox.advance(days{2});
  const Json body =
      ask(sandbox, "vobiz", kPartner + "analytics", {{"from_date", "2026-03-16"}, {"to_date", "2026-03-18"}});
  ASSERT_EQ(body["time_series"].size(), 1U);
  EXPECT_EQ(body["time_series"][0]["date"], "2026-03-16");
}

TEST(Vobiz, WalletsMakeTheTotalBalance) {
  Sandbox sandbox{small_options()};
  std::int64_t sum = 0;
  for (const Json& one : ask_for("accounts", sandbox, "vobiz", kPartner + "accounts"))
    sum += micro(one["cash_credits"]);
  EXPECT_EQ(micro(ask(sandbox, "vobiz", kPartner + "dashboard")["total_balance"]), sum);
  EXPECT_EQ(ask(sandbox, "vobiz", kPartner + "dashboard")["partner"]["balance"], nullptr);
}

TEST(Vobiz, RechargesComeOutOfThePartnersWallet) {
  Sandbox sandbox{small_options()};
  const auto partner = [&] { return micro(ask(sandbox, "vobiz", kPartner + "me")["balance"]); };
  const std::int64_t before = partner();
  ASSERT_EQ(sandbox.apply({.name = "top_up", .provider = "vobiz", .entity = "MA_CUST0001", .amount = 250}),
            "");
  EXPECT_EQ(partner(), before - 250 * kMicro);
}

TEST(Vobiz, PagesHoldEveryCustomerOnce) {
  SandboxOptions options = small_options();
  options.customers = 25;
  Sandbox sandbox{options};
  std::set<std::string> seen;
  for (const char* page : {"1", "2", "3", "4"}) {
    const Json body = ask(sandbox, "vobiz", kPartner + "accounts", {{"page", page}, {"per_page", "10"}});
    EXPECT_EQ(body["total"], 25);
    for (const Json& one : body["accounts"])
      EXPECT_TRUE(seen.insert(one["auth_id"].get<std::string>()).second);
  }
  EXPECT_EQ(seen.size(), 25U);
  EXPECT_EQ(ask(sandbox, "vobiz", kPartner + "accounts", {{"search", "billing7@"}})["total"], 1);
}

TEST(TingTing, WindowFollowsDays) {
  Sandbox sandbox{small_options()};
  sandbox.advance(hours{30});
  const auto used = [&](const char* window) {
    return ask(sandbox, "tingting", "/api/v1/dashboard/", {{"days", window}});
  };
  const Json days_of_truth = sandbox.truth()["tingting"]["days"];
  EXPECT_EQ(used("1")["credits_used"], days_of_truth["2026-03-17"]["credits"]);
  const Json two = used("2");
  EXPECT_EQ(two["credit_usage_overtime"].size(), 2U);
  EXPECT_EQ(two["credits_used"], days_of_truth["2026-03-17"]["credits"].get<std::int64_t>() +
                                     days_of_truth["2026-03-16"]["credits"].get<std::int64_t>());
  const auto hours_spoken = std::stoi(used("30")["total_call_duration"].get<std::string>());
  EXPECT_GT(hours_spoken, 24);
  EXPECT_EQ(used("30")["remaining_credits"], sandbox.truth()["tingting"]["wallet"]["balance"]);
}

TEST(TingTing, PagesHoldEveryCampaignOnce) {
  Sandbox sandbox{small_options()};
  std::set<std::int64_t> seen;
  std::set<std::string> statuses;
  Json page = ask(sandbox, "tingting", "/api/v1/campaign/");
  const auto count = page["count"].get<std::size_t>();
  for (std::size_t offset = 0; offset < count; offset += 10) {
    page =
        ask(sandbox, "tingting", "/api/v1/campaign/", {{"limit", "10"}, {"offset", std::to_string(offset)}});
    EXPECT_EQ(page["next"].is_null(), offset + 10 >= count);
    for (const Json& one : page["results"]) {
      EXPECT_TRUE(seen.insert(one["id"].get<std::int64_t>()).second);
      statuses.insert(one["status"].get<std::string>());
    }
  }
  EXPECT_EQ(seen.size(), count);
  EXPECT_EQ(statuses.size(), 5U);
  const Json running = ask(sandbox, "tingting", "/api/v1/campaign/", {{"status", "Running"}});
  for (const Json& one : running["results"]) EXPECT_EQ(one["status"], "Running");
}

const std::string kOrganization = "1767623610001x414651971228139500";

TEST(Teli, UsersMakeTheirOrganization) {
  Sandbox sandbox{small_options()};
  std::int64_t seconds = 0;
  double cost = 0;
  const Query window{{"start_date", "2026-03-02"}, {"end_date", "2026-03-08"}};
  Query of_organization = window;
  of_organization["organization_id"] = kOrganization;
  for (const Json& user : ask_for("users", sandbox, "teli", "/v1/analytics/users", of_organization)) {
    seconds += user["total_voice_seconds"].get<std::int64_t>();
    cost += user["total_cost"].get<double>();
  }
  const Json row = ask(sandbox, "teli", "/v1/analytics/organizations", window)["organizations"][0];
  EXPECT_EQ(row["total_voice_seconds"], seconds);
  EXPECT_NEAR(row["total_cost"].get<double>(), cost, 1e-6);
  EXPECT_GT(seconds, 0);
}

TEST(Teli, CostsMakeTheTotal) {
  Sandbox sandbox{small_options()};
  const Json body = ask(sandbox, "teli", "/v1/analytics/overview",
                        {{"start_date", "2026-01-01"}, {"end_date", "2026-12-31"}});
  double sum = 0;
  for (const char* cost :
       {"messaging_cost", "voice_cost", "api_request_cost", "api_storage_cost", "phone_rental_cost",
        "phone_purchase_cost", "brand_registration_cost", "kb_cost"}) {
    EXPECT_GT(body["cost_breakdown"][cost].get<double>(), 0) << cost;
    sum += body["cost_breakdown"][cost].get<double>();
  }
  EXPECT_NEAR(body["total_cost"].get<double>(), sum, 1e-6);
}

TEST(Teli, DatesMakeUsageAWindow) {
  Sandbox sandbox{small_options()};
  const auto sms = [&](Query query) {
    query["organization_id"] = kOrganization;
    return ask(sandbox, "teli", "/v1/analytics/usage", query)["usage"]["sms"]["total"].get<std::int64_t>();
  };
  const std::int64_t day = sms({{"start_date", "2026-03-10"}, {"end_date", "2026-03-10"}});
  EXPECT_GT(day, 0);
  EXPECT_EQ(day, sms({{"start_date", "2026-03-10T00:00:00Z"}, {"end_date", "2026-03-11T00:00:00Z"}}));
  EXPECT_EQ(day + sms({{"start_date", "2026-03-11"}, {"end_date", "2026-03-11"}}),
            sms({{"start_date", "2026-03-10"}, {"end_date", "2026-03-11T23:59:59Z"}}));
  EXPECT_EQ(sms({{"start_date", "2025-01-01"}, {"end_date", "2026-12-31"}}), sms({}));
}

TEST(AgentPhone, DaysMakeMonthsAndAgentsMakeTotals) {
  Sandbox sandbox{small_options()};
  std::int64_t messages = 0;
  for (const Json& day : ask_for("data", sandbox, "agentphone", "/v1/usage/daily", {{"days", "365"}})) {
    messages += day["messages"].get<std::int64_t>();
  }
  std::int64_t by_month = 0;
  for (const Json& month : ask_for("data", sandbox, "agentphone", "/v1/usage/monthly")) {
    by_month += month["messages"].get<std::int64_t>();
  }
  std::int64_t by_number = 0;
  for (const Json& number : ask_for("data", sandbox, "agentphone", "/v1/usage/by-number")) {
    by_number += number["messages"].get<std::int64_t>();
  }
  std::int64_t by_agent = 0;
  for (const Json& agent :
       ask_for("data", sandbox, "agentphone", "/v1/usage/by-agent", {{"period", "year"}})) {
    by_agent += agent["messages"].get<std::int64_t>();
  }
  EXPECT_EQ(ask(sandbox, "agentphone", "/v1/usage")["stats"]["totalMessages"], messages);
  EXPECT_EQ(by_month, messages);
  EXPECT_EQ(by_number, messages);
  EXPECT_EQ(by_agent, messages);
}

TEST(AgentPhone, RollingWindowsForget) {
  Sandbox sandbox{small_options()};
  const auto stats = [&] { return ask(sandbox, "agentphone", "/v1/usage")["stats"]; };
  EXPECT_GT(stats()["messagesLast24h"].get<int>(), 0);
  ASSERT_EQ(sandbox.apply({.name = "stop_traffic", .provider = "agentphone", .minutes = 0}), "");
  const std::int64_t total = stats()["totalMessages"].get<std::int64_t>();
  sandbox.advance(hours{26});
  EXPECT_EQ(stats()["messagesLast24h"], 0);
  EXPECT_GT(stats()["messagesLast7d"].get<int>(), 0);
  EXPECT_EQ(stats()["totalMessages"], total);
  EXPECT_LT(ask(sandbox, "agentphone", "/v1/usage/daily", {{"days", "2"}})["data"].size(), 2U);
}

TEST(AgentPhone, CalendarPeriodsResetAtMidnightUtc) {
  Sandbox sandbox{small_options()};
  ASSERT_TRUE(sandbox.set_clock(std::chrono::sys_days{std::chrono::year{2026} / 3 / 31} + hours{23}));
  EXPECT_EQ(ask(sandbox, "agentphone", "/v1/usage")["periodEnd"], "2026-03-31T23:59:59Z");
  sandbox.advance(hours{1});
  const Json body = ask(sandbox, "agentphone", "/v1/usage/by-agent", {{"period", "month"}});
  EXPECT_EQ(body["periodStart"], "2026-04-01T00:00:00Z");
  for (const Json& agent : body["data"]) EXPECT_EQ(agent["messages"], 0);
}

TEST(Refusals, HaveTheDocumentedStatus) {
  Sandbox sandbox{small_options()};
  EXPECT_EQ(status(sandbox, "agentphone", "/v1/usage/by-agent"), 422);
  EXPECT_EQ(status(sandbox, "agentphone", "/v1/usage/daily", {{"days", "366"}}), 422);
  EXPECT_EQ(status(sandbox, "agentphone", "/v1/usage/monthly", {{"months", "x"}}), 422);
  EXPECT_EQ(status(sandbox, "agentphone", "/v2/usage"), 404);
  EXPECT_EQ(status(sandbox, "teli", "/v1/analytics/usage"), 400);
  EXPECT_EQ(status(sandbox, "teli", "/v1/analytics/users"), 400);
  EXPECT_EQ(status(sandbox, "teli", "/v1/analytics/users", {{"organization_id", "nobody"}}), 404);
  EXPECT_EQ(status(sandbox, "teli", "/v1/analytics/overview", {{"start_date", "2026-02-30"}}), 400);
  EXPECT_EQ(status(sandbox, "tingting", "/api/v1/dashboard/", {{"days", "many"}}), 400);
  EXPECT_EQ(status(sandbox, "tingting", "/api/v1/dashboard"), 301);
  EXPECT_EQ(status(sandbox, "tingting", "/api/v1/nothing/"), 404);
  EXPECT_EQ(status(sandbox, "vobiz", kPartner + "accounts", {{"page", "0"}}), 422);
  EXPECT_EQ(status(sandbox, "vobiz", kPartner + "analytics", {{"from_date", "soon"}}), 422);
  EXPECT_EQ(status(sandbox, "vobiz", kPartner + "accounts/MA_NOBODY"), 404);
  EXPECT_EQ(status(sandbox, "vobiz", "/api/v1/Account/MA_CUST0001/concurrency"), 403);
  EXPECT_EQ(status(sandbox, "vobiz", "/api/v1/Account/MA_SANDBOX/balance/EUR"), 404);
}

TEST(Refusals, KeepVobizScopesApart) {
  Sandbox sandbox{small_options()};
  Ask partner = right_ask("vobiz", kPartner + "me");
  Ask account = right_ask("vobiz", "/api/v1/Account/MA_SANDBOX/concurrency");
  std::swap(partner.headers, account.headers);
  EXPECT_EQ(sandbox.provider_response("vobiz", partner).status, 403);
  EXPECT_EQ(sandbox.provider_response("vobiz", account).status, 403);
  partner.headers["x-auth-token"] = "wrong";
  EXPECT_EQ(sandbox.provider_response("vobiz", partner).status, 401);
}

TEST(Accounts, AreToldApartByTheirCredentials) {
  SandboxOptions options = small_options();
  options.accounts = 2;
  Sandbox sandbox{options};
  Ask second = right_ask("teli", "/v1/organizations");
  second.headers["x-api-key"] = "sandbox-teli-key-2";
  EXPECT_NE(sandbox.provider_response("teli", second).body, ask(sandbox, "teli", "/v1/organizations").dump());
}

TEST(Requests, AreCountedByEndpointAndStatus) {
  Sandbox sandbox{small_options()};
  EXPECT_EQ(sandbox.requests(), 0);
  ask(sandbox, "agentphone", "/v1/usage");
  ask(sandbox, "agentphone", "/v1/usage");
  ask(sandbox, "agentphone", "/v1/nothing");
  const Json requests = sandbox.truth()["requests"];
  EXPECT_EQ(requests["agentphone"]["usage"]["200"], 2);
  EXPECT_EQ(requests["agentphone"]["unknown"]["404"], 1);
  EXPECT_EQ(sandbox.requests(), 3);
}

}  // namespace
}  // namespace sandbox::test
