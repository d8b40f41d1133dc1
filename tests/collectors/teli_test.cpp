#include <gmock/gmock.h>

#include "collectors/registry.h"
#include "tests/collectors/golden.h"

namespace cpaas::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Responses = std::map<std::string, std::string>;

constexpr TimePoint now = std::chrono::sys_days{std::chrono::year{2024} / 1 / 31} + 12h;

const Collector& teli() {
  return *find_collector("teli");
}

Settings organizations(std::vector<std::string> ids, int days = 30) {
  Settings settings = default_settings(teli());
  settings.lists["organization_ids"] = std::move(ids);
  settings.window = std::chrono::days{days};
  return settings;
}

std::string file(const std::string& name) {
  return testdata("teli/" + name);
}

json document(const std::string& name) {
  return json::parse(file(name));
}

// The document of the file, about the 7 days before `now`.
std::string of_week(const std::string& name) {
  json body = document(name);
  body["period"] = {{"start", "2024-01-25"}, {"end", "2024-01-31"}};
  return body.dump();
}

std::string of_month(const std::string& name) {
  json body = document(name);
  body["period"] = {{"start", "2024-01-02"}, {"end", "2024-01-31"}};
  return body.dump();
}

std::string text_of(const Outcome& outcome) {
  return render(teli(), outcome);
}

std::string on_day(const std::string& body, const std::string& day) {
  json changed = json::parse(body);
  if (changed.contains("period") && !changed["period"].empty())
    changed["period"] = {{"start", day}, {"end", day}};
  return changed.dump();
}

// The same body for the window and for each of the two days, but for the period that it says.
Responses three(const std::string& path, const std::string& from, const std::string& body) {
  return {{path + "start_date=" + from + "&end_date=2024-01-31", body},
          {path + "start_date=2024-01-31&end_date=2024-01-31", on_day(body, "2024-01-31")},
          {path + "start_date=2024-01-30&end_date=2024-01-30", on_day(body, "2024-01-30")}};
}

Responses users_of(const std::string& organization, const std::string& body) {
  return three("/v1/analytics/users?organization_id=" + organization + "&", "2024-01-02", body);
}

Outcome poll_overview(const std::string& body, int days = 30, const std::string& from = "2024-01-02") {
  return poll(teli(), "overview", organizations({}, days), now, three("/v1/analytics/overview?", from, body));
}

Outcome poll_organizations(const std::string& body, std::vector<std::string> ids = {}) {
  return poll(teli(), "organizations", organizations(std::move(ids)), now, {{"/v1/organizations", body}});
}

// --- requests

TEST(Teli, SendsItsKeyInAHeader) {
  const auto calls = teli().endpoints[1].start(organizations({}), {now});
  ASSERT_EQ(calls.size(), 1U);
  std::vector<std::string> headers;
  for (const Header& header : calls[0].request.headers)
    headers.push_back(header.name + ": " + header.value.reveal());
  EXPECT_THAT(headers, ElementsAre("X-API-Key: test-api_key", "Accept: application/json"));
}

TEST(Teli, AsksNothingWithoutIds) {
  EXPECT_THAT(poll(teli(), "usage", organizations({}), now, {}).urls, IsEmpty());
  EXPECT_THAT(poll(teli(), "users", organizations({}), now, {}).urls, IsEmpty());
}

TEST(Teli, TheProxyBaseWorksToo) {
  Settings settings = organizations({});
  settings.base_url = "https://partner.teli.ai/api/proxy";
  const auto outcome =
      poll(teli(), "organizations", settings, now, {{"/v1/organizations", file("organizations.json")}});
  EXPECT_THAT(outcome.urls, ElementsAre("https://partner.teli.ai/api/proxy/v1/organizations"));
}

TEST(Teli, SuccessMayBeMissing) {
  json body = document("organizations.json");
  body.erase("success");
  body.erase("powered_by");
  EXPECT_EQ(text_of(poll_organizations(body.dump())),
            text_of(poll_organizations(file("organizations.json"))));
}

TEST(Teli, NothingDocumentedIsAnError) {
  const auto outcome = poll_organizations(R"({"success": true})");
  ASSERT_EQ(outcome.errors.size(), 1U);
  EXPECT_EQ(outcome.errors[0].message, "organizations: the response has nothing of what was asked for");
}

// --- usage

TEST(TeliUsage, OrganizationAndUser) {
  Settings settings = organizations({"1767623610019x414651971228139500"});
  settings.lists["user_ids"] = {"1768236789852x707565875153419434"};
  const auto outcome =
      poll(teli(), "usage", settings, now,
           {{"/v1/analytics/usage?organization_id=1767623610019x414651971228139500", file("usage.json")},
            {"/v1/analytics/usage?user_id=1768236789852x707565875153419434", file("usage-user.json")}});
  expect_golden(teli(), outcome, "teli/usage.prom");
}

