#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/registry.h"
#include "exporter/core/families.h"
#include "tests/collectors/golden.h"

namespace cpaas::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 6 / 15} + 12h;

const Collector& agentphone() {
  return *find_collector("agentphone");
}

const std::map<std::string, std::string>& paths() {
  static const std::map<std::string, std::string> paths{
      {"webhooks", "/v1/webhooks/deliveries/all-time"},
      {"usage", "/v1/usage"},
      {"calls", "/v1/calls?status=in-progress&limit=1"},
      {"daily", "/v1/usage/daily?days=30"},
      {"monthly", "/v1/usage/monthly?months=2"},
      {"by_number", "/v1/usage/by-number"},
      {"by_agent", "/v1/usage/by-agent?period=month&tz=UTC"},
  };
  return paths;
}

Outcome answer(const std::string& endpoint, const std::string& body, TimePoint time = now,
               const Settings& settings = default_settings(agentphone())) {
  return poll(agentphone(), endpoint, settings, time, {{paths().at(endpoint), body}});
}

std::optional<double> value_of(const Outcome& outcome, const std::string& name) {
  for (const Sample& each : outcome.page.samples) {
    if (family_name(*each.family, each.window) == name) return each.value;
  }
  return std::nullopt;
}

std::map<std::string, std::string> headers_of(const Call& call) {
  std::map<std::string, std::string> headers;
  for (const Header& header : call.request.headers) headers[header.name] = header.value.reveal();
  return headers;
}

TEST(AgentPhone, SendsTheKeyInTheHeaderOnly) {
  using Headers = std::map<std::string, std::string>;
  Settings settings = default_settings(agentphone());
  for (const Endpoint& endpoint : agentphone().endpoints) {
    const auto calls = endpoint.start(settings, {now});
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls.front().request.url,
              "https://api.agentphone.ai" + paths().at(std::string(endpoint.name)));
    EXPECT_EQ(headers_of(calls.front()), (Headers{{"Authorization", "Bearer test-api_key"}}));
  }
  settings.texts["sub_account_id"] = "sub_7";
  for (const Endpoint& endpoint : agentphone().endpoints) {
    EXPECT_EQ(headers_of(endpoint.start(settings, {now}).front()),
              (Headers{{"Authorization", "Bearer test-api_key"}, {"X-Sub-Account-Id", "sub_7"}}));
  }
}

struct Case {
  const char* endpoint;
  const char* sample;
};

void PrintTo(const Case& each, std::ostream* out) {
  *out << each.sample;
}

class AgentPhoneSample : public ::testing::TestWithParam<Case> {};

TEST_P(AgentPhoneSample, IsAsDocumented) {
  const std::string file = std::string("agentphone/") + GetParam().sample;
  expect_golden(agentphone(), answer(GetParam().endpoint, testdata(file + ".json")), file + ".prom");
}

