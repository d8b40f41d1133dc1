// One poll: its requests in turn, and all or nothing of what they gave.
#include "exporter/engine/round.h"

#include <gmock/gmock.h>

#include "exporter/core/families.h"
#include "tests/engine/fakes.h"

namespace cpaas::engine {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const TimePoint now = *parse_time("2026-04-15T10:00:00Z");

Sample calls(std::string_view direction, double value) {
  return {&families::calls, Window::d30, {direction}, value};
}

HttpResponse ok(const Script& script) {
  return {200, {}, body_of(script)};
}

// Plays `responses` in turn; the URLs asked for go to `urls`.
Outcome play(const Account& account, const std::vector<Result<HttpResponse>>& responses,
             std::vector<std::string>* urls = nullptr) {
  Round round(account, *account.endpoints.front().endpoint, PollStart{.now = now});
  std::size_t at = 0;
  while (auto request = round.next()) {
    if (urls != nullptr) urls->push_back(request->url);
    if (at == responses.size()) {
      ADD_FAILURE() << "one request too many: " << request->url;
      break;
    }
    round.complete(responses[at++], now);
  }
  return std::move(round).finish();
}

Account usage_account() {
  return account_of("main", {{"usage", 60s}});
}

std::vector<double> values(const Outcome& outcome) {
  std::vector<double> result;
  for (const Sample& sample : outcome.samples) result.push_back(sample.value);
  return result;
}

// --- pages

TEST(Round, FollowsPagesInOrderAndAddsThemUp) {
  std::vector<std::string> urls;
  const Outcome outcome = play(usage_account(),
                               {ok({.samples = {calls("a", 1)}, .next = {"/2", "/3"}}),
                                ok({.samples = {calls("b", 2)}, .next = {"/4"}}),
                                ok({.samples = {calls("c", 3)}}), ok({.samples = {calls("d", 4)}})},
                               &urls);
  EXPECT_FALSE(outcome.error);
  EXPECT_THAT(urls, ElementsAre("http://main/usage", "http://main/2", "http://main/3", "http://main/4"));
  EXPECT_THAT(values(outcome), ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(outcome.requests, 4U);
}

TEST(Round, ForgetsWhatAListGaveThatIsReadAgain) {
  const Outcome outcome = play(
      usage_account(), {ok({.samples = {calls("a", 1), calls("b", 1)}, .next = {"/2"}, .missing = {"x"}}),
                        ok({.samples = {calls("c", 2)}, .next = {"/1"}, .starts_over = true}),
                        ok({.samples = {calls("d", 3)}})});
  EXPECT_FALSE(outcome.error);
  EXPECT_THAT(values(outcome), ElementsAre(2, 3));
  EXPECT_TRUE(outcome.drift.empty());
}

TEST(Round, IsAllOrNothing) {
  const Outcome outcome = play(
      usage_account(), {ok({.samples = {calls("a", 1)}, .next = {"/2", "/3"}}), HttpResponse{500, {}, ""}});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->reason, Reason::http_5xx);
  EXPECT_THAT(outcome.samples, IsEmpty());
  EXPECT_TRUE(outcome.drift.empty());
  EXPECT_EQ(outcome.requests, 2U);  // the third page is not asked for
}

TEST(Round, WithoutRequestsIsAnEmptySuccess) {
  Account account = usage_account();
  account.settings.texts["start"] = "nothing";
  const Outcome outcome = play(account, {});
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.requests, 0U);
}

TEST(Round, EndsAnEndlessPagination) {
  const Account account = usage_account();
  Round round(account, *account.endpoints.front().endpoint, PollStart{.now = now});
  std::size_t requests = 0;
  while (round.next()) {
    ++requests;
    round.complete(ok({.samples = {calls(std::to_string(requests), 1)}, .next = {"/again"}}), now);
  }
  const Outcome outcome = std::move(round).finish();
  EXPECT_EQ(requests, 2000U);
  EXPECT_EQ(outcome.requests, 2000U);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->reason, Reason::schema);
  EXPECT_THAT(outcome.samples, IsEmpty());
}

