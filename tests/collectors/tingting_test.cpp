#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collectors/registry.h"
#include "tests/collectors/golden.h"

namespace cpaas::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 6 / 15} + 12h;

const Collector& tingting() {
  return *find_collector("tingting");
}
std::string sample(const std::string& name) {
  return testdata("tingting/" + name + ".json");
}

Outcome dashboard(const std::string& body, const Settings& settings = default_settings(tingting())) {
  const std::string days = std::to_string(settings.window.count());
  return poll(tingting(), "dashboard", settings, now, {{"/dashboard/?days=" + days, body}});
}

Outcome campaigns(const std::map<std::string, std::string>& pages) {
  return poll(tingting(), "campaigns", default_settings(tingting()), now, pages);
}

std::string page_url(int offset) {
  return "/campaign/?limit=100&offset=" + std::to_string(offset);
}

std::optional<double> value_of(const Outcome& outcome, const std::string& name) {
  for (const Sample& each : outcome.page.samples) {
    if (family_name(*each.family, each.window) == name) return each.value;
  }
  return std::nullopt;
}

TEST(TingTing, SendsTheTokenInTheHeaderOnly) {
  for (const Endpoint& endpoint : tingting().endpoints) {
    const auto calls = endpoint.start(default_settings(tingting()), {now});
    ASSERT_EQ(calls.size(), 1U) << endpoint.name;
    const HttpRequest& request = calls.front().request;
    EXPECT_EQ(request.url.find("test-api_token"), std::string::npos);
    ASSERT_EQ(request.headers.size(), 1U);
    EXPECT_EQ(request.headers.front().name, "Authorization");
    EXPECT_EQ(request.headers.front().value.reveal(), "Bearer test-api_token");
  }
}

class TingTingDashboard : public ::testing::TestWithParam<const char*> {};

TEST_P(TingTingDashboard, IsAsDocumented) {
  const std::string name = GetParam();
  expect_golden(tingting(), dashboard(sample(name)), "tingting/" + name + ".prom");
}

INSTANTIATE_TEST_SUITE_P(Samples, TingTingDashboard,
                         ::testing::Values("dashboard", "dashboard-filled", "dashboard-strings",
                                           "dashboard-nulls", "dashboard-odd"),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(TingTing, TakesTheWindowFromTheSettings) {
  Settings settings = default_settings(tingting());
  settings.window = std::chrono::days{7};
  const Outcome outcome = dashboard(sample("dashboard"), settings);
  EXPECT_THAT(outcome.urls, ElementsAre("https://app.tingting.io/api/v1/dashboard/?days=7"));
  EXPECT_EQ(value_of(outcome, "cpaas_7d_calls"), 1200);
  EXPECT_EQ(value_of(outcome, "cpaas_30d_calls"), std::nullopt);
}

TEST(TingTing, HasTodaysCreditsOnlyFromTodaysEntry) {
  const auto today = [](const std::string& entries) {
    return value_of(dashboard(R"({"remaining_credits": 1, "credit_usage_overtime": )" + entries + "}"),
                    "cpaas_today_credits_used");
  };
  EXPECT_EQ(today("[]"), std::nullopt);
  EXPECT_EQ(today(R"([{"date": "2026-06-14", "credits": 4}])"), std::nullopt);
  EXPECT_EQ(today(R"([{"date": "2026-06-15", "credits": 0}])"), 0);
  EXPECT_EQ(today(R"([{"day": "2026-06-15", "total": "4.5"}])"), 4.5);
  EXPECT_EQ(today(R"([{"date": "2026-06-15", "credits_used": 4, "calls": 9}])"), 4);
  EXPECT_EQ(today(R"([{"date": "2026-06-15T00:00:00+05:45", "credits": 3}])"), 3)
      << "the day where it was written";
  EXPECT_EQ(today(R"([{"date": "2026-06-15", "credits": 5}, {"date": "2026-06-16", "credits": 1}])"), 5);
  EXPECT_EQ(today(R"([{"date": "2026-06-15", "calls": 5, "messages": 1}])"), std::nullopt) << "which one?";
  EXPECT_EQ(today(R"([{"date": "2026-06-15", "credits": -5}])"), std::nullopt);
  EXPECT_EQ(today(R"({"2026-06-15": 5, "2026-06-14": 4})"), 5);
  EXPECT_EQ(today(R"([["2026-06-15", 5], ["2026-06-14", 4]])"), 5);
  EXPECT_EQ(today(R"([{"date": "2026-06-15", "credits": 5}, {"date": "2026-06-15", "credits": 7}])"), 12);
  EXPECT_EQ(today(R"([{"date": "2026-06-15", "voice_credits": 5, "sms_credits": 2.5}])"), 7.5);
  EXPECT_EQ(today(R"([{"date": "2026-06-15", "voice": 5, "sms": 2}])"), 7);
  EXPECT_EQ(today(R"([{"date": "2026-06-15", "voice_credits": 5, "sms_credits": 2, "total_credits": 8}])"),
            8);
  EXPECT_EQ(today(R"([{"date": "2026-06-15", "credits": 4, "remaining_credits": 900}])"), 4);
  EXPECT_EQ(today(R"("2026-06-15")"), std::nullopt);
  EXPECT_EQ(today(R"([["2026-06-15"], ["2026-06-15", "2026-06-16", 3]])"), std::nullopt);
}

TEST(TingTing, GivesTheLedgerTheDaysOfAHistoryThatItCanRead) {
  const auto days = [](const std::string& entries) {
    const Outcome outcome =
        dashboard(R"({"remaining_credits": 1, "credit_usage_overtime": )" + entries + "}");
    std::vector<std::string> given;
    for (const DayValue& each : outcome.page.days) {
      EXPECT_EQ(each.family->name, "cpaas_credits_used_total");
      given.push_back(format_date(each.day) + " " + std::to_string(static_cast<int>(each.value)));
    }
    for (const DaysRead& each : outcome.page.days_read) {
      given.push_back(format_date(each.from) + " to " + format_date(each.to));
      EXPECT_TRUE(each.first_partial);
    }
    return given;
  };
  EXPECT_THAT(days(R"([{"date": "2026-06-14", "credits": 4}, {"date": "2026-06-15", "credits": 1},
                       {"date": "2026-06-14", "credits": 3}])"),
              ElementsAre("2026-06-14 7", "2026-06-15 1", "2026-05-17 to 2026-06-15"));
  EXPECT_THAT(days("[]"), ElementsAre("2026-05-17 to 2026-06-15")) << "nothing was used";
  EXPECT_THAT(days(R"({"2026-05-16": 9, "2026-05-17": 2, "2026-06-16": 9})"),
              ElementsAre("2026-05-17 2", "2026-05-17 to 2026-06-15"))
      << "of the window only";
  EXPECT_THAT(days(R"([{"date": "2026-06-14", "credits": 4}, {"date": "2026-06-15", "credits": -1}])"),
              IsEmpty())
      << "whose entry was it?";
  EXPECT_THAT(days("null"), IsEmpty());
}