TEST(TeliUsage, AllOrganizations) {
  const auto outcome = poll(teli(), "usage", organizations({"all"}), now,
                            {{"/v1/organizations", file("usage-organizations.json")},
                             {"/v1/analytics/usage?organization_id=org_a", file("usage.json")},
                             {"/v1/analytics/usage?organization_id=org_b", file("usage.json")}});
  EXPECT_EQ(outcome.urls.size(), 3U);
  expect_golden(teli(), outcome, "teli/usage-all.prom");
}

TEST(TeliUsage, NoOrganizationsAtAllIsNoFailure) {
  const auto outcome = poll(teli(), "usage", organizations({"all"}), now,
                            {{"/v1/organizations", R"({"success": true, "count": 0, "organizations": []})"}});
  EXPECT_EQ(text_of(outcome), "");
}

TEST(TeliUsage, AnotherPeriodIsDrift) {
  json body = document("usage.json");
  body["usage"]["period"] = "30d";
  body["usage"]["sms"]["inbound"] = "many";
  body["usage"]["rcs"] = json::object();
  const auto text = text_of(poll(teli(), "usage", organizations({"org_a"}), now,
                                 {{"/v1/analytics/usage?organization_id=org_a", body.dump()}}));
  EXPECT_THAT(text, HasSubstr("# drift mistyped usage.period\n# drift mistyped usage.sms.inbound\n"
                              "# drift unknown usage.rcs\n"));
}

// --- organizations

TEST(TeliOrganizations, One) {
  expect_golden(teli(), poll_organizations(file("organizations.json")), "teli/organizations.prom");
}

TEST(TeliOrganizations, AccountTotalsAreSumsOverAll) {
  expect_golden(teli(), poll_organizations(file("organizations-two.json")), "teli/organizations-two.prom");
}

TEST(TeliOrganizations, VoiceIsLeftToUsageWhereItGivesTheKinds) {
  const std::string voice =
      "cpaas_organization_voice_seconds_total{provider=\"teli\",account=\"test\",organization_id=";
  const auto one = text_of(poll_organizations(file("organizations-two.json"), {"org_a"}));
  EXPECT_THAT(one, AllOf(Not(HasSubstr(voice + "\"org_a\"")), HasSubstr(voice + "\"org_b\"")));
  const auto all = text_of(poll_organizations(file("organizations-two.json"), {"all"}));
  EXPECT_THAT(all, AllOf(Not(HasSubstr(voice)), HasSubstr("cpaas_voice_seconds_total{")));
  Settings without_usage = organizations({"all"});
  without_usage.not_polled = {"usage"};
  EXPECT_THAT(text_of(poll(teli(), "organizations", without_usage, now,
                           {{"/v1/organizations", file("organizations-two.json")}})),
              AllOf(HasSubstr(voice + "\"org_a\""), HasSubstr(voice + "\"org_b\"")));
}

TEST(TeliOrganizations, APartialSumIsNoTotal) {
  json body = document("organizations-two.json");
  body["organizations"][1].erase("total_sms_outbound");
  const auto text = text_of(poll_organizations(body.dump()));
  EXPECT_THAT(text,
              Not(HasSubstr("cpaas_message_segments_total{provider=\"teli\",account=\"test\",channel=\"sms\","
                            "direction=\"outbound\"}")));
  EXPECT_THAT(text, HasSubstr("channel=\"sms\",direction=\"inbound\"} 3821\n"));
  EXPECT_THAT(text, HasSubstr("# drift missing organizations[].total_sms_outbound\n"));
}

TEST(TeliOrganizations, AListShorterThanItSaysFailsThePoll) {
  json body = document("organizations-two.json");
  body["count"] = 3;
  const auto outcome = poll_organizations(body.dump());
  ASSERT_EQ(outcome.errors.size(), 1U);
  EXPECT_EQ(outcome.errors[0].message, "organizations: the list is not whole: 2 rows of 3");
  const auto usage = poll(teli(), "usage", organizations({"all"}), now, {{"/v1/organizations", body.dump()}});
  ASSERT_EQ(usage.errors.size(), 1U);
  EXPECT_EQ(usage.errors[0].message, "usage: the list is not whole: 2 rows of 3");
}

