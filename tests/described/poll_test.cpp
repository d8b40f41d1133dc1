#include "described/poll.h"

#include <gmock/gmock.h>

#include "tests/described/acme.h"

namespace cpaas::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string one_metric(const std::string& value, const std::string& more = "") {
  return acme_with("    request: {path: /a}\n" + more +
                   "    metrics:\n      - {metric: cpaas_phone_numbers, value: " + value + "}\n");
}

std::vector<std::string> values_of(const std::string& value, const std::string& document) {
  Acme acme(one_metric(value));
  const auto page = acme.poll({json::parse(document)});
  if (!page) return {"error " + page.error().message};
  auto lines = shown(*page);
  for (const std::string& path : page->drift.missing) lines.push_back("missing " + path);
  for (const std::string& path : page->drift.mistyped) lines.push_back("mistyped " + path);
  for (const std::string& path : page->drift.unknown) lines.push_back("unknown " + path);
  return lines;
}

// --- values

TEST(DescribedValue, IsANumberOrATextOfOne) {
  EXPECT_THAT(values_of("/a", R"({"a": 5})"), ElementsAre("cpaas_phone_numbers{} 5"));
  EXPECT_THAT(values_of("/a", R"({"a": "5.5"})"), ElementsAre("cpaas_phone_numbers{} 5.5"));
  EXPECT_THAT(values_of("/a/0/b~1c", R"({"a": [{"b/c": 7}]})"), ElementsAre("cpaas_phone_numbers{} 7"));
}

TEST(DescribedValue, IsConverted) {
  const std::vector<std::array<std::string, 3>> cases{
      {"scale: -1, pointer: /a", "-4", "4"},
      {"divide: 10000, pointer: /a", "12345", "1.2345"},
      {"unit: minutes, pointer: /a", "1.1", "66"},
      {"unit: hours, pointer: /a", "0.5", "1800"},
      {"unit: milliseconds, pointer: /a", "1500", "1.5"},
      {"unit: percent, pointer: /a", "25", "0.25"},
      {"unit: clock, pointer: /a", "\"01:00:01\"", "3601"},
      {"unit: flag, pointer: /a", "\"true\"", "1"},
      {"unit: flag, pointer: /a", "0", "0"},
      {"unit: time, pointer: /a", "\"2026-06-15\"", "1781481600"},
      {"unit: time, pointer: /a", "\"Sun, 06 Sep 2015 12:58:45 +0000\"", "1441544325"},
      {"unit: time, divide: 1000, pointer: /a", "1781481600000", "1781481600"},
      {"thousands: \",\", pointer: /a", "\"1,234.5\"", "1234.5"},
      {"part: 2, pointer: /a", "\"KES 1785.50\"", "1785.5"},
      {"equals: [on, yes], pointer: /a", "\"yes\"", "1"},
      {"equals: on, pointer: /a", "\"no\"", "0"},
      {"signed: true, pointer: /a", "-4", "-4"},
      {"unit: minor, pointer: /a", "1234", "12.34"},
  };
  for (const auto& [value, given, expected] : cases) {
    EXPECT_THAT(values_of("{" + value + "}", "{\"a\": " + given + "}"),
                ElementsAre("cpaas_phone_numbers{} " + expected))
        << value;
  }
}

TEST(DescribedValue, OfAnotherKindIsDrift) {
  for (const char* given : {"-1", "true", "[]", "{}", "\"x\"", "\"1e999\""}) {
    EXPECT_THAT(values_of("/a", std::string(R"({"b": 1, "a": )") + given + "}"),
                ElementsAre(HasSubstr("nothing of what was asked for")))
        << given;
  }
  EXPECT_THAT(values_of("{pointer: /a, whole: true, optional: true}", R"({"a": 0.5})"),
              ElementsAre("mistyped a"));
}