TEST(TingTing, TodayIsNepalsUnlessTheAccountSaysOtherwise) {
  const TimePoint midnight =
      std::chrono::sys_days{std::chrono::year{2026} / 6 / 14} + 18h + 15min;  // in Nepal
  Settings settings = default_settings(tingting());
  const auto today = [&](TimePoint at) {
    return value_of(poll(tingting(), "dashboard", settings, at,
                         {{"/dashboard/?days=30", R"({"remaining_credits": 1, "credit_usage_overtime": [
                           {"date": "2026-06-14", "credits": 4}, {"date": "2026-06-15", "credits": 5}]})"}}),
                    "cpaas_today_credits_used");
  };
  EXPECT_EQ(today(midnight - 1ms), 4);
  EXPECT_EQ(today(midnight), 5);
  settings.zone = TimeZone();
  EXPECT_EQ(today(midnight), 4);
}

std::map<std::string, double> values_of(const Outcome& outcome, std::string_view name) {
  std::map<std::string, double> values;
  for (const Sample& each : outcome.page.samples) {
    if (family_name(*each.family, each.window) != name) continue;
    values[std::string(each.labels.values().front())] = each.value;
  }
  return values;
}

using Values = std::map<std::string, double>;

// The campaign object of the other endpoints, as the best one: its phone numbers, ids and limits are no
// events.
TEST(TingTing, OfTheTopCampaignOnlyKnownCountsAreEvents) {
  const Outcome outcome = dashboard(
      R"({"remaining_credits": 1, "top_performing_campaign": {"id": 7, "name": "x", "services": "PHONE",
          "user_phone": 9779812345678, "credit_limit": 500, "voice": 3, "length_factor": "1.00", "main_audit": "4770",
          "progress_percent": 80, "answered": 12, "failed_calls": 3, "campaign_action_count": 2, "steps": 4}})");
  EXPECT_EQ(values_of(outcome, "cpaas_30d_top_campaign_events"),
            (Values{{"answered", 12}, {"failed_calls", 3}}));
  EXPECT_EQ(value_of(outcome, "cpaas_30d_top_campaign_completion_ratio"), 0.8);
}