TEST(TeliOrganizations, OfOneThatIsListedTwiceTheFirstCounts) {
  json body = document("organizations-two.json");
  body["organizations"][1]["unique_id"] = body["organizations"][0]["unique_id"];
  const auto outcome = poll_organizations(body.dump());
  const auto text = text_of(outcome);
  EXPECT_THAT(outcome.errors, IsEmpty());
  EXPECT_THAT(text, HasSubstr("# part cpaas_message_segments_total{sms,outbound} org_a 12450\n"));
  EXPECT_THAT(text, Not(HasSubstr("# part cpaas_message_segments_total{sms,outbound} org_a 50\n")));
  EXPECT_THAT(text, HasSubstr("# drift mistyped organizations[].unique_id\n"));
}

TEST(TeliOrganizations, NoneAreZero) {
  const auto text = text_of(poll_organizations(R"({"success": true, "count": 0, "organizations": []})"));
  EXPECT_THAT(text, HasSubstr("cpaas_organizations{provider=\"teli\",account=\"test\"} 0\n"));
  EXPECT_THAT(text, Not(HasSubstr("# part")));
}

// --- overview

TEST(TeliOverview, ThirtyDays) {
  expect_golden(teli(), poll_overview(file("overview.json")), "teli/overview.prom");
}

TEST(TeliOverview, SevenDaysAndAnUndividedKnowledgeBaseCost) {
  const auto outcome = poll_overview(of_week("overview-undivided-knowledge-base.json"), 7, "2024-01-25");
  expect_golden(teli(), outcome, "teli/overview-7d.prom");
}

TEST(TeliOverview, CategoriesAddUpToTheTotal) {
  double sum = 0;
  for (const Sample& sample : poll_overview(file("overview.json")).page.samples) {
    if (family_name(*sample.family, sample.window) == "cpaas_30d_cost") sum += sample.value;
  }
  EXPECT_DOUBLE_EQ(sum, document("overview.json")["total_cost"].get<double>());
}

TEST(TeliOverview, WithoutCostsTheRestStays) {
  json body = document("overview.json");
  body.erase("cost_breakdown");
  body["period"] = json::object();
  body["total_cost"] = 7;
  const auto text = text_of(poll_overview(body.dump()));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("cost{")), Not(HasSubstr("cpaas_period_"))));
  EXPECT_THAT(text, AllOf(HasSubstr("cpaas_30d_calls{"), HasSubstr("# drift missing cost_breakdown\n")));
}

TEST(TeliOverview, ANegativeCostIsDrift) {
  json body = document("overview.json");
  body["cost_breakdown"]["voice_cost"] = -1;
  const auto text = text_of(poll_overview(body.dump()));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("category=\"voice\"")), Not(HasSubstr("{voice,USD}"))));
  EXPECT_THAT(text, HasSubstr("# drift mistyped cost_breakdown.voice_cost\n"));
}

// The days that each member is asked for, when the ledger wants these; and of whom it was asked.
std::map<std::string, std::vector<std::string>> days_asked(std::string_view endpoint,
                                                           std::vector<std::string> ids) {
  const auto found = std::ranges::find(teli().endpoints, endpoint, &Endpoint::name);
  PollStart start{now};
  std::map<std::string, std::vector<std::string>> days;
  start.days = [&](std::string_view member) {
    days[std::string(member)];
    return std::vector{day_of(now), day_of(now) - std::chrono::days{member == "org_b" ? 3 : 1}};
  };
  for (const Call& call : found->start(organizations(std::move(ids)), start)) {
    const std::string& url = call.request.url;
    const std::string from = url.substr(url.find("start_date=") + 11, 10);
    if (url.ends_with("end_date=" + from)) days.at(call.member).push_back(from);
  }
  return days;
}

TEST(TeliDays, ThoseThatTheLedgerWantsAreAskedFor) {
  EXPECT_THAT(days_asked("overview", {}),
              ElementsAre(::testing::Pair("", ElementsAre("2024-01-31", "2024-01-30"))));
  EXPECT_THAT(days_asked("users", {"org_a", "org_b"}),
              ElementsAre(::testing::Pair("org_a", ElementsAre("2024-01-31", "2024-01-30")),
                          ::testing::Pair("org_b", ElementsAre("2024-01-31", "2024-01-28"))));
}

TEST(TeliDays, AreWantedFirstForTheOrganizationWhoseTurnItIs) {
  PollStart start{now};
  std::vector<std::string> wanted;
  start.days = [&](std::string_view member) {
    wanted.emplace_back(member);
    return std::vector{day_of(now)};
  };
  start.turn = [](std::string_view member) { return member == "org_b" ? 0U : 7U; };
  const auto users = std::ranges::find(teli().endpoints, "users", &Endpoint::name);
  EXPECT_EQ(users->start(organizations({"org_a", "org_b"}), start).size(), 4U);
  EXPECT_THAT(wanted, ElementsAre("org_b", "org_a"));
}