INSTANTIATE_TEST_SUITE_P(
    Samples, AgentPhoneSample,
    ::testing::Values(Case{"webhooks", "webhooks"}, Case{"usage", "usage-placeholder"},
                      Case{"usage", "usage-payg"}, Case{"usage", "usage-noplan"},
                      Case{"usage", "usage-older"}, Case{"usage", "usage-odd"}, Case{"calls", "calls"},
                      Case{"daily", "daily"}, Case{"daily", "daily-voice"}, Case{"monthly", "monthly"},
                      Case{"monthly", "monthly-voice"}, Case{"monthly", "monthly-placeholder"},
                      Case{"by_number", "by_number"}, Case{"by_number", "by_number-unassigned"},
                      Case{"by_agent", "by_agent"}, Case{"by_agent", "by_agent-odd"},
                      Case{"by_agent", "by_agent-none"}),
    [](const auto& each) {
      std::string name = each.param.sample;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(AgentPhone, TakesTodayFromItsOwnDayOnly) {
  const std::string body = testdata("agentphone/daily.json");
  constexpr auto day = std::chrono::sys_days{std::chrono::year{2025} / 1 / 10};
  expect_golden(agentphone(), answer("daily", body, day), "agentphone/daily-today.prom");
  EXPECT_EQ(value_of(answer("daily", body, day), "cpaas_today_messages"), 8);
  EXPECT_EQ(value_of(answer("daily", body, day + 24h - 1ms), "cpaas_today_calls"), 5);
  EXPECT_EQ(value_of(answer("daily", body, day + 24h), "cpaas_today_calls"), std::nullopt);
  EXPECT_EQ(value_of(answer("daily", body, day - 1ms), "cpaas_today_webhook_deliveries"), 15);
}

TEST(AgentPhone, AsksForAsManyDaysAsTheWindow) {
  Settings settings = default_settings(agentphone());
  settings.window = std::chrono::days{90};
  const Outcome outcome = poll(agentphone(), "daily", settings, now,
                               {{"/v1/usage/daily?days=90", R"({"data": [], "days": 90})"}});
  EXPECT_THAT(outcome.page.samples, IsEmpty());
  EXPECT_THAT(outcome.errors, IsEmpty()) << "no rows is an answer";
}

TEST(AgentPhone, UnderstandsTheMonthInSeveralFormats) {
  const auto messages = [](const std::string& month) {
    return answer("monthly",
                  R"({"data": [{"month": ")" + month + R"(", "messages": 3, "calls": 0, "webhooks": 0}]})");
  };
  for (const char* month : {"2026-06", "2026-06-01", "2026-06-01T00:00:00Z", "June 2026", "Jun 2026"}) {
    const Outcome outcome = messages(month);
    EXPECT_EQ(value_of(outcome, "cpaas_month_messages"), 3) << month;
    EXPECT_THAT(outcome.page.drift.mistyped, IsEmpty()) << month;
  }
  for (const char* month : {"2026-05", "2025-06", "June 2025", "May 2026"}) {
    const Outcome outcome = messages(month);
    EXPECT_EQ(value_of(outcome, "cpaas_month_messages"), std::nullopt) << month;
    EXPECT_THAT(outcome.page.drift.mistyped, IsEmpty()) << month;
  }
  for (const char* month : {"", "06/2026", "2026-13", "Juni 2026", "June", "June 26", "2026-6"}) {
    const Outcome outcome = messages(month);
    EXPECT_EQ(value_of(outcome, "cpaas_month_messages"), std::nullopt) << month;
    EXPECT_THAT(outcome.page.drift.mistyped, ElementsAre("data[].month")) << month;
  }
}

TEST(AgentPhone, DaysAndMonthsAreThoseThatAreWritten) {
  const auto row = [](const char* key, const char* value) {
    return std::string(R"({"data": [{")") + key + R"(": ")" + value +
           R"(", "messages": 3, "calls": 0, "webhooks": 0}]})";
  };
  EXPECT_EQ(value_of(answer("daily", row("date", "2026-06-15T00:00:00+05:30")), "cpaas_today_messages"), 3);
  EXPECT_EQ(value_of(answer("monthly", row("month", "2026-06-01T00:00:00+05:30")), "cpaas_month_messages"),
            3);
}