TEST(TingTing, ACampaignInPlaceOfCountsIsDrift) {
  const Outcome outcome = dashboard(
      R"({"remaining_credits": 1, "campaigns": {"id": 7, "credit_limit": 500, "progress_percent": 80},
          "total_playback": {"best": {"services": "SMS", "steps": 4}, "played": 5},
          "call_outcomes": {"busy": 2, "contact": 9779812345678}})");
  EXPECT_TRUE(values_of(outcome, "cpaas_30d_campaign_states").empty());
  EXPECT_EQ(values_of(outcome, "cpaas_30d_plays"), (Values{{"played", 5}}));
  EXPECT_EQ(values_of(outcome, "cpaas_30d_call_outcomes"), (Values{{"busy", 2}}));
  for (const char* key : {"campaigns", "total_playback", "call_outcomes"}) {
    EXPECT_TRUE(outcome.page.drift.mistyped.contains(key)) << key;
  }
}

TEST(TingTing, KindsAreSharesOfTheirSum) {
  const auto kinds = [](const std::string& object) {
    return values_of(dashboard(R"({"remaining_credits": 1, "campaign_type_ratio": )" + object + "}"),
                     "cpaas_30d_campaigns");
  };
  const Values expected{{"PHONE", 0.6}, {"SMS", 0.4}};
  EXPECT_EQ(kinds(R"({"PHONE": 60, "SMS": 40})"), expected);
  EXPECT_EQ(kinds(R"({"PHONE": "0.6", "SMS": 0.4})"), expected);
  EXPECT_EQ(kinds(R"([{"name": "PHONE", "count": 3}, {"name": "SMS", "count": 2}])"), expected);
  EXPECT_EQ(kinds(R"({"PHONE": 0})"), (Values{{"PHONE", 0}}));
}

TEST(TingTing, OutcomesMayBeAListAndSayWhatWasAnswered) {
  const Outcome outcome = dashboard(R"({"remaining_credits": 1, "call_outcomes":
      [{"outcome": "Answered", "count": 9}, ["busy", 4], {"outcome": "failed"}]})");
  EXPECT_EQ(values_of(outcome, "cpaas_30d_call_outcomes"), (Values{{"Answered", 9}, {"busy", 4}}));
  EXPECT_EQ(values_of(outcome, "cpaas_30d_calls_answered"), (Values{{"outbound", 9}}));
  EXPECT_THAT(outcome.page.drift.mistyped, ::testing::Contains("call_outcomes"));
  const Outcome silent = dashboard(R"({"remaining_credits": 1, "call_outcomes": {"busy": 4}})");
  EXPECT_EQ(value_of(silent, "cpaas_30d_calls_answered"), std::nullopt);
}

TEST(TingTing, LeavesOutTotalsBesideTheirParts) {
  const auto outcomes = [](const std::string& object) {
    const Outcome outcome = dashboard(R"({"remaining_credits": 1, "call_outcomes": )" + object + "}");
    std::map<std::string, double> values;
    for (const Sample& each : outcome.page.samples) {
      if (family_name(*each.family, each.window) == "cpaas_30d_call_outcomes") {
        values[std::string(each.labels.values().front())] = each.value;
      }
    }
    return values;
  };
  EXPECT_EQ(outcomes(R"({"total": 5, "busy": 2, "ok": 3})"), (Values{{"busy", 2}, {"ok", 3}}));
  EXPECT_EQ(outcomes(R"({"Total": 5})"), (Values{{"combined", 5}}));
  EXPECT_EQ(outcomes(R"({"id": 8, "total": 5})"), (Values{{"combined", 5}}));
  EXPECT_EQ(outcomes(R"({"a": {"total": 5}, "b": {"total": 2, "x": 2}})"), (Values{{"a", 5}, {"b.x", 2}}));
  EXPECT_EQ(outcomes(R"({"a.b": 1, "a": {"b": 2}})").size(), 1U) << "no series twice";
}

TEST(TingTing, FailsWhenNothingOfTheDashboardIsThere) {
  for (const char* body : {"{}", "[]", "null", R"({"detail": "moved"})"}) {
    const Outcome outcome = dashboard(body);
    ASSERT_EQ(outcome.errors.size(), 1U) << body;
    EXPECT_EQ(outcome.errors.front().reason, Reason::schema);
  }
}

TEST(TingTing, ListsNumbersOnce) {
  Settings settings = default_settings(tingting());
  const std::map<std::string, std::string> both{{"/phone-number/active/", sample("numbers-assigned")},
                                                {"/active-broker-phone/", sample("numbers-shared-more")}};
  expect_golden(tingting(), poll(tingting(), "numbers", settings, now, both), "tingting/numbers.prom");
  settings.personal_data = true;
  expect_golden(tingting(), poll(tingting(), "numbers", settings, now, both),
                "tingting/numbers-personal.prom");
}