TEST(Round, GivesRequestsTheAccountsTimeout) {
  Account account = usage_account();
  account.timeout = 3s;
  Round round(account, *account.endpoints.front().endpoint, PollStart{.now = now});
  EXPECT_EQ(round.next()->timeout, 3s);
}

TEST(Round, GathersDrift) {
  const Outcome outcome =
      play(usage_account(), {ok({.next = {"/2"}, .missing = {"a"}}), ok({.missing = {"b"}})});
  EXPECT_THAT(outcome.drift.missing, ElementsAre("a", "b"));
}

// --- caps and duplicates

TEST(Round, KeepsAllThatThePageMayNotShow) {
  Account account = usage_account();
  account.max_series = 1;
  const Outcome outcome = play(account, {ok({.samples = {calls("a", 1), calls("b", 2)}, .next = {"/2"}}),
                                         ok({.samples = {calls("c", 3)}})});
  EXPECT_THAT(values(outcome), ElementsAre(1, 2, 3));
  EXPECT_EQ(outcome.dropped, 0U);
}

TEST(Round, FailsWhereAPollGivesMoreThanMemoryIsThereFor) {
  Account account = usage_account();
  account.max_series = 1;
  const auto gathers = [&](std::size_t most) {
    Round round(account, *account.endpoints.front().endpoint, PollStart{.now = now}, {}, most);
    const std::vector<Result<HttpResponse>> pages{
        ok({.samples = {calls("a", 1), calls("b", 2)}, .next = {"/2"}}),
        ok({.samples = {calls("c", 3)}, .next = {"/3"}}), ok({.samples = {calls("d", 4)}})};
    for (const auto& page : pages) {
      if (round.next()) round.complete(page, now);
    }
    return std::move(round).finish();
  };
  EXPECT_THAT(gathers(4).samples, SizeIs(4));
  const Outcome outcome = gathers(3);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->reason, Reason::too_large);
  EXPECT_EQ(outcome.error->message, "the poll gives more than 3 values");
  EXPECT_THAT(outcome.samples, IsEmpty());
}

TEST(Round, KeepsTheFirstOfSeriesGivenTwice) {
  const Outcome outcome =
      play(usage_account(), {ok({.samples = {calls("a", 1), calls("b", 2), calls("a", 3)}, .next = {"/2"}}),
                             ok({.samples = {calls("b", 4), calls("c", 5)}})});
  EXPECT_THAT(values(outcome), ElementsAre(1, 2, 5));
  EXPECT_EQ(outcome.dropped, 2U);
}

TEST(Round, TellsWindowsAndFamiliesApart) {
  const Sample today{&families::calls, Window::today, {"a"}, 2};
  const Sample cost{&families::cost, Window::d30, {"a"}, 3};
  const Outcome outcome = play(usage_account(), {ok({.samples = {calls("a", 1), today, cost}})});
  EXPECT_THAT(outcome.samples, SizeIs(3));
  EXPECT_EQ(outcome.dropped, 0U);
}

// --- failures

TEST(Round, TakesOverTransportErrors) {
  const Outcome outcome = play(usage_account(), {fail(Reason::dns, "no such host")});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->reason, Reason::dns);
  EXPECT_EQ(outcome.error->message, "no such host");
}

TEST(Round, TakesOverTheCollectorsError) {
  const Outcome outcome = play(usage_account(), {ok({.error = "no such organization"})});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->reason, Reason::schema);
  EXPECT_EQ(outcome.error->message, "no such organization");
}

TEST(Round, AStatusOf200IsNoSuccessWhenTheBodySaysSo) {
  const Outcome outcome =
      play(usage_account(),
           {ok({.samples = {calls("a", 1)}, .next = {"/2"}}),
            HttpResponse{200, {}, R"({"success": false, "samples": [], "message": "API key revoked"})"}});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->reason, Reason::auth);
  EXPECT_EQ(outcome.error->message, "API key revoked");
  EXPECT_THAT(outcome.samples, IsEmpty());
}

