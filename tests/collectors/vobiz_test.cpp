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

constexpr TimePoint noon(int year, int month, int day) {
  return std::chrono::sys_days{std::chrono::year{year} / month / day} + 12h;
}
constexpr TimePoint now = noon(2026, 5, 12);  // the day that the documented period ends

const std::string dashboard_path = "/api/v1/partner/dashboard";
const std::string profile_path = "/api/v1/partner/me";
const std::string week_path = "/api/v1/partner/analytics?from_date=2026-05-06&to_date=2026-05-12";

const Collector& vobiz() {
  return *find_collector("vobiz");
}

Settings settings_of(std::string scope) {
  Settings settings = default_settings(vobiz());
  settings.texts["scope"] = std::move(scope);
  settings.texts["auth_id"] = settings.texts["scope"] == "partner" ? "PA_XXXXXXXX" : "MA_XXXXXXXX";
  return settings;
}

Settings partner(int days = 30, bool personal_data = false) {
  Settings settings = settings_of("partner");
  settings.window = std::chrono::days{days};
  settings.personal_data = personal_data;
  return settings;
}

std::string file(const std::string& name) {
  return testdata("vobiz/" + name);
}

json document(const std::string& name) {
  return json::parse(file(name));
}

// The document of the file, about another period.
std::string of_period(const std::string& name, const std::string& from, const std::string& to) {
  json body = document(name);
  body["period"] = {{"from", from}, {"to", to}};
  return body.dump();
}

Outcome poll_dashboard(const std::string& body, TimePoint at = now) {
  return poll(vobiz(), "dashboard", partner(), at, {{dashboard_path, body}});
}

Outcome poll_profile(const json& body) {
  return poll(vobiz(), "profile", partner(), now,
              {{profile_path, body.dump()}, {dashboard_path, file("dashboard.json")}});
}

std::string customers_path(int page) {
  return "/api/v1/partner/accounts?page=" + std::to_string(page) + "&per_page=100";
}

std::string text_of(const Outcome& outcome) {
  return render(vobiz(), outcome);
}

std::string message_of(const Outcome& outcome) {
  return outcome.errors.empty() ? "" : outcome.errors.front().message;
}

// --- requests

TEST(Vobiz, SendsItsCredentialsInHeaders) {
  const auto calls = vobiz().endpoints.front().start(partner(), {now});
  ASSERT_EQ(calls.size(), 1U);
  std::vector<std::string> headers;
  for (const Header& header : calls[0].request.headers)
    headers.push_back(header.name + ": " + header.value.reveal());
  EXPECT_THAT(headers, ElementsAre("X-Auth-ID: PA_XXXXXXXX", "X-Auth-Token: test-auth_token",
                                   "Accept: application/json"));
}

TEST(Vobiz, EveryEndpointBelongsToOneScope) {
  for (const Endpoint& endpoint : vobiz().endpoints) {
    EXPECT_TRUE(endpoint.only_when_scope == "partner" || endpoint.only_when_scope == "account")
        << endpoint.name;
  }
}

TEST(Vobiz, TheIdIsEncodedInThePath) {
  Settings settings = settings_of("account");
  settings.texts["auth_id"] = "MA/1?x";
  const auto outcome = poll(vobiz(), "concurrency", settings, now,
                            {{"/api/v1/Account/MA%2F1%3Fx/concurrency", file("concurrency.json")}});
  EXPECT_THAT(outcome.errors, IsEmpty());
}

// --- dashboard

TEST(VobizDashboard, Nested) {
  expect_golden(vobiz(), poll_dashboard(file("dashboard.json")), "vobiz/dashboard.prom");
}

TEST(VobizDashboard, LastDayIsToday) {
  expect_golden(vobiz(),
                poll_dashboard(of_period("dashboard.json", "2026-03-18", "2026-04-16"), noon(2026, 4, 16)),
                "vobiz/dashboard-today.prom");
}

TEST(VobizDashboard, AnOlderLastDayIsNotToday) {
  const auto text =
      text_of(poll_dashboard(of_period("dashboard.json", "2026-03-18", "2026-04-16"), noon(2026, 4, 17)));
  EXPECT_THAT(text, Not(HasSubstr("cpaas_today_")));
  EXPECT_THAT(text, Not(HasSubstr("# day 2026-04-17")));
}