TEST(AgentPhone, TodayAndThisMonthAreTheAccountsTimeZones) {
  Settings settings = default_settings(agentphone());
  settings.zone = *TimeZone::find("Asia/Kolkata");
  const TimePoint evening = std::chrono::sys_days{std::chrono::year{2026} / 6 / 30} + 18h + 30min;
  const std::string day = R"({"data": [{"date": "2026-07-01", "messages": 3, "calls": 0, "webhooks": 0}]})";
  EXPECT_EQ(value_of(answer("daily", day, evening, settings), "cpaas_today_messages"), 3);
  EXPECT_EQ(value_of(answer("daily", day, evening - 1ms, settings), "cpaas_today_messages"), std::nullopt);
  const std::string months = R"({"data": [{"month": "2026-06", "messages": 9, "calls": 0, "webhooks": 0},
                                          {"month": "2026-07", "messages": 3, "calls": 0, "webhooks": 0}]})";
  const Outcome july = answer("monthly", months, evening, settings);
  EXPECT_EQ(value_of(july, "cpaas_month_messages"), 3);
  EXPECT_EQ(value_of(july, "cpaas_last_month_messages"), 9);
  EXPECT_EQ(value_of(answer("monthly", months, evening - 1ms, settings), "cpaas_month_messages"), 9);
  const auto url = [&](const char* zone) {
    settings.zone = *TimeZone::find(zone);
    const auto found = std::ranges::find(agentphone().endpoints, "by_agent", &Endpoint::name);
    return found->start(settings, {evening}).front().request.url;
  };
  EXPECT_EQ(url("Asia/Kolkata"),
            "https://api.agentphone.ai/v1/usage/by-agent?period=month&tz=Asia%2FKolkata");
  EXPECT_EQ(url("+05:30"), "https://api.agentphone.ai/v1/usage/by-agent?period=month&tz=UTC");
}

TEST(AgentPhone, CallsThatAreOverAreNoneOfThisMoment) {
  const Outcome outcome =
      answer("calls", R"({"data": [{"status": "completed"}], "hasMore": true, "total": 17700})");
  ASSERT_EQ(outcome.errors.size(), 1U);
  EXPECT_EQ(outcome.errors.front().message, "calls: the response has calls that are over");
  EXPECT_EQ(value_of(answer("calls", R"({"data": [], "hasMore": false, "total": 0})"), "cpaas_quota_used"),
            0);
}

// What was used of a month's quota is no longer true when the month has ended.
TEST(AgentPhone, AMonthsQuotaExpiresWithTheMonth) {
  const auto used = [](const Outcome& outcome) {
    return *std::ranges::find(outcome.page.samples, &families::quota_used, &Sample::family);
  };
  const TimePoint july = std::chrono::sys_days{std::chrono::year{2026} / 7 / 1};
  const std::string months = R"({"data": [{"month": "2026-06", "messages": 9, "calls": 0, "webhooks": 0}]})";
  EXPECT_EQ(used(answer("monthly", months)).expires, july);
  EXPECT_EQ(used(answer("by_agent", testdata("agentphone/by_agent-none.json"))).expires, july);
}

TEST(AgentPhone, RefusesAgentsOfAnotherMonth) {
  const Outcome outcome =
      answer("by_agent", R"({"data": [], "period": "month", "periodStart": "2026-05-01T00:00:00Z",
                             "periodEnd": "2026-05-31T23:59:59Z"})");
  EXPECT_THAT(outcome.page.samples, IsEmpty());
  EXPECT_THAT(outcome.page.drift.mistyped, ElementsAre("periodEnd", "periodStart"));
}

TEST(AgentPhone, ShowsPhoneNumbersOnlyWhenAllowed) {
  Settings settings = default_settings(agentphone());
  settings.personal_data = true;
  expect_golden(agentphone(), answer("by_number", testdata("agentphone/by_number.json"), now, settings),
                "agentphone/by_number-personal.prom");
}

TEST(AgentPhone, RefusesAnotherPeriodThanTheMonth) {
  const Outcome outcome = answer("by_agent", R"({"data": [], "period": "week"})");
  EXPECT_THAT(outcome.page.samples, IsEmpty());
  ASSERT_EQ(outcome.errors.size(), 1U);
  EXPECT_EQ(outcome.errors.front().reason, Reason::schema);
}

TEST(AgentPhone, FailsWhenNothingOfTheAnswerIsThere) {
  for (const auto& [endpoint, path] : paths()) {
    for (const char* body : {"{}", "[]", "null", R"({"error": {"message": "no"}})", R"({"data": null})"}) {
      const Outcome outcome = answer(endpoint, body);
      ASSERT_EQ(outcome.errors.size(), 1U) << endpoint << body;
      EXPECT_EQ(outcome.errors.front().reason, Reason::schema);
    }
  }
}

}  // namespace
}  // namespace cpaas::testing