TEST(Round, ACollectorsExceptionIsAnInternalError) {
  const Outcome outcome = play(usage_account(), {ok({.exception = "a bug"})});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->reason, Reason::internal);
  EXPECT_EQ(outcome.error->message, "unexpected: a bug");
}

TEST(Round, AnExceptionBeforeTheFirstRequestIsAnInternalError) {
  Account account = usage_account();
  account.settings.texts["start"] = "throw";
  const Outcome outcome = play(account, {});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->reason, Reason::internal);
  EXPECT_EQ(outcome.error->message, "unexpected: no start");
  EXPECT_EQ(outcome.requests, 0U);
}

TEST(Round, ABodyThatIsNotJsonFailsThePoll) {
  EXPECT_EQ(play(usage_account(), {HttpResponse{200, {}, "<html>"}}).error->reason, Reason::parse);
  EXPECT_EQ(play(usage_account(), {HttpResponse{204, {}, ""}}).error->reason, Reason::parse);
}

// --- secrets

std::string message_after(const Account& account, const std::string& echoed) {
  const std::string body = nlohmann::json{{"message", echoed}}.dump();
  return play(account, {HttpResponse{401, {}, body}}).error->message;
}

Account account_with_secrets(std::initializer_list<std::string> secrets) {
  Account account = usage_account();
  for (const std::string& secret : secrets) {
    account.settings.secrets.emplace("key" + std::to_string(account.settings.secrets.size()), Secret(secret));
  }
  return account;
}

TEST(RoundSecrets, AreStruckOutOfErrorTexts) {
  EXPECT_EQ(message_after(account_with_secrets({"sk-12345"}), "bad key sk-12345, sk-12345!"),
            "HTTP status 401: bad key <secret>, <secret>!");
}

TEST(RoundSecrets, AreStruckOutOfTransportAndCollectorErrors) {
  const Account account = account_with_secrets({"sk-12345"});
  EXPECT_EQ(play(account, {fail(Reason::connect, "no route to sk-12345")}).error->message,
            "no route to <secret>");
  EXPECT_EQ(play(account, {ok({.error = "unknown sk-12345"})}).error->message, "unknown <secret>");
  EXPECT_EQ(play(account, {ok({.exception = "sk-12345"})}).error->message, "unexpected: <secret>");
}

TEST(RoundSecrets, OfTheProxyAreStruckOutToo) {
  Account account = usage_account();
  account.connection = std::make_shared<const ConnectionSettings>(
      ConnectionSettings{.proxy_url = Secret("http://me:pa55@proxy:3128")});
  EXPECT_EQ(message_after(account, "no me:pa55 here"), "HTTP status 401: no me:<secret> here");
}

TEST(RoundSecrets, MayBePartOfTheirReplacement) {
  EXPECT_EQ(message_after(account_with_secrets({"secret"}), "not secret"), "HTTP status 401: not <secret>");
  EXPECT_THAT(message_after(account_with_secrets({"s"}), "s"), HasSubstr("<secret>"));
}

TEST(RoundSecrets, MayContainEachOther) {
  EXPECT_EQ(message_after(account_with_secrets({"abc", "abcdef"}), "abcdef abc"),
            "HTTP status 401: <secret> <secret>");
}

TEST(RoundSecrets, AreNotLeftInPartByCutting) {
  const Account account = account_with_secrets({"0123456789abcdefghij"});
  for (std::size_t before = 160; before < 400; ++before) {
    EXPECT_THAT(message_after(account, std::string(before, '.') + "0123456789abcdefghij"),
                Not(HasSubstr("0123")))
        << before;
  }
}

TEST(RoundSecrets, AreNotShownAsAUrlHasThemEither) {
  EXPECT_EQ(message_after(account_with_secrets({"a b/c"}), "no key a%20b%2Fc"),
            "HTTP status 401: no key <secret>");
}

TEST(RoundSecrets, EmptyOnesAreNothing) {
  EXPECT_EQ(message_after(account_with_secrets({""}), "bad"), "HTTP status 401: bad");
}