TEST(VobizDashboard, AnotherPeriodIsNotTheLast30Days) {
  using Period = std::pair<const char*, const char*>;
  for (const auto& [from, to] : {Period{"2026-05-11", "2026-05-12"}, Period{"2026-01-01", "2026-05-12"},
                                 Period{"2026-04-05", "2026-05-04"}, Period{"2026-04-13", "2026-05-14"}}) {
    const auto outcome = poll_dashboard(of_period("dashboard.json", from, to));
    const auto text = text_of(outcome);
    EXPECT_THAT(outcome.errors, IsEmpty()) << from;
    EXPECT_THAT(outcome.page.days, IsEmpty()) << from << ": not for the ledger either";
    EXPECT_THAT(text,
                AllOf(Not(HasSubstr("_30d_")), Not(HasSubstr("_today_")), Not(HasSubstr("cpaas_period_"))))
        << from;
    EXPECT_THAT(text, HasSubstr("# drift mistyped period.")) << from;
    EXPECT_THAT(text, HasSubstr("cpaas_customers_balance{")) << "is of now, whatever the period";
  }
  for (const auto& [from, to] : {Period{"2026-04-12", "2026-05-11"}, Period{"2026-04-14", "2026-05-13"}}) {
    EXPECT_THAT(text_of(poll_dashboard(of_period("dashboard.json", from, to))),
                AllOf(HasSubstr("cpaas_30d_calls{"), Not(HasSubstr("# drift mistyped"))))
        << from << ": another time zone";
  }
}

TEST(VobizDashboard, DaysAreThoseThatAreWritten) {
  json body = document("dashboard.json");
  body["period"] = {{"from", "2026-03-18"}, {"to", "2026-04-16"}};
  body["time_series"][0]["date"] = "2026-04-15T00:00:00+05:30";
  body["time_series"][1]["date"] = "2026-04-16T00:00:00+05:30";
  const std::string plain = of_period("dashboard.json", "2026-03-18", "2026-04-16");
  EXPECT_EQ(text_of(poll_dashboard(body.dump(), noon(2026, 4, 16))),
            text_of(poll_dashboard(plain, noon(2026, 4, 16))));
}

TEST(VobizDashboard, TodayIsTheAccountsTimeZones) {
  const std::string body = of_period("dashboard.json", "2026-03-18", "2026-04-16");
  Settings settings = partner();
  settings.zone = *TimeZone::find("Asia/Kolkata");
  const auto today = [&](TimePoint at) {
    const auto text = text_of(poll(vobiz(), "dashboard", settings, at, {{dashboard_path, body}}));
    return text.find("cpaas_today_calls") != std::string::npos;
  };
  EXPECT_FALSE(today(noon(2026, 4, 15) + 6h + 29min));  // still the 15th, whose row is no longer the last
  EXPECT_TRUE(today(noon(2026, 4, 15) + 6h + 30min));
  EXPECT_TRUE(today(noon(2026, 4, 16) + 6h + 29min));
  EXPECT_FALSE(today(noon(2026, 4, 16) + 6h + 30min));
}

TEST(VobizDashboard, ARowThatCannotBeReadIsNoQuietDay) {
  json body = document("dashboard.json");
  body["time_series"][1]["date"] = "yesterday";
  const auto text = text_of(poll_dashboard(body.dump()));
  EXPECT_THAT(text, Not(HasSubstr("cpaas_today_")));
  EXPECT_THAT(text, HasSubstr("# drift mistyped time_series[].date"));
}

TEST(VobizDashboard, WithoutTrafficTheWholeIsUndivided) {
  json body = document("dashboard.json");
  body.erase("traffic");
  body.erase("by_product");
  body["time_series"] = nullptr;
  expect_golden(vobiz(), poll_dashboard(body.dump()), "vobiz/dashboard-missing-blocks.prom");
}

TEST(VobizDashboard, FlatAboutCustomers) {
  expect_golden(vobiz(), poll_dashboard(file("dashboard-flat-customers.json")),
                "vobiz/dashboard-flat-customers.prom");
}