// A row that cannot be told from others may be one of them: no count is better than a wrong one.
TEST(TingTing, DoesNotCountNumbersItCannotRead) {
  const auto numbers = [](std::string assigned) {
    return poll(tingting(), "numbers", default_settings(tingting()), now,
                {{"/phone-number/active/", std::move(assigned)}, {"/active-broker-phone/", "[]"}});
  };
  const Outcome some = numbers(R"([{"id": 1, "phone_number": "1"}, {"id": [], "phone_number": "2"}])");
  EXPECT_THAT(some.errors, IsEmpty());
  EXPECT_EQ(value_of(some, "cpaas_caller_numbers"), 0);  // the shared ones
  EXPECT_THAT(some.page.drift.mistyped, ElementsAre("$[].id"));
  const Outcome none = numbers(R"([{"id": [], "phone_number": "2"}])");
  ASSERT_EQ(none.errors.size(), 1U);
  EXPECT_EQ(none.errors[0].reason, Reason::schema);
}

TEST(TingTing, KnowsNoNumbersFromNone) {
  const Outcome none = poll(tingting(), "numbers", default_settings(tingting()), now,
                            {{"/phone-number/active/", "[]"}, {"/active-broker-phone/", "[]"}});
  EXPECT_EQ(value_of(none, "cpaas_caller_numbers"), 0);
  const Outcome failed = poll(tingting(), "numbers", default_settings(tingting()), now,
                              {{"/phone-number/active/", R"({"detail": "no"})"}});
  EXPECT_EQ(failed.errors.size(), 1U);
}

TEST(TingTing, CountsCampaignsOverAllPages) {
  const Outcome outcome = campaigns({{page_url(0), sample("campaigns-1")},
                                     {page_url(2), sample("campaigns-2")},
                                     {page_url(4), sample("campaigns-3")}});
  EXPECT_EQ(outcome.urls.size(), 3U);
  expect_golden(tingting(), outcome, "tingting/campaigns.prom");
}

TEST(TingTing, HasAllStatusesWithoutCampaigns) {
  expect_golden(tingting(), campaigns({{page_url(0), sample("campaigns-none")}}),
                "tingting/campaigns-none.prom");
}

TEST(TingTing, DoesNotFollowNextElsewhereNorForEver) {
  const std::string body = sample("campaigns-hostile");
  const Outcome outcome = campaigns({{page_url(0), body}, {page_url(1), body}});
  EXPECT_EQ(outcome.urls.size(), 6U) << "three times, in case it changed meanwhile";
  for (const std::string& url : outcome.urls) EXPECT_TRUE(url.starts_with("https://app.tingting.io/api/v1/"));
  EXPECT_THAT(outcome.page.samples, IsEmpty()) << "never a part of the count";
  ASSERT_EQ(outcome.errors.size(), 1U);
  EXPECT_EQ(outcome.errors.front().message, "campaigns: the list is not whole: 1 rows of 1000000");
}

// A campaign that is deleted between two requests moves another to a page that was read already.
TEST(TingTing, ReadsAListThatChangedMeanwhileAgain) {
  const auto page = [](int count, std::vector<int> ids) {
    nlohmann::json body{{"count", count}, {"results", nlohmann::json::array()}};
    for (const int id : ids) body["results"].push_back({{"id", id}, {"status", "Running"}});
    return body.dump();
  };
  Call call = tingting().endpoints[2].start(default_settings(tingting()), {now}).front();
  Page result;
  for (const std::string& text :
       {page(4, {1, 2}), page(3, {4}), page(3, {2, 3}), page(3, {4})}) {  // 1 is deleted after the first
    const auto body = nlohmann::json::parse(text);
    auto read = call.parse(Reply{body, now});
    ASSERT_TRUE(read);
    result = std::move(*read);
    if (!result.next.empty()) call = std::move(result.next.front());
  }
  EXPECT_THAT(result.next, IsEmpty());
  const auto running = std::ranges::find(result.samples, LabelValues{"running"}, &Sample::labels);
  ASSERT_NE(running, result.samples.end());
  EXPECT_EQ(running->value, 3);
}

TEST(TingTing, StopsAfterAThousandPages) {
  Call call = tingting().endpoints[2].start(default_settings(tingting()), {now}).front();
  const nlohmann::json body{{"count", 1e300}, {"results", {{{"status", "Running"}}}}};  // no ids
  for (int page = 1; page < 1000; ++page) {
    auto result = call.parse(Reply{body, now});
    ASSERT_TRUE(result) << page;
    ASSERT_EQ(result->next.size(), 1U) << page;
    call = std::move(result->next.front());
  }
  EXPECT_FALSE(call.parse(Reply{body, now}));
}

TEST(TingTing, WithoutCountAsksAsLongAsThereIsANext) {
  const Outcome outcome =
      campaigns({{page_url(0), R"({"next": "?", "results": [{"id": 1, "status": "Running"}]})"},
                 {page_url(1), R"({"next": null, "results": [{"id": 2, "status": "Running"}]})"}});
  EXPECT_THAT(outcome.errors, IsEmpty());
  EXPECT_EQ(outcome.urls.size(), 2U);
}

}  // namespace
}  // namespace cpaas::testing