TEST(RoundMessage, IsOneShortLine) {
  const std::string message = message_after(usage_account(), "a\nb" + std::string(5000, 'x'));
  EXPECT_THAT(message, HasSubstr("a bxxx"));
  EXPECT_LE(message.size(), 410U);
}

// --- the provider's clock and limits

TEST(Round, KnowsTheProvidersClock) {
  HttpResponse response = ok({});
  response.headers["date"] = "Wed, 15 Apr 2026 09:00:00 GMT";
  EXPECT_EQ(play(usage_account(), {response}).clock_skew, -1h);
  EXPECT_EQ(play(usage_account(), {ok({})}).clock_skew, std::nullopt);
}

TEST(Round, DoesNotBelieveADateThatIsFarOff) {
  for (const char* date : {"Wed, 15 Apr 2031 09:00:00 GMT", "Wed, 15 Apr 2020 09:00:00 GMT"}) {
    const Account account = account_of("main", {{"daily", 60s}});
    HttpResponse response = ok({});
    response.headers["date"] = date;
    const Outcome outcome = play(account, {response});
    EXPECT_THAT(outcome.drift.mistyped, ElementsAre("(header Date)")) << date;
    EXPECT_EQ(outcome.clock_skew, *parse_http_date(date) - now);
  }
}

// --- members

std::vector<std::string> read(const Outcome& outcome) {
  std::vector<std::string> names;
  for (const ReadMember& each : outcome.members) names.push_back(each.member);
  return names;
}

std::vector<std::string> failed(const Outcome& outcome) {
  std::vector<std::string> names;
  for (const FailedMember& each : outcome.failed) names.push_back(each.member);
  return names;
}

TEST(Round, AMemberThatFailsCostsNobodyElse) {
  const std::vector<std::pair<Result<HttpResponse>, Reason>> troubles{
      {HttpResponse{404, {}, R"({"error": "organization is suspended"})"}, Reason::http_4xx},
      {HttpResponse{500, {}, ""}, Reason::http_5xx},
      {HttpResponse{200, {}, "<html>"}, Reason::parse},
      {ok({.error = "nothing of it"}), Reason::schema},
      {fail(Reason::timeout, "timed out"), Reason::timeout}};
  for (const auto& [trouble, reason] : troubles) {
    const Outcome outcome =
        play(usage_account(), {ok({.next = {"/a?member=a", "/b?member=b", "/b2?member=b", "/c?member=c"}}),
                               ok({.samples = {calls("a", 1)}}), ok({.samples = {calls("b", 2)}}), trouble,
                               ok({.samples = {calls("c", 3)}})});
    EXPECT_FALSE(outcome.error);
    EXPECT_THAT(read(outcome), ElementsAre("a", "c"));
    EXPECT_THAT(failed(outcome), ElementsAre("b"));
    EXPECT_EQ(outcome.failed[0].error.reason, reason);
    EXPECT_THAT(outcome.waiting, IsEmpty());
  }
}

TEST(Round, WhatConcernsAllMembersEndsThePollAndKeepsThoseThatWereRead) {
  const std::vector<Result<HttpResponse>> troubles{HttpResponse{429, {}, ""},
                                                   HttpResponse{503, {{"retry-after", "60"}}, ""},
                                                   fail(Reason::connect, "no route")};
  for (const auto& trouble : troubles) {
    const Outcome outcome =
        play(usage_account(),
             {ok({.samples = {calls("whole", 1)}, .next = {"/a?member=a", "/b?member=b", "/c?member=c"}}),
              ok({.samples = {calls("a", 1)}}), trouble});
    EXPECT_TRUE(outcome.error);
    EXPECT_THAT(outcome.samples, IsEmpty());
    EXPECT_THAT(read(outcome), ElementsAre("a"));
    EXPECT_THAT(outcome.waiting, testing::Contains("c"));
  }
}