TEST(VobizDashboard, FlatAboutAccounts) {
  Settings settings = partner();
  settings.not_polled = {"month"};
  const std::map<std::string, std::string> responses{{dashboard_path, file("dashboard-flat-accounts.json")}};
  expect_golden(vobiz(), poll(vobiz(), "dashboard", settings, now, responses),
                "vobiz/dashboard-flat-accounts.prom");
  settings.not_polled.clear();
  EXPECT_THAT(text_of(poll(vobiz(), "dashboard", settings, now, responses)), Not(HasSubstr("cpaas_month_c")));
}

TEST(VobizDashboard, FlatStatesNeverOverlap) {
  json body = document("dashboard-flat-customers.json");
  body["accounts_suspended"] = 3;
  const auto text = text_of(poll_dashboard(body.dump()));
  EXPECT_THAT(text, HasSubstr("state=\"active\"} 38\n"));
  EXPECT_THAT(text, HasSubstr("state=\"inactive\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("state=\"suspended\"} 3\n"));
}

TEST(VobizDashboard, MoneyAsNumbersIsTheSameMoney) {
  json body = document("dashboard.json");
  const std::string before = text_of(poll_dashboard(body.dump()));
  body["total_balance"] = 1003058.82;
  for (json* block :
       {&body["traffic"]["inbound"], &body["time_series"][0], &body["by_product"]["voice_api"]}) {
    (*block)["total_cost"] = std::stod((*block)["total_cost"].get<std::string>());
  }
  EXPECT_EQ(text_of(poll_dashboard(body.dump())), before);
}

TEST(VobizDashboard, NoMoneyWithoutACurrency) {
  for (const json& currency : {json(nullptr), json("rupees"), json("R$1"), json(7)}) {
    json body = document("dashboard.json");
    body["currency"] = currency;
    const auto text = text_of(poll_dashboard(body.dump()));
    EXPECT_THAT(text, AllOf(Not(HasSubstr("cost")), Not(HasSubstr("cpaas_customers_balance")))) << currency;
    EXPECT_THAT(text, HasSubstr("cpaas_30d_calls{")) << currency;
    EXPECT_THAT(text, HasSubstr("# drift")) << currency;
  }
}

TEST(VobizDashboard, ACurrencyIsExportedInUpperCase) {
  json body = document("dashboard.json");
  body["currency"] = "inr";
  EXPECT_THAT(text_of(poll_dashboard(body.dump())), HasSubstr("currency=\"INR\""));
}

TEST(VobizDashboard, NegativeUsageIsDrift) {
  json body = document("dashboard.json");
  body["time_series"][0]["total_cost"] = "-1.00";
  body["traffic"]["inbound"]["total_minutes"] = -2;
  body["traffic"]["inbound"]["total_calls"] = 1.5;
  const auto text = text_of(poll_dashboard(body.dump()));
  EXPECT_THAT(text, Not(HasSubstr(" -")));
  EXPECT_THAT(text,
              HasSubstr("# drift mistyped time_series[].total_cost\n# drift mistyped "
                        "traffic.inbound.total_calls\n# drift mistyped traffic.inbound.total_minutes\n"));
}

TEST(VobizDashboard, NewKeysAreReported) {
  json body = document("dashboard.json");
  body["by_product"]["whatsapp"] = body["by_product"]["voice_api"];
  body["by_product"]["whatsapp"]["surcharge"] = 1;
  const auto text = text_of(poll_dashboard(body.dump()));
  EXPECT_THAT(text, HasSubstr("product=\"whatsapp\""));
  EXPECT_THAT(text, HasSubstr("# drift unknown by_product.whatsapp.surcharge\n"));
}

TEST(VobizDashboard, NothingDocumentedIsAnError) {
  for (const std::string body : {"{}", "[]", "null", "{\"error\": \"Failed\"}"}) {
    const auto outcome = poll_dashboard(body);
    EXPECT_EQ(message_of(outcome), "dashboard: the response has nothing of what was asked for") << body;
  }
}

// What else it says would take the place of the last good balance.
TEST(VobizBalance, WithoutTheBalanceIsAnError) {
  for (const char* body :
       {R"({"currency": "INR", "balance": [], "available_balance": 5, "is_postpaid": true})",
        R"({"currency": "INR", "low_balance_threshold": 100})"}) {
    const auto outcome = poll(vobiz(), "balance", settings_of("account"), now,
                              {{"/api/v1/Account/MA_XXXXXXXX/balance/INR", body}});
    EXPECT_EQ(message_of(outcome), "balance: the response has nothing of what was asked for");
  }
}