TEST(TeliOverview, AnotherPeriodIsNotCountedAsTheDay) {
  const std::string body = file("overview.json");  // of the whole month
  const auto outcome = poll(teli(), "overview", organizations({}), now,
                            {{"/v1/analytics/overview?start_date=2024-01-02&end_date=2024-01-31", body},
                             {"/v1/analytics/overview?start_date=2024-01-31&end_date=2024-01-31", body},
                             {"/v1/analytics/overview?start_date=2024-01-30&end_date=2024-01-30", body}});
  const auto text = text_of(outcome);
  EXPECT_THAT(text,
              AllOf(HasSubstr("cpaas_30d_cost{"), Not(HasSubstr("cpaas_today_")), Not(HasSubstr("# day "))));
  EXPECT_THAT(text, HasSubstr("# drift mistyped period.start\n"));
  EXPECT_THAT(outcome.errors, IsEmpty());
}

// --- users

TEST(TeliUsers, TwoOrganizations) {
  Responses responses = users_of("org_a", file("users.json"));
  responses.merge(users_of("org_b", file("users-second.json")));
  const auto outcome = poll(teli(), "users", organizations({"org_a", "org_b"}), now, responses);
  EXPECT_EQ(outcome.urls.size(), 6U);
  expect_golden(teli(), outcome, "teli/users-two.prom");
}

TEST(TeliUsers, AllOrganizationsGiveTheSame) {
  Responses responses = users_of("org_a", file("users.json"));
  responses.merge(users_of("org_b", file("users-second.json")));
  responses["/v1/organizations"] = file("users-organizations.json");
  const auto outcome = poll(teli(), "users", organizations({"all"}), now, responses);
  EXPECT_EQ(outcome.urls.size(), 7U);
  expect_golden(teli(), outcome, "teli/users-two.prom");
}

TEST(TeliUsers, AnEmptyPeriod) {
  const auto outcome =
      poll(teli(), "users", organizations({"org_a"}), now, users_of("org_a", file("users-placeholder.json")));
  expect_golden(teli(), outcome, "teli/users-placeholder.prom");
}

TEST(TeliUsers, NamesWhenAllowed) {
  Settings settings = organizations({"org_a"});
  settings.personal_data = true;
  const auto text = text_of(poll(teli(), "users", settings, now, users_of("org_a", file("users.json"))));
  EXPECT_THAT(text, HasSubstr("user_id=\"user_123\",user_name=\"john@acme.com\"} 1\n"));
}

TEST(TeliUsers, CategoriesAddUpToTheTotal) {
  double sum = 0;
  const auto outcome =
      poll(teli(), "users", organizations({"org_a"}), now, users_of("org_a", file("users.json")));
  for (const Sample& sample : outcome.page.samples) {
    if (family_name(*sample.family, sample.window) == "cpaas_user_30d_cost") sum += sample.value;
  }
  EXPECT_DOUBLE_EQ(sum, 193.35 + 144.49);
}

TEST(TeliUsers, ANewCategoryIsOther) {
  json body = document("users.json");
  const double whole = body["users"][0]["total_cost"].get<double>();
  body["users"][0]["total_cost"] = whole + 2.5;
  const auto outcome = poll(teli(), "users", organizations({"org_a"}), now, users_of("org_a", body.dump()));
  EXPECT_THAT(text_of(outcome), HasSubstr("category=\"other\",currency=\"USD\"} 2.5\n"));
  body["users"][0]["total_cost"] = whole - 2.5;
  const auto less = poll(teli(), "users", organizations({"org_a"}), now, users_of("org_a", body.dump()));
  EXPECT_THAT(text_of(less),
              AllOf(Not(HasSubstr("\"other\"")), HasSubstr("# drift mistyped users[].total_cost\n")));
}

TEST(TeliOverview, ANewCategoryIsOther) {
  json body = document("overview.json");
  body["total_cost"] = body["total_cost"].get<double>() + 1.25;
  const auto outcome = poll_overview(body.dump());
  EXPECT_THAT(text_of(outcome),
              HasSubstr("cpaas_30d_cost{provider=\"teli\",account=\"test\",category=\"other\","
                        "currency=\"USD\"} 1.25\n"));
}