TEST(Round, AMemberThatTheKeyMayNotReadIsOneOfManyUnlessItIsTheFirst) {
  const Script list{.next = {"/a?member=a", "/b?member=b", "/c?member=c"}};
  const Outcome second = play(usage_account(), {ok(list), ok({.samples = {calls("a", 1)}}),
                                                HttpResponse{403, {}, ""}, ok({.samples = {calls("c", 1)}})});
  EXPECT_FALSE(second.error);
  EXPECT_THAT(read(second), ElementsAre("a", "c"));
  EXPECT_THAT(failed(second), ElementsAre("b"));
  const Outcome first = play(usage_account(), {ok(list), HttpResponse{401, {}, ""}});
  ASSERT_TRUE(first.error);
  EXPECT_EQ(first.error->reason, Reason::auth);
  EXPECT_TRUE(first.error_of_member);
  EXPECT_THAT(failed(first), ElementsAre("a")) << "so that it is asked last next time";
  EXPECT_THAT(first.waiting, ElementsAre("b", "c"));
}

TEST(Round, ManyMembersInARowThatFailAreNotTheMembersTrouble) {
  std::vector<std::string> paths;
  std::vector<Result<HttpResponse>> responses;
  for (int i = 0; i < 20; ++i) paths.push_back("/?member=" + std::to_string(i));
  responses.emplace_back(ok({.next = paths}));
  responses.emplace_back(ok({.samples = {calls("a", 1)}}));
  for (std::size_t i = 0; i < Round::most_failures_in_row; ++i)
    responses.emplace_back(HttpResponse{500, {}, ""});
  const Outcome outcome = play(usage_account(), responses);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->reason, Reason::http_5xx);
  EXPECT_THAT(read(outcome), ElementsAre("0"));
  EXPECT_THAT(outcome.failed, SizeIs(Round::most_failures_in_row));
  EXPECT_THAT(outcome.waiting, SizeIs(19 - Round::most_failures_in_row));
  EXPECT_EQ(outcome.requests_left, outcome.waiting.size());
}

TEST(Round, AsksForMembersInTurnAndOneAfterTheOther) {
  const Account account = usage_account();
  PollStart at{.now = now};
  at.turn = [](std::string_view member) { return member == "b" ? 1U : member == "c" ? 2U : 3U; };
  EXPECT_THAT(at.in_turn({"a", "b", "c"}), ElementsAre("b", "c", "a"));
  Round round(account, *account.endpoints.front().endpoint, at);
  std::vector<std::string> urls;
  while (auto request = round.next()) {
    urls.push_back(request->url);
    const bool list = urls.size() == 1;
    round.complete(
        ok(list ? Script{.next = {"/1?member=a", "/2?member=b", "/3?member=c", "/4?member=b", "/5"}}
                : Script{}),
        now);
  }
  EXPECT_THAT(urls,
              ElementsAre("http://main/usage", "http://main/5", "http://main/2?member=b",
                          "http://main/4?member=b", "http://main/3?member=c", "http://main/1?member=a"));
}

TEST(Round, ThatIsCutShortLeavesTheRestOfTheMembers) {
  const Account account = usage_account();
  Round round(account, *account.endpoints.front().endpoint, PollStart{.now = now});
  const auto answer = [&](const Script& script) {
    ASSERT_TRUE(round.next());
    round.complete(ok(script), now);
  };
  answer({.next = {"/a?member=a", "/a2?member=a", "/b?member=b", "/c?member=c", "/c2?member=c"}});
  round.cut_short();  // nobody was asked for yet
  answer({.samples = {calls("a", 1)}});
  round.cut_short();  // amid a member
  EXPECT_FALSE(round.has_part());
  EXPECT_FALSE(round.over());
  answer({.samples = {calls("a2", 2)}});
  EXPECT_TRUE(round.has_part());
  round.cut_short();
  EXPECT_TRUE(round.over());
  const Outcome outcome = std::move(round).finish();
  EXPECT_FALSE(outcome.error);
  EXPECT_THAT(read(outcome), ElementsAre("a"));
  EXPECT_THAT(outcome.members[0].samples, SizeIs(2));
  EXPECT_THAT(outcome.waiting, ElementsAre("b", "c"));
  EXPECT_EQ(outcome.requests_left, 3U);
}