// --- analytics

TEST(VobizAnalytics, AsksNothingForTheDashboardsWindow) {
  EXPECT_THAT(poll(vobiz(), "analytics", partner(30), now, {}).urls, IsEmpty());
}

TEST(VobizAnalytics, SevenDays) {
  const auto outcome = poll(vobiz(), "analytics", partner(7), now,
                            {{week_path, of_period("analytics.json", "2026-05-06", "2026-05-12")}});
  expect_golden(vobiz(), outcome, "vobiz/analytics-7d.prom");
}

TEST(VobizAnalytics, NinetyDays) {
  const auto outcome = poll(vobiz(), "analytics", partner(90), now,
                            {{"/api/v1/partner/analytics?from_date=2026-02-12&to_date=2026-05-12",
                              of_period("analytics.json", "2026-02-12", "2026-05-12")}});
  expect_golden(vobiz(), outcome, "vobiz/analytics-90d.prom");
}

TEST(VobizAnalytics, AQuarterIsNoWeek) {
  for (const char* name : {"analytics.json", "analytics-older.json"}) {
    const auto outcome = poll(vobiz(), "analytics", partner(7), now,
                              {{week_path, of_period(name, "2026-02-12", "2026-05-12")}});
    EXPECT_THAT(outcome.errors, IsEmpty());
    EXPECT_THAT(outcome.page.samples, IsEmpty()) << name;
    EXPECT_THAT(outcome.page.drift.mistyped, ElementsAre("period.from"));
  }
}

TEST(VobizMonth, ThisAndTheLast) {
  const auto outcome = poll(vobiz(), "month", partner(), now,
                            {{"/api/v1/partner/analytics?from_date=2026-05-01&to_date=2026-05-12",
                              of_period("month.json", "2026-05-01", "2026-05-12")},
                             {"/api/v1/partner/analytics?from_date=2026-04-01&to_date=2026-04-30",
                              of_period("month-older.json", "2026-04-01", "2026-04-30")}});
  expect_golden(vobiz(), outcome, "vobiz/month.prom");
}

TEST(VobizMonth, BeginsInTheAccountsTimeZone) {
  Settings settings = partner();
  settings.zone = *TimeZone::find("+05:30");
  const auto start = std::ranges::find(vobiz().endpoints, "month", &Endpoint::name)->start;
  const auto calls = start(settings, {noon(2026, 5, 31) + 6h + 30min});
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_THAT(calls[0].request.url, HasSubstr("from_date=2026-06-01&to_date=2026-06-01"));
  EXPECT_THAT(calls[1].request.url, HasSubstr("from_date=2026-05-01&to_date=2026-05-31"));
}

TEST(VobizAnalytics, Older) {
  const auto outcome =
      poll(vobiz(), "analytics", partner(7), now, {{week_path, file("analytics-older.json")}});
  expect_golden(vobiz(), outcome, "vobiz/analytics-older.prom");
}

TEST(VobizAnalytics, OlderWithoutDirectionsIsUndivided) {
  json body = document("analytics-older.json");
  body.erase("by_direction");
  body.erase("top_customers");
  const auto text = text_of(poll(vobiz(), "analytics", partner(7), now, {{week_path, body.dump()}}));
  EXPECT_THAT(text,
              HasSubstr("cpaas_7d_calls{provider=\"vobiz\",account=\"test\",direction=\"combined\"} 210\n"));
  EXPECT_THAT(text, HasSubstr("category=\"calls\",currency=\"INR\"} 108.24\n"));
}

// --- profile

TEST(VobizProfile, Full) {
  const auto outcome = poll(vobiz(), "profile", partner(), now,
                            {{profile_path, file("profile.json")}, {dashboard_path, file("dashboard.json")}});
  expect_golden(vobiz(), outcome, "vobiz/profile.prom");
}