TEST(DescribedValue, ThatStandsForNothingIsNoSample) {
  EXPECT_THAT(values_of("{pointer: /a, absent: [unlimited, -1]}", R"({"a": "unlimited"})"), IsEmpty());
  EXPECT_THAT(values_of("{pointer: /a, absent: [unlimited, -1]}", R"({"a": -1})"), IsEmpty());
  EXPECT_THAT(values_of("{pointer: /a, optional: true}", R"({"a": null})"), IsEmpty());
}

TEST(DescribedValue, TheFirstSpellingThatExistsCounts) {
  EXPECT_THAT(values_of("{pointer: [/UserData, /userData]}", R"({"userData": 3})"),
              ElementsAre("cpaas_phone_numbers{} 3"));
}

TEST(DescribedValue, IsTheLengthOfAList) {
  EXPECT_THAT(values_of("{length: /calls}", R"({"calls": ["a", "b"]})"),
              ElementsAre("cpaas_phone_numbers{} 2"));
}

TEST(DescribedAnswer, WhatIsNotDescribedIsUnknown) {
  EXPECT_THAT(values_of("/a", R"({"a": 1, "b": {"c": 2}})"),
              ElementsAre("cpaas_phone_numbers{} 1", "unknown b"));
  Acme ignoring(one_metric("/a/x", "    ignore: [/b, \"/rows/*/c\"]\n"));
  const auto page =
      ignoring.poll({json::parse(R"({"a": {"x": 1, "y": 2}, "b": 3, "rows": [{"c": 1, "d": 2}]})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(page->drift.unknown, ElementsAre("a.y", "rows[].d"));
}

// --- rows

constexpr std::string_view rows =
    "    request: {path: /a}\n    each: /rows\n    metrics:\n"
    "      - {metric: cpaas_today_calls, value: /n, labels: {direction: {pointer: /d, map: {in: inbound, "
    "out: outbound}}}}\n";

TEST(DescribedRows, GiveASeriesEach) {
  Acme acme(acme_with(rows));
  const auto page = acme.poll({json::parse(
      R"({"rows": [{"d": "in", "n": 1}, {"d": "out", "n": 2}, {"d": "odd", "n": 3}, {"d": "in", "n": 9}]})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(shown(*page), ElementsAre("cpaas_today_calls{inbound} 1", "cpaas_today_calls{outbound} 2"));
  EXPECT_THAT(page->drift.mistyped, ElementsAre("rows[].d"));
}

TEST(DescribedRows, NoRowsAreAnAnswerAndNoListIsNone) {
  Acme acme(acme_with(rows));
  EXPECT_TRUE(acme.poll({json::parse(R"({"rows": []})")}));
  EXPECT_FALSE(acme.poll({json::parse(R"({"rows": 5})")}));
  EXPECT_FALSE(acme.poll({json::object()}));
}

TEST(DescribedRows, MayBeAddedUpOverAllPages) {
  Acme acme(acme_with(
      "    request: {path: /a}\n    pages: {next: /next}\n    each: /rows\n    metrics:\n"
      "      - {metric: cpaas_today_calls, sum: true, value: /n, labels: {direction: combined}}\n"));
  auto page = acme.poll({json::parse(R"({"next": "/a?page=2", "rows": [{"n": 1}, {"n": 2}]})"),
                         json::parse(R"({"next": null, "rows": [{"n": 4}]})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(shown(*page), ElementsAre("cpaas_today_calls{combined} 7"));
  page = acme.poll({json::parse(R"({"next": null, "rows": [{"n": 4}, {"n": "x"}]})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(shown(*page), IsEmpty()) << "a part of a sum is none";
}

TEST(DescribedRows, NestAndCanBeMaps) {
  Acme acme(acme_with(
      "    request: {path: /a}\n    each: [/data, /results]\n    metrics:\n"
      "      - {metric: cpaas_product_today_calls, value: /n, labels: {product: {key: true}}}\n"
      "      - {metric: cpaas_product_today_cost, value: /c, labels: {product: ../p, currency: ^/cur}}\n"));
  const auto page = acme.poll(
      {json::parse(R"({"cur": "EUR", "data": [{"p": "sms", "results": {"x": {"n": 1, "c": 2}}}]})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(shown(*page),
              ElementsAre("cpaas_product_today_calls{x} 1", "cpaas_product_today_cost{sms|EUR} 2"));
  EXPECT_TRUE(page->drift.empty());
}

TEST(DescribedRows, AreChosenByWhatTheySay) {
  Acme acme(
      acme_with("    request: {path: /a}\n    each: /rows\n    where: {/k: [a, b], /off: {not: \"true\"}}\n  "
                "  metrics:\n"
                "      - {metric: cpaas_today_calls, value: /n, labels: {direction: /k}}\n"));
  const auto page = acme.poll({json::parse(
      R"({"rows": [{"k": "a", "off": false, "n": 1}, {"k": "b", "off": true, "n": 2}, {"k": "c", "off": false, "n": 3}]})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(shown(*page), ElementsAre("cpaas_today_calls{a} 1"));
}

TEST(DescribedRows, MayBeLeftOutWhereTheySayNothing) {
  Acme acme(acme_with(
      "    request: {path: /a}\n    each: /rows\n    where: {/d: given}\n    metrics:\n"
      "      - {metric: cpaas_today_calls, sum: true, value: /n, labels: {direction: combined}}\n"));
  const auto page =
      acme.poll({json::parse(R"({"rows": [{"d": "in", "n": 1}, {"id": 2}, {"d": "x", "n": 3}]})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(shown(*page), ElementsAre("cpaas_today_calls{combined} 4"));
  EXPECT_THAT(page->drift.missing, IsEmpty());
}

TEST(DescribedRows, OfDaysAreForTheLedger) {
  Acme acme(
      acme_with("    request: {path: /a, query: {from: \"{days.first_day}\", to: \"{today}\"}}\n    days: "
                "3\n    each: /rows\n    metrics:\n"
                "      - {metric: cpaas_cost_total, value: /n, labels: {category: all, currency: EUR}, "
                "ledger: day, day: /d}\n"));
  const auto page = acme.poll({json::parse(
      R"({"rows": [{"d": "2026-06-14", "n": 1.5}, {"d": "2027-01-01", "n": 2}, {"d": "2026-06-11", "n": 4}]})")});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->days.size(), 1U);
  EXPECT_EQ(format_date(page->days.front().day), "2026-06-14");
  ASSERT_EQ(page->days_read.size(), 1U);
  EXPECT_EQ(format_date(page->days_read.front().from), "2026-06-13");
  EXPECT_THAT(page->drift.mistyped, ElementsAre("rows[].d"));
  EXPECT_THAT(acme.urls, ElementsAre("https://api.acme.example/a?from=2026-06-13&to=2026-06-15"));
}

TEST(DescribedRows, BeyondTheLimitFailThePoll) {
  Acme acme(acme_with(rows, "limits: {series: 1}\n"));
  const auto page = acme.poll({json::parse(R"({"rows": [{"d": "in", "n": 1}, {"d": "out", "n": 2}]})")});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().reason, Reason::too_large);
}

TEST(DescribedLabels, OfPeopleNeedTheUsersWord) {
  const std::string text = acme_with(
      "    request: {path: /a}\n    metrics:\n      - {metric: cpaas_account_info, labels: {plan: /p, email: "
      "{pointer: /e, personal: true, optional: true}}}\n");
  Acme acme(text);
  const auto answer = json::parse(R"({"p": "gold", "e": "a@b.example"})");
  EXPECT_THAT(shown(*acme.poll({answer})), ElementsAre("cpaas_account_info{|gold||||||||} 1"));
  acme.settings.personal_data = true;
  EXPECT_THAT(shown(*acme.poll({answer})), ElementsAre("cpaas_account_info{|gold|||||||a@b.example|} 1"));
}

// --- levels, success

TEST(DescribedLevel, IsAGaugeAndForTheLedger) {
  Acme acme(
      acme_with("    request: {path: /a}\n    metrics: [{metric: cpaas_balance, value: {pointer: /b, signed: "
                "true}, labels: {currency: {pointer: /c, upper: true}}, ledger: level}]\n"));
  const auto page = acme.poll({json::parse(R"({"b": "-2.5", "c": "eur"})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(shown(*page), ElementsAre("cpaas_balance{EUR} -2.5"));
  ASSERT_EQ(page->levels.size(), 1U);
  EXPECT_EQ(page->levels.front().spent->name, "cpaas_balance_spent_total");
  EXPECT_EQ(page->levels.front().added->name, "cpaas_balance_added_total");
}

TEST(DescribedSuccess, IsWhatTheBodySays) {
  Acme acme(acme_with("    request: {path: /a}\n    metrics: [{metric: cpaas_phone_numbers, value: /n}]\n",
                      "success: {pointer: /status, equals: [ok, 200]}\n"));
  EXPECT_TRUE(acme.poll({json::parse(R"({"status": "ok", "n": 1})")}));
  EXPECT_TRUE(acme.poll({json::parse(R"({"status": 200, "n": 1})")}));
  const auto failed = acme.poll({json::parse(R"({"status": "denied", "n": 1})")});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "usage: status does not say that it worked");
}

// --- pages

constexpr std::string_view paged =
    "    request: {path: /a, query: {limit: 2}}\n    each: /rows\n    metrics:\n"
    "      - {metric: cpaas_today_calls, value: /n, labels: {direction: /d}}\n    pages: ";

std::string with_pages(const std::string& pages) {
  return acme_with(std::string(paged) + pages + "\n");
}

json page_of(const std::string& direction, json more) {
  more["rows"] = json::array({{{"d", direction}, {"n", 1}}});
  return more;
}

TEST(DescribedPages, FollowALinkOfTheSameServer) {
  Acme acme(with_pages("{next: /next}"));
  ASSERT_TRUE(acme.poll({page_of("a", {{"next", "/a?page=2"}}),
                         page_of("b", {{"next", "https://API.acme.example/a?page=3"}}),
                         page_of("c", {{"next", "?page=4"}}), page_of("d", {{"next", nullptr}})}));
  EXPECT_THAT(acme.urls,
              ElementsAre("https://api.acme.example/a?limit=2", "https://api.acme.example/a?page=2",
                          "https://api.acme.example/a?page=3", "https://api.acme.example/a?page=4"));
}

TEST(DescribedPages, NeverLeaveTheServer) {
  for (const char* link :
       {"https://evil.example/a", "http://api.acme.example/a", "https://api.acme.example:8443/a",
        "https://api.acme.example@evil.example/", "https://api.acme.example.evil.example/",
        "//evil.example/a", "\\\\evil.example", "/a b", "/a\r\nX: 1", "ftp://api.acme.example/", "a"}) {
    Acme acme(with_pages("{next: /next}"));
    const auto page = acme.poll({page_of("a", {{"next", link}}), page_of("b", {{"next", nullptr}})});
    ASSERT_FALSE(page) << link;
    EXPECT_THAT(page.error().message, HasSubstr("the next page would be at another server")) << link;
    EXPECT_THAT(page.error().message, Not(HasSubstr("evil"))) << link;
  }
}

TEST(DescribedPages, EndWhereTheyWouldGoRound) {
  Acme acme(with_pages("{next: /next}"));
  const auto page =
      acme.poll({page_of("a", {{"next", "/a?page=2"}}), page_of("b", {{"next", "/a?limit=2"}})});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().message, "usage: a page leads back to one that was read before");
}

TEST(DescribedPages, AreBounded) {
  Acme acme(acme_with(std::string(paged) + "{next: /next}\n", "limits: {requests: 3}\n"));
  std::deque<json> answers;
  for (int i = 1; i < 9; ++i) answers.push_back(page_of("a", {{"next", "/a?page=" + std::to_string(i)}}));
  const auto page = acme.poll(answers);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().message, "usage: more than 3 pages");
  EXPECT_EQ(acme.urls.size(), 3U);
}

TEST(DescribedPages, FollowACursorWhileThereIsMore) {
  Acme acme(with_pages("{cursor: /c, parameter: after, more: /more}"));
  ASSERT_TRUE(
      acme.poll({page_of("a", {{"c", "x y"}, {"more", true}}), page_of("b", {{"c", "z"}, {"more", false}})}));
  EXPECT_THAT(acme.urls, ElementsAre("https://api.acme.example/a?limit=2",
                                     "https://api.acme.example/a?limit=2&after=x%20y"));
}

TEST(DescribedPages, CountToTheLastOne) {
  Acme acme(with_pages("{last_page: /pages, parameter: \"page[number]\"}"));
  ASSERT_TRUE(acme.poll({page_of("a", {{"pages", "2"}}), page_of("b", {{"pages", 2}})}));
  EXPECT_THAT(acme.urls.back(), HasSubstr("&page%5Bnumber%5D=2"));
}

TEST(DescribedPages, ByOffsetProveThatTheListIsWhole) {
  Acme acme(with_pages("{offset: true, parameter: offset, total: /total}"));
  ASSERT_TRUE(acme.poll({page_of("a", {{"total", 2}}), page_of("b", {{"total", 2}})}));
  EXPECT_THAT(acme.urls.back(), HasSubstr("&offset=1"));
  const auto page = acme.poll({page_of("a", {{"total", 3}}), json{{"total", 3}, {"rows", json::array()}}});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().message, "usage: the list is not whole: 1 rows of 3");
}

TEST(DescribedPages, ByOffsetWithoutATotalEndWithOneThatIsNotFull) {
  Acme acme(with_pages("{offset: true, parameter: skip, size: 1}"));
  ASSERT_TRUE(acme.poll({page_of("a", {}), page_of("b", {}), json{{"rows", json::array()}}}));
  EXPECT_THAT(acme.urls,
              ElementsAre("https://api.acme.example/a?limit=2", "https://api.acme.example/a?limit=2&skip=1",
                          "https://api.acme.example/a?limit=2&skip=2"));
  const auto page = acme.poll(std::deque<json>(60, page_of("a", {})));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().message, "usage: more than 50 pages");
}

TEST(DescribedPages, FollowALinkHeader) {
  Acme acme(with_pages("{link_header: Link}"));
  const auto calls = acme.start();
  HttpResponse response;
  response.headers["link"] = R"(<https://api.acme.example/a?page=1>; rel="prev", </a?page=3>; rel="next")";
  const json body = page_of("a", {});
  const auto page = calls.front().parse(Reply{body, noon, &response});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->next.size(), 1U);
  EXPECT_EQ(page->next.front().request.url, "https://api.acme.example/a?page=3");
}

// --- requests

TEST(DescribedRequest, MayBeRepeatedForAList) {
  Acme acme(
      acme_with("    request: {path: \"/p/{project}\", repeat: {project: projects}}\n    metrics: [{metric: "
                "cpaas_product_today_calls, value: /n, labels: {product: \"{project}\"}}]\n"));
  EXPECT_THAT(acme.start(), IsEmpty());
  acme.settings.lists["projects"] = {"a/b", "c"};
  const auto page = acme.poll({json{{"n", 1}}, json{{"n", 2}}});
  ASSERT_TRUE(page);
  EXPECT_THAT(acme.urls, ElementsAre("https://api.acme.example/p/a%2Fb", "https://api.acme.example/p/c"));
  EXPECT_THAT(shown(*page),
              ElementsAre("cpaas_product_today_calls{a/b} 1", "cpaas_product_today_calls{c} 2"));
  EXPECT_EQ(acme.start().front().member, "a/b");
}

std::string for_each_project(const std::string& more = "") {
  return acme_with(
      "    request: {path: \"/p/{project}\", repeat: {project: {path: /projects, query: {state: on}, "
      "each: /data, pointer: /id" +
      more +
      "}}}\n    metrics: [{metric: cpaas_product_today_calls, value: "
      "/n, labels: {product: \"{project}\"}}]\n");
}

TEST(DescribedRequest, MayBeRepeatedForTheRowsOfAList) {
  Acme acme(for_each_project());
  const auto page =
      acme.poll({json::parse(R"({"data": [{"id": "a/b"}, {"id": 7}, {"id": "a/b"}, {"name": "x"}]})"),
                 json{{"n", 1}}, json{{"n", 2}}});
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(acme.urls, ElementsAre("https://api.acme.example/projects?state=on",
                                     "https://api.acme.example/p/a%2Fb", "https://api.acme.example/p/7"));
  EXPECT_THAT(shown(*page),
              ElementsAre("cpaas_product_today_calls{a/b} 1", "cpaas_product_today_calls{7} 2"));
  EXPECT_THAT(page->drift.missing, ElementsAre("data[].id"));
  EXPECT_THAT(shown(*acme.poll({json::parse(R"({"data": []})")})), IsEmpty());
}

TEST(DescribedRequest, EachRowOfAListMayFailAlone) {
  Acme acme(for_each_project());
  const json list = json::parse(R"({"data": [{"id": "a"}, {"id": "b"}]})");
  const auto page = acme.start().front().parse(Reply{list, noon});
  ASSERT_TRUE(page);
  EXPECT_EQ(acme.start().front().member, "");
  EXPECT_EQ(page->next.front().member, "a");
  EXPECT_EQ(page->next.back().member, "b");
}

TEST(DescribedRequest, ListsCannotMultiplyRequests) {
  Acme acme(for_each_project(", most: 2"));
  const auto page = acme.poll({json::parse(R"({"data": [{"id": 1}, {"id": 2}, {"id": 3}]})")});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().reason, Reason::too_large);
  EXPECT_EQ(page.error().message, "usage: more than 2 rows to ask for one by one");
}

TEST(DescribedRequest, ListsMustBeThereAndWhole) {
  Acme acme(for_each_project(", total: /total"));
  for (const char* answer :
       {R"({"data": null, "total": 0})", R"({"data": {}, "total": 0})",
        R"({"data": [{"id": 1}], "total": 2})", R"({"data": [{"id": 1}]})",
        R"({"data": [{"no": 1}], "total": 1})", R"({"data": [{"id": "a\nb"}], "total": 1})"}) {
    const auto page = acme.poll({json::parse(answer)});
    ASSERT_FALSE(page) << answer;
    EXPECT_EQ(page.error().reason, Reason::schema);
  }
}

TEST(DescribedRequest, MayHaveABody) {
  Acme acme(acme_with(
      "    request: {path: /q, body: {from: \"{month.first_day:epoch_ms}\", text: \"a \\\"{id}\\\"\", n: 5, "
      "list: [true, null]}}\n    metrics: [{metric: cpaas_phone_numbers, value: /n}]\n"));
  acme.settings.texts["id"] = "x\"y";
  const auto calls = acme.start();
  ASSERT_TRUE(calls.front().request.body);
  EXPECT_EQ(json::parse(*calls.front().request.body),
            json::parse(R"({"from": 1780272000000, "text": "a \"x\"y\"", "n": 5, "list": [true, null]})"));
}

// --- logins

std::string with_login(const std::string& login, const std::string& more = "") {
  std::string text = acme_with("    request: {path: /q" + more +
                               "}\n    metrics: [{metric: cpaas_phone_numbers, value: /n}]\n");
  const std::string bearer = "bearer: \"{api_key}\"";
  return text.replace(text.find(bearer), bearer.size(), "oauth2: {" + login + "}");
}

std::string header_of(const HttpRequest& request, std::string_view name) {
  for (const Header& header : request.headers) {
    if (header.name == name) return header.value.reveal();
  }
  return "none";
}

TEST(DescribedLogin, GivesTheTokenOfThePollsRequests) {
  Acme acme(with_login(
      "token_url: /oauth/token, client_id: \"{id}\", client_secret: \"{api_key}\", form: {scope: a b}"));
  acme.settings.texts["id"] = "me&you";
  acme.settings.secrets["api_key"] = Secret("k3y=");
  const auto calls = acme.start();
  ASSERT_EQ(calls.size(), 1U);
  const HttpRequest& login = calls.front().request;
  EXPECT_EQ(login.url, "https://api.acme.example/oauth/token");
  EXPECT_EQ(login.body, "grant_type=client_credentials&client_id=me%26you&client_secret=k3y%3D&scope=a%20b");
  EXPECT_EQ(header_of(login, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(header_of(login, "Authorization"), "none");

  const json answer{{"access_token", "t0ken"}, {"expires_in", 3600}};
  const auto page = calls.front().parse(Reply{answer, noon});
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->drift.empty());
  ASSERT_EQ(page->next.size(), 1U);
  EXPECT_EQ(page->next.front().request.url, "https://api.acme.example/q");
  EXPECT_EQ(header_of(page->next.front().request, "Authorization"), "Bearer t0ken");
  EXPECT_THAT(shown(*acme.poll({answer, json{{"n", 3}}})), ElementsAre("cpaas_phone_numbers{} 3"));
}

TEST(DescribedLogin, MayBeAtAnotherServerAndInAHeader) {
  Acme acme(
      with_login("token_url: https://login.acme.example/token, client_id: a, client_secret: \"{api_key}\", "
                 "send: basic, token: /data/jwt"));
  const auto calls = acme.start();
  EXPECT_EQ(calls.front().request.url, "https://login.acme.example/token");
  EXPECT_EQ(calls.front().request.body, "grant_type=client_credentials");
  EXPECT_EQ(header_of(calls.front().request, "Authorization"), "Basic YTprM3k=");
  const json answer{{"data", {{"jwt", "t"}}}};
  EXPECT_EQ(header_of(calls.front().parse(Reply{answer, noon})->next.front().request, "Authorization"),
            "Bearer t");
}

TEST(DescribedLogin, WithoutATokenIsAnErrorThatShowsNothing) {
  Acme acme(with_login("token_url: /token, client_id: a, client_secret: \"{api_key}\""));
  for (const json& answer : {json::object(), json{{"access_token", 7}}, json{{"access_token", "s3\ncret"}},
                             json{{"access_token", ""}}, json{{"token", "s3cret"}}}) {
    const auto page = acme.start().front().parse(Reply{answer, noon});
    ASSERT_FALSE(page) << answer;
    EXPECT_EQ(page.error().message, "usage: the login gave no token");
  }
}

TEST(DescribedLogin, IsNotAskedForWhereNothingFollows) {
  Acme acme(with_login("token_url: /token, client_id: a, client_secret: \"{api_key}\"",
                       ", repeat: {project: projects}"));
  EXPECT_THAT(acme.start(), IsEmpty());
  acme.settings.lists["projects"] = {"a", "b"};
  const json answer{{"access_token", "t"}};
  const auto page = acme.start().front().parse(Reply{answer, noon});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->next.size(), 2U);
  EXPECT_EQ(page->next.back().member, "b");
}

TEST(DescribedRequest, LeavesOutWhatIsNotGiven) {
  Acme acme(
      acme_with("    request: {path: /q, query: {id: \"{id}\", d: \"{today}\"}}\n    metrics: [{metric: "
                "cpaas_phone_numbers, value: /n}]\n"));
  EXPECT_EQ(acme.start().front().request.url, "https://api.acme.example/q?d=2026-06-15");
}

}  // namespace
}  // namespace cpaas::testing