TEST(Round, GivesInPartsWhatItWouldGiveAtTheEnd) {
  const Account account = usage_account();
  Round round(account, *account.endpoints.front().endpoint, PollStart{.now = now});
  const auto answer = [&](const Result<HttpResponse>& response) {
    ASSERT_TRUE(round.next());
    round.complete(response, now);
  };
  answer(ok({.samples = {calls("whole", 9)}, .next = {"/a?member=a", "/b?member=b", "/c?member=c"}}));
  answer(ok({.samples = {calls("a", 1)}}));
  answer(HttpResponse{500, {}, ""});
  const Outcome part = round.take_part();
  EXPECT_THAT(read(part), ElementsAre("a"));
  EXPECT_THAT(part.samples, IsEmpty());
  EXPECT_THAT(failed(part), ElementsAre("b"));
  EXPECT_THAT(part.waiting, ElementsAre("c"));
  EXPECT_THAT(part.bookings, SizeIs(1));
  EXPECT_FALSE(round.has_part());
  answer(HttpResponse{500, {}, ""});
  const Outcome outcome = std::move(round).finish();
  EXPECT_FALSE(outcome.error);  // one was read, if in a part
  EXPECT_THAT(values(outcome), ElementsAre(9));
  EXPECT_THAT(read(outcome), IsEmpty());
  EXPECT_THAT(failed(outcome), ElementsAre("c"));
}

TEST(Round, MoreMembersThanOnePollMayAskForAreLeftToTheNext) {
  const Account account = usage_account();
  Round round(account, *account.endpoints.front().endpoint, PollStart{.now = now});
  std::vector<std::string> paths;
  for (int i = 0; i < 2100; ++i) paths.push_back("/?member=" + std::to_string(i / 3));
  bool list = true;
  while (round.next())
    round.complete(ok({.next = std::exchange(list, false) ? paths : std::vector<std::string>{}}), now);
  const Outcome outcome = std::move(round).finish();
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.requests, 2000U);
  EXPECT_THAT(outcome.members, SizeIs(666));  // 1999 requests
  EXPECT_THAT(outcome.waiting, SizeIs(34));
}

TEST(Round, FailsWhenEveryMemberIsRefused) {
  const Outcome outcome = play(usage_account(), {ok({.next = {"/a?member=a", "/b?member=b"}}),
                                                 HttpResponse{404, {}, ""}, HttpResponse{404, {}, ""}});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->reason, Reason::http_4xx);
}

TEST(Round, LearnsClockAndRateLimitFromFailuresToo) {
  const Outcome outcome = play(usage_account(), {HttpResponse{429,
                                                              {{"date", "Wed, 15 Apr 2026 10:00:05 GMT"},
                                                               {"retry-after", "7"},
                                                               {"x-ratelimit-remaining", "0"},
                                                               {"x-ratelimit-reset", "9"}},
                                                              ""}});
  EXPECT_EQ(outcome.clock_skew, 5s);
  EXPECT_EQ(outcome.error->retry_after, 7s);
  EXPECT_EQ(outcome.rate_limit.remaining, 0);
  EXPECT_EQ(outcome.rate_limit.reset, now + 9s);
}

TEST(Round, KeepsTheLastRateLimitThatWasGiven) {
  HttpResponse first = ok({.next = {"/2"}});
  first.headers["ratelimit-remaining"] = "41";
  EXPECT_EQ(play(usage_account(), {first, ok({})}).rate_limit.remaining, 41);
}

TEST(Round, StartsWithTheProvidersDay) {
  const Account account = account_of("main", {{"daily", 60s}});
  Round round(account, *account.endpoints.front().endpoint, PollStart{.now = now + 20h});
  EXPECT_EQ(round.next()->url, "http://main/daily/2026-04-16T06:00:00Z?2026-04-16");
}

}  // namespace
}  // namespace cpaas::engine