TEST(VobizProfile, WithoutACurrencyItIsTheOptionsOrTheDashboardsNeverAGuess) {
  json dashboard = document("dashboard.json");
  const auto outcome = [&](const std::string& option) {
    Settings settings = partner();
    settings.texts["currency"] = option;
    return poll(vobiz(), "profile", settings, now,
                {{profile_path, file("profile.json")}, {dashboard_path, dashboard.dump()}});
  };
  dashboard["currency"] = "USD";
  EXPECT_THAT(text_of(outcome("")),
              HasSubstr("cpaas_balance{provider=\"vobiz\",account=\"test\",currency=\"USD\"}"));
  const auto given = outcome("EUR");
  EXPECT_EQ(given.urls.size(), 1U);
  EXPECT_THAT(text_of(given),
              HasSubstr("cpaas_balance{provider=\"vobiz\",account=\"test\",currency=\"EUR\"}"));
  dashboard.erase("currency");
  const auto none = outcome("");
  EXPECT_THAT(none.errors, IsEmpty());
  EXPECT_THAT(none.page.levels, IsEmpty());
  EXPECT_THAT(text_of(none),
              AllOf(Not(HasSubstr("cpaas_balance{")), HasSubstr("# drift missing currency\n")));
}

TEST(VobizProfile, SaysWhatTheAccountMayDo) {
  json body = document("profile.json");
  body["can_view_cdrs"] = false;
  body["can_create_accounts"] = true;
  EXPECT_THAT(text_of(poll_profile(body)), AllOf(HasSubstr("permission=\"view_cdrs\"} 0\n"),
                                                 HasSubstr("permission=\"create_accounts\"} 1\n")));
}

TEST(VobizCustomers, AVerifiedOneIsNotPending) {
  json body = document("customers.json");
  for (json& row : body["accounts"]) row["kyc_status"] = "verified";
  body["accounts"][0]["kyc_calls_blocked"] = true;
  const auto text = text_of(poll(vobiz(), "customers", partner(), now, {{customers_path(1), body.dump()}}));
  EXPECT_THAT(text, HasSubstr("cpaas_customers_pending_kyc{provider=\"vobiz\",account=\"test\"} 0\n"));
  EXPECT_THAT(text, AllOf(HasSubstr("kyc_status=\"completed\""), HasSubstr("cpaas_customer_calls_blocked{")));
}

TEST(VobizProfile, Minimal) {
  const auto outcome =
      poll(vobiz(), "profile", partner(), now,
           {{profile_path, file("profile-minimal.json")}, {dashboard_path, file("dashboard.json")}});
  expect_golden(vobiz(), outcome, "vobiz/profile-minimal.prom");
}

TEST(VobizProfile, PersonalDataWhenAllowed) {
  const auto outcome = poll(vobiz(), "profile", partner(30, true), now,
                            {{profile_path, file("profile.json")}, {dashboard_path, file("dashboard.json")}});
  EXPECT_THAT(text_of(outcome),
              HasSubstr("person_name=\"John Doe\",email=\"admin@example.com\",phone=\"+919876543210\""));
}

TEST(VobizProfile, WithoutABalanceIsAnError) {
  json body = document("profile.json");
  body["balance"] = nullptr;
  const auto outcome = poll_profile(body);
  EXPECT_EQ(message_of(outcome), "profile: the response has nothing of what was asked for");
  EXPECT_THAT(outcome.page.levels, IsEmpty());
}

TEST(VobizProfile, AStrangeCurrencyIsNotTakenForTheDefault) {
  json body = document("profile.json");
  body["currency"] = "rupees";
  EXPECT_THAT(text_of(poll_profile(body)), Not(HasSubstr("cpaas_balance")));
}

// --- customers

TEST(VobizCustomers, OnePage) {
  const auto outcome =
      poll(vobiz(), "customers", partner(), now, {{customers_path(1), file("customers.json")}});
  expect_golden(vobiz(), outcome, "vobiz/customers.prom");
}

TEST(VobizCustomers, PersonalDataWhenAllowed) {
  const auto outcome =
      poll(vobiz(), "customers", partner(30, true), now, {{customers_path(1), file("customers.json")}});
  expect_golden(vobiz(), outcome, "vobiz/customers-personal.prom");
}

TEST(VobizCustomers, Older) {
  const auto outcome =
      poll(vobiz(), "customers", partner(), now, {{customers_path(1), file("customers-older.json")}});
  expect_golden(vobiz(), outcome, "vobiz/customers-older.prom");
}

TEST(VobizCustomers, CountsAreOverAllPages) {
  const auto outcome = poll(vobiz(), "customers", partner(), now,
                            {{customers_path(1), file("customers-page-1.json")},
                             {customers_path(2), file("customers-page-2.json")},
                             {customers_path(3), file("customers-page-3.json")}});
  EXPECT_EQ(outcome.urls.size(), 3U);
  expect_golden(vobiz(), outcome, "vobiz/customers-pages.prom");
}