TEST(TeliUsers, OneThatIsListedTwiceCountsOnceEverywhere) {
  json body = document("users.json");
  body["users"][1]["user_id"] = body["users"][0]["user_id"];
  const auto outcome = poll(teli(), "users", organizations({"org_a"}), now, users_of("org_a", body.dump()));
  std::map<std::pair<Day, std::string>, int> days;
  for (const DayValue& day : outcome.page.days) {
    EXPECT_EQ((++days[{day.day, std::string(day.family->name) + day.labels.key()}]), 1);
  }
  EXPECT_THAT(outcome.page.drift.mistyped, ::testing::Contains("users[].user_id"));
}

TEST(TeliUsers, ARowWithoutAnIdIsLeftOut) {
  json body = document("users.json");
  body["users"][0].erase("user_id");
  const auto text =
      text_of(poll(teli(), "users", organizations({"org_a"}), now, users_of("org_a", body.dump())));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("user_123")), HasSubstr("user_456"), Not(HasSubstr("user_id=\"\""))));
  EXPECT_THAT(text, HasSubstr("# drift missing users[].user_id\n"));
}

TEST(TeliUsers, AnotherPeriodIsNotCountedAsTheDay) {
  const std::string body = file("users.json");
  const std::string path = "/v1/analytics/users?organization_id=org_a&";
  const auto outcome = poll(teli(), "users", organizations({"org_a"}), now,
                            {{path + "start_date=2024-01-02&end_date=2024-01-31", body},
                             {path + "start_date=2024-01-31&end_date=2024-01-31", body},
                             {path + "start_date=2024-01-30&end_date=2024-01-30", body}});
  EXPECT_THAT(outcome.errors, IsEmpty());
  EXPECT_THAT(outcome.page.days, IsEmpty());
  EXPECT_THAT(text_of(outcome), HasSubstr("cpaas_user_30d_cost{"));
}

TEST(TeliUsers, NoUsersIsNoFailure) {
  const auto outcome = poll(teli(), "users", organizations({"org_a"}), now,
                            users_of("org_a", R"({"period": {}, "users": []})"));
  EXPECT_EQ(text_of(outcome), "# days 2024-01-30 to 2024-01-30\n# days 2024-01-31 to 2024-01-31\n");
}

// --- organization_analytics and number_limits

TEST(TeliOrganizationAnalytics, TwoOrganizations) {
  const auto outcome = poll(teli(), "organization_analytics", organizations({}), now,
                            {{"/v1/analytics/organizations?start_date=2024-01-02&end_date=2024-01-31",
                              of_month("organization_analytics-two.json")}});
  expect_golden(teli(), outcome, "teli/organization_analytics-two.prom");
}

TEST(TeliOrganizationAnalytics, PlaceholderOverNinetyDays) {
  const auto outcome = poll(teli(), "organization_analytics", organizations({}, 90), now,
                            {{"/v1/analytics/organizations?start_date=2023-11-03&end_date=2024-01-31",
                              file("organization_analytics.json")}});
  expect_golden(teli(), outcome, "teli/organization_analytics.prom");
}

TEST(TeliWindows, AnotherPeriodIsNotTheWindow) {
  const auto windowed = [](const std::string& endpoint, const std::string& path, const std::string& body) {
    const auto outcome =
        poll(teli(), endpoint, organizations({"org_a"}), now, three(path, "2024-01-02", body));
    EXPECT_THAT(outcome.errors, IsEmpty());
    EXPECT_THAT(outcome.page.drift.mistyped, ::testing::Contains("period.start")) << endpoint;
    return text_of(outcome).find("_30d_") != std::string::npos;
  };
  json overview = json::parse(of_week("overview.json"));
  EXPECT_FALSE(windowed("overview", "/v1/analytics/overview?", overview.dump()));
  json users = json::parse(of_week("users.json"));
  EXPECT_FALSE(windowed("users", "/v1/analytics/users?organization_id=org_a&", users.dump()));
  EXPECT_FALSE(windowed("organization_analytics", "/v1/analytics/organizations?",
                        of_week("organization_analytics-two.json")));
}

TEST(TeliNumberLimits, Enabled) {
  const auto outcome = poll(teli(), "number_limits", organizations({}), now,
                            {{"/v1/sms/phone-numbers/config", file("number_limits.json")}});
  expect_golden(teli(), outcome, "teli/number_limits.prom");
}

TEST(TeliNumberLimits, SwitchedOffIsNoLimitOfZero) {
  const auto outcome = poll(teli(), "number_limits", organizations({}), now,
                            {{"/v1/sms/phone-numbers/config", file("number_limits-disabled.json")}});
  EXPECT_EQ(text_of(outcome), "");
}

}  // namespace
}  // namespace cpaas::testing