TEST(VobizCustomers, ACustomerThatMovedToTheNextPageCountsOnce) {
  json second = document("customers-page-2.json");
  second["accounts"].insert(second["accounts"].begin(), document("customers-page-1.json")["accounts"][1]);
  const auto outcome = poll(vobiz(), "customers", partner(), now,
                            {{customers_path(1), file("customers-page-1.json")},
                             {customers_path(2), second.dump()},
                             {customers_path(3), file("customers-page-3.json")}});
  const auto text = text_of(outcome);
  EXPECT_THAT(text, HasSubstr("state=\"active\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("state=\"inactive\"} 2\n"));
}

TEST(VobizCustomers, AListShorterThanItSaysFailsThePoll) {
  const auto outcome = poll(vobiz(), "customers", partner(), now,
                            {{customers_path(1), file("customers-page-1.json")},
                             {customers_path(2), R"({"accounts": [], "total": 5, "page": 2, "size": 2})"}});
  EXPECT_EQ(outcome.urls.size(), 6U) << "three times, in case it changed meanwhile";
  EXPECT_EQ(message_of(outcome), "customers: the list is not whole: 2 rows of 5");
}

// A customer who leaves between two requests moves another to a page that was read already.
TEST(VobizCustomers, AListThatChangedMeanwhileIsReadAgain) {
  const auto page = [](int total, std::vector<int> ids) {
    json body{{"total", total}, {"size", 2}, {"accounts", json::array()}};
    for (const int id : ids) {
      body["accounts"].push_back({{"auth_id", "MA_" + std::to_string(id)}, {"cash_credits", id}});
    }
    return body;
  };
  Call call =
      std::ranges::find(vobiz().endpoints, "customers", &Endpoint::name)->start(partner(), {now}).front();
  std::vector<Sample> samples;
  std::vector<std::string> urls;
  for (const json& body : {page(4, {1, 2}), page(3, {4}), page(3, {2, 3}), page(3, {4})}) {
    urls.push_back(call.request.url.substr(call.request.url.find("page=")));
    auto read = call.parse(Reply{body, now});
    ASSERT_TRUE(read);
    if (read->starts_over) samples.clear();
    std::move(read->samples.begin(), read->samples.end(), std::back_inserter(samples));
    if (!read->next.empty()) call = std::move(read->next.front());
  }
  EXPECT_THAT(urls, ElementsAre("page=1&per_page=100", "page=2&per_page=100", "page=1&per_page=100",
                                "page=2&per_page=100"));
  std::vector<std::string> wallets;
  for (const Sample& each : samples) {
    if (each.family->name == "cpaas_customer_info") wallets.emplace_back(each.labels.values().front());
  }
  EXPECT_THAT(wallets, ElementsAre("MA_2", "MA_3", "MA_4"));
}

TEST(VobizCustomers, NoCustomersAreZeroCustomers) {
  for (const std::string rows : {"[]", "null"}) {
    const auto text = text_of(
        poll(vobiz(), "customers", partner(), now,
             {{customers_path(1), R"({"total": 0, "page": 1, "size": 20, "accounts": )" + rows + "}"}}));
    EXPECT_THAT(text, HasSubstr("state=\"active\"} 0\n")) << rows;
    EXPECT_THAT(text, HasSubstr("cpaas_customers_pending_kyc{provider=\"vobiz\",account=\"test\"} 0\n"))
        << rows;
  }
}

TEST(VobizCustomers, WithoutATotalAShortPageIsTheEnd) {
  json full = document("customers-page-1.json");
  json last = document("customers-page-3.json");
  full.erase("total");
  last.erase("total");
  const auto outcome = poll(vobiz(), "customers", partner(), now,
                            {{customers_path(1), full.dump()}, {customers_path(2), last.dump()}});
  EXPECT_THAT(outcome.errors, IsEmpty());
  EXPECT_THAT(text_of(outcome), HasSubstr("state=\"inactive\"} 1\n"));
}

TEST(VobizCustomers, APageThatRepeatsItselfFailsThePoll) {
  const auto page = file("customers-page-1.json");
  const auto outcome =
      poll(vobiz(), "customers", partner(), now, {{customers_path(1), page}, {customers_path(2), page}});
  EXPECT_EQ(message_of(outcome), "customers: the list is not whole: 2 rows of 5");
}

TEST(VobizCustomers, AnEndlessListFailsThePoll) {
  std::map<std::string, std::string> pages;
  for (int page = 1; page <= 500; ++page) {
    const std::string id = "MA_" + std::to_string(page);
    pages[customers_path(page)] =
        json{{"accounts", {{{"auth_id", id}, {"cash_credits", 1}}}}, {"total", 1000000}, {"size", 1}}.dump();
  }
  const auto outcome = poll(vobiz(), "customers", partner(), now, pages);
  EXPECT_EQ(outcome.urls.size(), 500U);
  EXPECT_EQ(message_of(outcome), "customers: page 500 is not the last one");
}

TEST(VobizCustomers, NoListIsAnError) {
  const auto outcome = poll(vobiz(), "customers", partner(), now, {{customers_path(1), R"({"total": 2})"}});
  EXPECT_EQ(message_of(outcome), "customers: the response has nothing of what was asked for");
}

TEST(VobizCustomers, RowsWithoutAnyWalletAreAnError) {
  json body = document("customers.json");
  const auto answer = [&] {
    return message_of(poll(vobiz(), "customers", partner(), now, {{customers_path(1), body.dump()}}));
  };
  body["accounts"][0]["cash_credits"] = nullptr;
  EXPECT_EQ(answer(), "");
  for (json& row : body["accounts"]) row["cash_credits"] = nullptr;
  EXPECT_EQ(answer(), "customers: the response has nothing of what was asked for");
}

TEST(VobizCustomers, AnUnknownStateOrCheckLeavesNoCount) {
  json body = document("customers.json");
  body["accounts"][0].erase("is_active");
  body["accounts"][1]["kyc_status"] = nullptr;
  const auto text = text_of(poll(vobiz(), "customers", partner(), now, {{customers_path(1), body.dump()}}));
  EXPECT_THAT(text,
              AllOf(Not(HasSubstr("cpaas_customers{")), Not(HasSubstr("cpaas_customers_pending_kyc{"))));
  EXPECT_THAT(text, HasSubstr("cpaas_customer_balance{"));
  EXPECT_THAT(text, AllOf(HasSubstr("# drift missing accounts[].is_active\n"),
                          HasSubstr("# drift missing accounts[].kyc_status\n")));
}

TEST(VobizCustomers, TheirTokensStayOut) {
  json body = document("customers.json");
  body["accounts"][0]["auth_token"] = "customer-token";
  const auto text =
      text_of(poll(vobiz(), "customers", partner(30, true), now, {{customers_path(1), body.dump()}}));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("customer-token")), Not(HasSubstr("auth_token"))));
}

// --- scope account

TEST(VobizAccount, Balance) {
  const auto outcome = poll(vobiz(), "balance", settings_of("account"), now,
                            {{"/api/v1/Account/MA_XXXXXXXX/balance/INR", file("balance.json")}});
  expect_golden(vobiz(), outcome, "vobiz/balance.prom");
}

TEST(VobizAccount, OlderBalanceInAnotherCurrency) {
  Settings settings = settings_of("account");
  settings.texts["currency"] = "USD";
  json body = document("balance-older.json");
  body["currency"] = "USD";
  const auto outcome =
      poll(vobiz(), "balance", settings, now, {{"/api/v1/Account/MA_XXXXXXXX/balance/USD", body.dump()}});
  expect_golden(vobiz(), outcome, "vobiz/balance-older.prom");
}

TEST(VobizAccount, Concurrency) {
  const auto outcome = poll(vobiz(), "concurrency", settings_of("account"), now,
                            {{"/api/v1/Account/MA_XXXXXXXX/concurrency", file("concurrency.json")}});
  expect_golden(vobiz(), outcome, "vobiz/concurrency.prom");
}

TEST(VobizAccount, Numbers) {
  const auto outcome =
      poll(vobiz(), "numbers", settings_of("account"), now,
           {{"/api/v1/Account/MA_XXXXXXXX/numbers?page=1&per_page=1", file("numbers.json")}});
  expect_golden(vobiz(), outcome, "vobiz/numbers.prom");
}

}  // namespace
}  // namespace cpaas::testing
