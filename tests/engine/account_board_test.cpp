// What an account shows: values, self-metrics and thresholds, and when values are withdrawn.
#include "exporter/engine/account_board.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "exporter/core/families.h"
#include "tests/engine/fakes.h"

namespace cpaas::engine {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const TimePoint start = *parse_time("2026-04-15T10:00:00Z");

std::string help(const Family& family, Window window) {
  return family_help(family, window);
}

std::string page(AccountBoard& board, TimePoint now) {
  const ledger::Ledger ledger(board.account());
  std::string text;
  for (const exposition::Section& section : board.render(now, help, ledger)) text += section.lines;
  return text;
}

std::string series(std::string_view name, std::string_view labels) {
  return std::string(name) + "{provider=\"acme\",account=\"main\"" + (labels.empty() ? "" : ",") +
         std::string(labels) + "}";
}

std::optional<double> shown(AccountBoard& board, TimePoint now, std::string_view name,
                            std::string_view labels) {
  return value_of(page(board, now), series(name, labels));
}

Outcome good(std::vector<Sample> samples) {
  Outcome outcome;
  outcome.samples = std::move(samples);
  outcome.requests = 1;
  return outcome;
}

Outcome bad(Reason reason) {
  Outcome outcome;
  outcome.error = Error{reason, "it failed"};
  outcome.requests = 1;
  return outcome;
}

AccountBoard::Poll poll_at(TimePoint end, Duration took = 2s) {
  return {end - took, end, took};
}

Sample calls(Window window, double value, std::string_view direction = "inbound") {
  return {&families::calls, window, {direction}, value};
}

Sample balance(double value, std::string_view currency = "INR") {
  return {&families::balance, Window::none, {currency}, value};
}

constexpr auto inbound = "direction=\"inbound\"";
constexpr auto usage = "endpoint=\"usage\"";

AccountBoard usage_board(std::chrono::seconds interval = 60s) {
  return AccountBoard(account_of("main", {{"usage", interval}}));
}

// --- self-metrics

TEST(AccountBoard, ShowsAllSelfMetricsFromTheStart) {
  AccountBoard board = usage_board();
  const std::string text = page(board, start);
  for (const auto* const name : {"cpaas_up", "cpaas_last_attempt_timestamp_seconds",
                                 "cpaas_last_success_timestamp_seconds", "cpaas_poll_duration_seconds",
                                 "cpaas_requests_total", "cpaas_series", "cpaas_series_dropped_total"}) {
    EXPECT_EQ(value_of(text, series(name, usage)), 0) << name;
  }
  EXPECT_EQ(value_of(text, series("cpaas_poll_interval_seconds", usage)), 60);
  for (const Reason reason : all_reasons) {
    const std::string labels = std::string(usage) + ",reason=\"" + std::string(name_of(reason)) + "\"";
    EXPECT_EQ(value_of(text, series("cpaas_request_failures_total", labels)), 0) << labels;
  }
  for (const auto* const kind : {"missing", "mistyped", "unknown"}) {
    const std::string labels = std::string(usage) + ",kind=\"" + kind + "\"";
    EXPECT_EQ(value_of(text, series("cpaas_schema_drift_fields", labels)), 0) << labels;
  }
  EXPECT_THAT(text, Not(HasSubstr("cpaas_rate_limit")));  // not known yet
  EXPECT_FALSE(board.attempted());
}

TEST(AccountBoard, TellsHowAPollWent) {
  AccountBoard board = usage_board();
  Outcome outcome = good({calls(Window::d30, 5), calls(Window::d7, 1)});
  outcome.requests = 3;
  outcome.dropped = 2;
  outcome.drift.missing = {"a"};
  outcome.drift.unknown = {"b", "c"};
  outcome.rate_limit = {41, start + 1min};
  board.apply(0, std::move(outcome), poll_at(start, 1500ms));
  const std::string text = page(board, start);
  EXPECT_EQ(value_of(text, series("cpaas_up", usage)), 1);
  EXPECT_EQ(value_of(text, series("cpaas_last_attempt_timestamp_seconds", usage)), unix_seconds(start) - 1.5);
  EXPECT_EQ(value_of(text, series("cpaas_last_success_timestamp_seconds", usage)), unix_seconds(start));
  EXPECT_EQ(value_of(text, series("cpaas_poll_duration_seconds", usage)), 1.5);
  EXPECT_EQ(value_of(text, series("cpaas_requests_total", usage)), 3);
  EXPECT_EQ(value_of(text, series("cpaas_series", usage)), 2);
  EXPECT_EQ(value_of(text, series("cpaas_series_dropped_total", usage)), 2);
  EXPECT_EQ(value_of(text, series("cpaas_rate_limit_remaining", usage)), 41);
  EXPECT_EQ(value_of(text, series("cpaas_rate_limit_reset_timestamp_seconds", usage)),
            unix_seconds(start) + 60);
  EXPECT_EQ(value_of(text, series("cpaas_schema_drift_fields", "endpoint=\"usage\",kind=\"missing\"")), 1);
  EXPECT_EQ(value_of(text, series("cpaas_schema_drift_fields", "endpoint=\"usage\",kind=\"unknown\"")), 2);
  EXPECT_TRUE(board.attempted());
}

TEST(AccountBoard, IsAttemptedOnceEveryEndpointWas) {
  AccountBoard board(account_of("main", {{"usage", 60s}, {"balance", 60s}}));
  board.apply(1, good({}), poll_at(start));
  EXPECT_FALSE(board.attempted());
  board.apply(0, bad(Reason::auth), poll_at(start));
  EXPECT_TRUE(board.attempted());
}

// --- failures

TEST(AccountBoard, AFailureKeepsTheLastGoodValues) {
  AccountBoard board = usage_board();
  board.apply(0, good({balance(100), calls(Window::d30, 5)}), poll_at(start));
  board.apply(0, bad(Reason::timeout), poll_at(start + 1min));
  const std::string text = page(board, start + 1min);
  EXPECT_EQ(value_of(text, series("cpaas_balance", "currency=\"INR\"")), 100);
  EXPECT_EQ(value_of(text, series("cpaas_30d_calls", inbound)), 5);
  EXPECT_EQ(value_of(text, series("cpaas_up", usage)), 0);
  EXPECT_EQ(value_of(text, series("cpaas_last_success_timestamp_seconds", usage)), unix_seconds(start));
  EXPECT_EQ(value_of(text, series("cpaas_last_attempt_timestamp_seconds", usage)), unix_seconds(start) + 58);
  EXPECT_EQ(value_of(text, series("cpaas_request_failures_total", "endpoint=\"usage\",reason=\"timeout\"")),
            1);
  EXPECT_EQ(value_of(text, series("cpaas_requests_total", usage)), 2);
}

TEST(AccountBoard, AnEmptySuccessRemovesValues) {
  AccountBoard board = usage_board();
  board.apply(0, good({balance(100)}), poll_at(start));
  board.apply(0, good({}), poll_at(start + 1min));
  EXPECT_EQ(shown(board, start + 1min, "cpaas_balance", "currency=\"INR\""), std::nullopt);
  EXPECT_EQ(shown(board, start + 1min, "cpaas_up", usage), 1);
}

TEST(AccountBoard, CountsFailuresInARow) {
  AccountBoard board = usage_board();
  for (int i = 0; i < 3; ++i) board.apply(0, bad(Reason::dns), poll_at(start));
  EXPECT_EQ(board.status(0).failures_in_row, 3U);
  board.apply(0, good({}), poll_at(start));
  EXPECT_EQ(board.status(0).failures_in_row, 0U);
  EXPECT_EQ(shown(board, start, "cpaas_request_failures_total", "endpoint=\"usage\",reason=\"dns\""), 3);
}

// --- members

Outcome of_members(std::vector<ReadMember> read, std::vector<std::string> waiting = {},
                   std::vector<std::string> failed = {}) {
  Outcome outcome;
  outcome.members = std::move(read);
  outcome.waiting = std::move(waiting);
  for (std::string& member : failed) outcome.failed.push_back({std::move(member), {Reason::timeout, ""}});
  outcome.requests = 1;
  return outcome;
}

ReadMember member(const std::string& name, double value) {
  return {name, {calls(Window::d30, value, name)}};
}

constexpr auto of_a = "direction=\"a\"";
constexpr auto of_b = "direction=\"b\"";

TEST(Members, KeepTheirValuesUntilTheyAreReadAgainOrGone) {
  AccountBoard board = usage_board();
  board.apply(0, of_members({member("a", 1), member("b", 2)}), poll_at(start));
  board.apply(0, of_members({member("a", 3)}, {"b"}), poll_at(start + 1min));
  EXPECT_EQ(shown(board, start + 1min, "cpaas_30d_calls", of_a), 3);
  EXPECT_EQ(shown(board, start + 1min, "cpaas_30d_calls", of_b), 2);
  board.apply(0, of_members({member("a", 4)}, {}, {"b"}), poll_at(start + 2min));
  EXPECT_EQ(shown(board, start + 2min, "cpaas_30d_calls", of_b), 2);
  board.apply(0, bad(Reason::connect), poll_at(start + 150s));  // the list was not read
  EXPECT_EQ(shown(board, start + 150s, "cpaas_30d_calls", of_a), 4);
  board.apply(0, of_members({member("a", 5)}), poll_at(start + 170s));  // b is listed no more
  EXPECT_EQ(shown(board, start + 170s, "cpaas_30d_calls", of_b), std::nullopt);
}

TEST(Members, GoStaleEachByItself) {
  AccountBoard board = usage_board(60s);
  board.apply(0, of_members({member("a", 1), member("b", 2)}), poll_at(start));
  board.apply(0, of_members({member("a", 3)}, {}, {"b"}), poll_at(start + 1min));
  EXPECT_EQ(board.next_expiry(start + 1min), start + 3min);
  EXPECT_EQ(shown(board, start + 3min, "cpaas_30d_calls", of_b), std::nullopt);
  EXPECT_EQ(shown(board, start + 3min, "cpaas_30d_calls", of_a), 3);
}

TEST(Members, ThatAreReadInTurnGoStaleByWhatATurnTakes) {
  AccountBoard board = usage_board(60s);
  board.apply(0, of_members({member("a", 1)}, {"b", "c", "d"}), poll_at(start, 60s));  // four minutes for all
  EXPECT_EQ(board.next_expiry(start), start + 12min);
}

TEST(Members, AreCountedByHowTheyFared) {
  AccountBoard board = usage_board();
  const auto state = [&](const char* name) {
    return shown(board, start, "cpaas_members", "endpoint=\"usage\",state=\"" + std::string(name) + "\"");
  };
  const auto oldest = [&] {
    return shown(board, start, "cpaas_members_oldest_read_timestamp_seconds", usage);
  };
  EXPECT_EQ(state("read"), std::nullopt);  // none are known
  board.apply(0, of_members({member("a", 1)}, {"c"}, {"b"}), poll_at(start - 9s));
  EXPECT_EQ(state("read"), 1);
  EXPECT_EQ(state("failing"), 1);
  EXPECT_EQ(state("waiting"), 1);
  EXPECT_EQ(oldest(), 0);
  EXPECT_EQ(shown(board, start, "cpaas_request_failures_total", "endpoint=\"usage\",reason=\"timeout\""), 1);
  EXPECT_GT(board.turn(0, "a"), 0U);
  EXPECT_EQ(board.turn(0, "c"), 0U);
  board.apply(0, of_members({member("c", 1)}, {"a", "b"}), poll_at(start));
  EXPECT_EQ(state("failing"), 1);  // was not asked again
  EXPECT_EQ(oldest(), unix_seconds(start - 9s));
  EXPECT_GT(board.turn(0, "c"), board.turn(0, "a"));
}

TEST(Members, OneThatFailsThePollIsOneFailure) {
  AccountBoard board = usage_board();
  Outcome outcome = of_members({}, {}, {"a"});
  outcome.error = Error{Reason::timeout, ""};
  outcome.error_of_member = true;
  board.apply(0, std::move(outcome), poll_at(start));
  EXPECT_EQ(shown(board, start, "cpaas_request_failures_total", "endpoint=\"usage\",reason=\"timeout\""), 1);
  EXPECT_EQ(shown(board, start, "cpaas_up", usage), 0);
}

TEST(Members, OfAPartAreShownAtOnceAndThoseFromBeforeTheStartAsLongAsSomeAreMissing) {
  AccountBoard board = usage_board();
  const Sample info_a{&families::balance, Window::none, {"a"}, 1};
  const Sample info_b{&families::balance, Window::none, {"b"}, 1};
  board.restore(0, {start - 1h, {info_a, info_b}});
  Sample news = info_a;
  news.value = 2;
  board.apply_part(0, of_members({{"a", {news}}}, {"b"}), poll_at(start));
  EXPECT_EQ(shown(board, start, "cpaas_balance", "currency=\"a\""), 2);
  EXPECT_EQ(shown(board, start, "cpaas_balance", "currency=\"b\""), 1);
  EXPECT_EQ(board.lasting_gauges(0).size(), 2U);
  EXPECT_FALSE(board.attempted());
  board.count_part_series(0, 5);
  board.apply(0, of_members({{"b", {}}}), poll_at(start));
  board.count_series(0, 2);
  EXPECT_EQ(shown(board, start, "cpaas_balance", "currency=\"a\""), 2);
  EXPECT_EQ(shown(board, start, "cpaas_balance", "currency=\"b\""), std::nullopt);
  EXPECT_EQ(shown(board, start, "cpaas_series", usage), 8);
}

// --- withdrawal

TEST(Expiry, SlidingWindowsGoAfterStaleAfterIntervals) {
  for (const Window window : {Window::h24, Window::d7, Window::d30, Window::d90}) {
    AccountBoard board = usage_board(60s);
    board.apply(0, good({calls(window, 5)}), poll_at(start));
    const std::string name = family_name(families::calls, window);
    EXPECT_EQ(board.next_expiry(start), start + 3min);
    EXPECT_EQ(shown(board, start + 3min - 1ms, name, inbound), 5) << name;
    EXPECT_EQ(shown(board, start + 3min, name, inbound), std::nullopt) << name;
    EXPECT_EQ(board.next_expiry(start + 3min), std::nullopt);
  }
}

TEST(Expiry, StaleAfterIsTheAccounts) {
  Account account = account_of("main", {{"usage", 60s}});
  account.stale_after = 1.5;
  AccountBoard board(account);
  board.apply(0, good({calls(Window::d30, 5)}), poll_at(start));
  EXPECT_EQ(board.next_expiry(start), start + 90s);
}

TEST(Expiry, NowValuesAndInfoStay) {
  AccountBoard board = usage_board();
  board.apply(0, good({balance(100), {&families::account_info, Window::none, {"x"}, 1}}), poll_at(start));
  EXPECT_EQ(board.next_expiry(start), std::nullopt);
  const std::string text = page(board, start + std::chrono::days{400});
  EXPECT_EQ(value_of(text, series("cpaas_balance", "currency=\"INR\"")), 100);
  EXPECT_EQ(value_of(text, series("cpaas_account_info", "external_id=\"x\"")), 1);
}

TEST(Expiry, TodayEndsAtMidnight) {
  const TimePoint midnight = *parse_time("2026-04-16");
  AccountBoard board = usage_board(1h);
  board.apply(0, good({calls(Window::today, 5), calls(Window::d30, 50)}), poll_at(midnight - 1h));
  EXPECT_EQ(board.next_expiry(midnight - 1h), midnight);
  EXPECT_EQ(shown(board, midnight - 1ms, "cpaas_today_calls", inbound), 5);
  EXPECT_EQ(shown(board, midnight, "cpaas_today_calls", inbound), std::nullopt);
  EXPECT_EQ(shown(board, midnight, "cpaas_30d_calls", inbound), 50);
  EXPECT_EQ(board.next_expiry(midnight), midnight + 2h);
}

TEST(Expiry, TodayGoesStaleBeforeMidnight) {
  AccountBoard board = usage_board(60s);
  board.apply(0, good({calls(Window::today, 5)}), poll_at(start));
  EXPECT_EQ(board.next_expiry(start), start + 3min);
}

TEST(Expiry, MonthEndsWithTheMonth) {
  struct Case {
    const char* polled;
    const char* end;
  };
  for (const Case& each :
       {Case{"2026-04-30T23:00:00", "2026-05-01"}, Case{"2026-12-31T22:00:00", "2027-01-01"},
        Case{"2028-02-28T12:00:00", "2028-03-01"}, Case{"2027-02-28T12:00:00", "2027-03-01"}}) {
    const TimePoint polled = *parse_time(each.polled);
    const TimePoint end = *parse_time(each.end);
    AccountBoard board = usage_board(24h);
    board.apply(0, good({calls(Window::month, 5)}), poll_at(polled));
    EXPECT_EQ(board.next_expiry(polled), end) << each.polled;
    EXPECT_EQ(shown(board, end - 1ms, "cpaas_month_calls", inbound), 5);
    EXPECT_EQ(shown(board, end, "cpaas_month_calls", inbound), std::nullopt);
  }
}

TEST(Expiry, DayAndMonthAreTheAccountsTimeZones) {
  Account account = account_of("main", {{"usage", 24h}});
  account.settings.zone = *TimeZone::find("+05:30");
  AccountBoard board(account);
  const TimePoint polled = *parse_time("2026-04-30T18:00:00Z");  // 23:30 there
  board.apply(0, good({calls(Window::today, 5), calls(Window::month, 6), calls(Window::last_month, 7)}),
              poll_at(polled));
  EXPECT_EQ(board.next_expiry(polled), polled + 30min);
  EXPECT_EQ(shown(board, polled + 30min - 1ms, "cpaas_last_month_calls", inbound), 7);
  EXPECT_THAT(page(board, polled + 30min), Not(HasSubstr("_calls{")));
}

// A month's quota has no window in its name, but ends with the month all the same.
TEST(Expiry, ASampleMayHaveItsOwn) {
  const TimePoint polled = *parse_time("2026-04-30T20:00:00Z");
  const TimePoint end = *parse_time("2026-05-01T00:00:00Z");
  AccountBoard board = usage_board();
  Sample used{&families::quota_used, Window::none, {"month_messages"}, 10100};
  used.expires = end;
  Outcome outcome = good({used, balance(1)});
  board.observe_clock(1h);  // the provider's clock gets there first
  board.apply(0, std::move(outcome), poll_at(polled));
  board.apply(0, bad(Reason::timeout), poll_at(polled + 1min));
  EXPECT_EQ(board.next_expiry(polled), end - 1h);
  EXPECT_EQ(shown(board, end - 1h - 1ms, "cpaas_quota_used", "resource=\"month_messages\""), 10100);
  EXPECT_EQ(shown(board, end - 1h, "cpaas_quota_used", "resource=\"month_messages\""), std::nullopt);
  EXPECT_EQ(shown(board, end, "cpaas_balance", "currency=\"INR\""), 1);
}

TEST(Expiry, DayAndMonthAreTheProviders) {
  // The provider's clock is an hour ahead: at 22:30 by ours its day has half an hour to go.
  const TimePoint polled = *parse_time("2026-04-30T22:30:00Z");
  AccountBoard board = usage_board(24h);
  Outcome outcome = good({calls(Window::today, 5), calls(Window::month, 6)});
  outcome.clock_skew = 1h;
  board.observe_clock(outcome.clock_skew);
  board.apply(0, std::move(outcome), poll_at(polled));
  EXPECT_EQ(board.provider_time(polled), polled + 1h);
  EXPECT_EQ(board.next_expiry(polled), polled + 30min);
  const std::string text = page(board, polled + 30min);
  EXPECT_THAT(text, Not(HasSubstr("cpaas_today_calls")));
  EXPECT_THAT(text, Not(HasSubstr("cpaas_month_calls")));
}

// Its first page may be from the day before.
TEST(Expiry, APollOverMidnightBelongsToTheDayItBegan) {
  const TimePoint midnight = *parse_time("2026-05-01");
  AccountBoard board = usage_board(1h);
  board.apply(0, good({calls(Window::today, 900), calls(Window::month, 9000)}), poll_at(midnight + 5s, 20s));
  EXPECT_EQ(shown(board, midnight + 5s, "cpaas_today_calls", inbound), std::nullopt);
  EXPECT_EQ(shown(board, midnight + 5s, "cpaas_month_calls", inbound), std::nullopt);
}

TEST(Expiry, TheNextGoodPollBringsValuesBack) {
  AccountBoard board = usage_board();
  board.apply(0, good({calls(Window::d30, 5)}), poll_at(start));
  page(board, start + 1h);
  board.apply(0, good({calls(Window::d30, 6)}), poll_at(start + 1h));
  EXPECT_EQ(shown(board, start + 1h, "cpaas_30d_calls", inbound), 6);
}

TEST(Expiry, LeavesTheNumberOfSeriesOfTheLastGoodPoll) {
  AccountBoard board = usage_board();
  board.apply(0, good({calls(Window::d30, 5)}), poll_at(start));
  EXPECT_EQ(shown(board, start + 1h, "cpaas_series", usage), 1);
}

// --- clocks that jump

TEST(ClockJump, BackwardDoesNotBringWithdrawnValuesBack) {
  const TimePoint midnight = *parse_time("2026-04-16");
  AccountBoard board = usage_board(1h);
  board.apply(0, good({calls(Window::today, 5), calls(Window::d30, 50)}), poll_at(midnight - 1h));
  EXPECT_EQ(shown(board, midnight + 3h, "cpaas_today_calls", inbound), std::nullopt);
  EXPECT_EQ(shown(board, midnight - 1h, "cpaas_today_calls", inbound), std::nullopt);
  EXPECT_EQ(shown(board, midnight - 1h, "cpaas_30d_calls", inbound), std::nullopt);
}

TEST(ClockJump, BackwardDoesNotProlongValues) {
  AccountBoard board = usage_board(60s);
  board.apply(0, good({calls(Window::d30, 5)}), poll_at(start));
  const TimePoint after_jump = start - std::chrono::days{365};
  EXPECT_EQ(shown(board, after_jump, "cpaas_30d_calls", inbound), 5);
  EXPECT_EQ(board.next_expiry(after_jump), after_jump + 3min);
  EXPECT_EQ(shown(board, after_jump + 3min, "cpaas_30d_calls", inbound), std::nullopt);
}

TEST(ClockJump, ForwardWithdrawsRatherThanShowsWhatMayBeWrong) {
  AccountBoard board = usage_board(60s);
  board.apply(0, good({balance(1), calls(Window::d30, 5)}), poll_at(start));
  const std::string text = page(board, start + std::chrono::days{365 * 50});
  EXPECT_THAT(text, Not(HasSubstr("cpaas_30d_calls")));
  EXPECT_THAT(text, HasSubstr("cpaas_balance"));
}

TEST(ClockJump, OfTheProviderDoesNotMoveAValueToAnotherDay) {
  const TimePoint midnight = *parse_time("2026-04-16");
  AccountBoard board(account_of("main", {{"usage", 1h}, {"balance", 1h}}));
  board.apply(0, good({calls(Window::today, 5)}), poll_at(midnight - 1s, 0ms));
  Outcome outcome = good({});
  outcome.clock_skew = 5s;  // a better estimate: by it the poll of the usage was in the new day
  board.observe_clock(outcome.clock_skew);
  board.apply(1, std::move(outcome), poll_at(midnight - 500ms, 0ms));
  EXPECT_EQ(shown(board, midnight, "cpaas_today_calls", inbound), std::nullopt);
}

TEST(ClockJump, DuringAPollDoesNotMoveItsDay) {
  const TimePoint midnight = *parse_time("2026-04-16");
  AccountBoard board = usage_board(24h);
  // Begun at 01:00 of the next day by a clock that was then set back by two hours.
  board.apply(0, good({calls(Window::today, 5)}), {midnight + 1h, midnight - 1h, 2s});
  EXPECT_EQ(board.next_expiry(midnight - 1h), midnight);
}

TEST(ClockJump, AbsurdProviderClocksDoNoHarm) {
  for (const auto* const time : {"0001-01-01T12:00:00Z", "9999-12-31T12:00:00Z"}) {
    AccountBoard board = usage_board();
    Outcome outcome = good({balance(1), calls(Window::today, 5), calls(Window::month, 5)});
    outcome.clock_skew = *parse_time(time) - start;
    board.observe_clock(outcome.clock_skew);
    board.apply(0, std::move(outcome), poll_at(start));
    EXPECT_THAT(page(board, start), HasSubstr("cpaas_balance")) << time;
    EXPECT_EQ(board.next_expiry(start), start + 3min) << time;
  }
}

// --- several endpoints

TEST(AccountBoard, OfTwoEndpointsTheFirstOneWins) {
  AccountBoard board(account_of("main", {{"balance", 60s}, {"usage", 60s}}));
  board.apply(1, good({balance(2)}), poll_at(start));
  EXPECT_EQ(shown(board, start, "cpaas_balance", "currency=\"INR\""), 2);
  board.apply(0, good({balance(1)}), poll_at(start));
  const std::string text = page(board, start);
  EXPECT_EQ(value_of(text, series("cpaas_balance", "currency=\"INR\"")), 1);
  EXPECT_EQ(text.find("cpaas_balance{"), text.rfind("cpaas_balance{"));
}

TEST(AccountBoard, WhileTheFirstEndpointFailsTheSecondsGaugeIsFresher) {
  AccountBoard board(account_of("main", {{"usage", 60s}, {"balance", 60s}}));
  board.apply(0, good({balance(10)}), poll_at(start));
  board.apply(1, good({balance(9), balance(3, "USD")}), poll_at(start));
  const auto expect = [&](double value) {
    EXPECT_EQ(shown(board, start, "cpaas_balance", "currency=\"INR\""), value);
  };
  expect(10);
  board.apply(0, bad(Reason::http_5xx), poll_at(start));
  expect(9);
  board.apply(1, bad(Reason::http_5xx), poll_at(start));
  expect(10);
  board.apply(0, good({balance(8)}), poll_at(start));
  expect(8);
}

// --- before the first poll

TEST(Restored, ShowsTheLastGoodValuesAndWhenTheyWereRead) {
  AccountBoard board = usage_board();
  board.restore(0, {start - 2h, {balance(12.5)}});
  const std::string text = page(board, start);
  EXPECT_EQ(value_of(text, series("cpaas_balance", "currency=\"INR\"")), 12.5);
  EXPECT_EQ(value_of(text, series("cpaas_last_success_timestamp_seconds", usage)), unix_seconds(start - 2h));
  EXPECT_EQ(value_of(text, series("cpaas_up", usage)), 0);  // nothing was polled so far
  board.apply(0, bad(Reason::timeout), poll_at(start));
  EXPECT_EQ(shown(board, start, "cpaas_balance", "currency=\"INR\""), 12.5);
  board.apply(0, good({balance(11)}), poll_at(start));
  EXPECT_EQ(shown(board, start, "cpaas_balance", "currency=\"INR\""), 11);
}

TEST(Restored, ComesTooLateForAnEndpointThatWasPolled) {
  AccountBoard board = usage_board();
  board.apply(0, good({balance(11)}), poll_at(start));
  board.restore(0, {start - 2h, {balance(12.5)}});
  EXPECT_EQ(shown(board, start, "cpaas_balance", "currency=\"INR\""), 11);
}

TEST(AccountBoard, TheSecondEndpointFillsInWhenTheFirstsValueIsWithdrawn) {
  AccountBoard board(account_of("main", {{"balance", 60s}, {"usage", 1h}}));
  board.apply(0, good({calls(Window::d30, 1)}), poll_at(start));
  board.apply(1, good({calls(Window::d30, 2)}), poll_at(start));
  EXPECT_EQ(shown(board, start + 1min, "cpaas_30d_calls", inbound), 1);
  EXPECT_EQ(shown(board, start + 5min, "cpaas_30d_calls", inbound), 2);
}

TEST(AccountBoard, OneEndpointsFailureLeavesTheOtherAlone) {
  AccountBoard board(account_of("main", {{"balance", 60s}, {"usage", 60s}}));
  board.apply(0, good({balance(1)}), poll_at(start));
  board.apply(1, bad(Reason::auth), poll_at(start));
  EXPECT_EQ(shown(board, start, "cpaas_up", "endpoint=\"balance\""), 1);
  EXPECT_EQ(shown(board, start, "cpaas_up", usage), 0);
  EXPECT_EQ(shown(board, start, "cpaas_request_failures_total", "endpoint=\"balance\",reason=\"auth\""), 0);
}

TEST(AccountBoard, LeavesOutWholeFamiliesAndCountsThemOnce) {
  Account account = account_of("main", {{"balance", 60s}, {"usage", 60s}});
  account.max_series = 4;
  AccountBoard board(account);
  const auto customer = [](std::string_view id) {
    return Sample{&families::customer_balance, Window::none, {id, "INR"}, 1};
  };
  board.apply(1, good({customer("a"), customer("b"), customer("c")}), poll_at(start));
  EXPECT_EQ(shown(board, start, "cpaas_customer_balance", "customer_id=\"a\",currency=\"INR\""), 1);
  board.apply(0, good({balance(1, "INR"), balance(2, "USD")}), poll_at(start));
  for (int i = 0; i < 3; ++i) {
    const std::string text = page(board, start);
    EXPECT_EQ(value_of(text, series("cpaas_balance", "currency=\"USD\"")), 2);
    EXPECT_THAT(text, Not(HasSubstr("cpaas_customer_balance{")));
    EXPECT_EQ(value_of(text, series("cpaas_series_dropped_total", "endpoint=\"balance\"")), 0);
  }
  EXPECT_EQ(board.left_out(), (std::set<SeriesGroup>{{&families::customer_balance, Window::none}}));
  board.apply(1, good({customer("a"), customer("b"), customer("c")}), poll_at(start));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(shown(board, start, "cpaas_series_dropped_total", usage), 3);
}

// --- thresholds

TEST(Thresholds, HaveTheCurrencyOfWhatTheyAreComparedWith) {
  Account account = account_of("main", {{"balance", 60s}});
  account.thresholds.balance = 5000;
  account.thresholds.customer_balance = 200;
  AccountBoard board(account);
  EXPECT_THAT(page(board, start), Not(HasSubstr("threshold")));  // no currency known yet
  board.apply(0,
              good({balance(1, "INR"),
                    balance(2, "USD"),
                    {&families::customer_balance, Window::none, {"c1", "EUR"}, 3},
                    {&families::customer_balance, Window::none, {"c2", "EUR"}, 4}}),
              poll_at(start));
  const std::string text = page(board, start);
  EXPECT_EQ(value_of(text, series("cpaas_balance_low_threshold", "currency=\"INR\"")), 5000);
  EXPECT_EQ(value_of(text, series("cpaas_balance_low_threshold", "currency=\"USD\"")), 5000);
  EXPECT_EQ(value_of(text, series("cpaas_customer_balance_low_threshold", "currency=\"EUR\"")), 200);
}

TEST(Thresholds, TheRestIsThereFromTheStart) {
  Account account = account_of("main", {{"balance", 60s}});
  account.thresholds.credits = 10;
  account.thresholds.runway = 72h;
  account.thresholds.quota_ratio = 0.9;
  account.budget = Budget{"month", 50000, "INR"};
  AccountBoard board(account);
  const std::string text = page(board, start);
  EXPECT_EQ(value_of(text, series("cpaas_credits_low_threshold", "")), 10);
  EXPECT_EQ(value_of(text, series("cpaas_runway_warning_seconds", "")), 259200);
  EXPECT_EQ(value_of(text, series("cpaas_quota_warning_ratio", "")), 0.9);
  EXPECT_EQ(value_of(text, series("cpaas_budget", "period=\"month\",currency=\"INR\"")), 50000);
}

TEST(Thresholds, TheUsersWinsOverTheProvidersAndNothingIsDropped) {
  const Sample providers{&families::balance_low_threshold, Window::none, {"INR"}, 1000};
  Account account = account_of("main", {{"balance", 60s}});
  AccountBoard without(account);
  without.apply(0, good({balance(1), providers}), poll_at(start));
  EXPECT_EQ(shown(without, start, "cpaas_balance_low_threshold", "currency=\"INR\""), 1000);
  account.thresholds.balance = 5000;
  AccountBoard with(account);
  with.apply(0, good({balance(1), providers}), poll_at(start));
  EXPECT_EQ(shown(with, start, "cpaas_balance_low_threshold", "currency=\"INR\""), 5000);
  EXPECT_EQ(shown(with, start, "cpaas_series_dropped_total", "endpoint=\"balance\""), 0);
}

TEST(Thresholds, SurviveACollectorThatForgetsTheCurrency) {
  Account account = account_of("main", {{"balance", 60s}});
  account.thresholds.balance = 5000;
  AccountBoard board(account);
  board.apply(0, good({{&families::balance, Window::none, {}, 1}}), poll_at(start));
  EXPECT_EQ(shown(board, start, "cpaas_balance_low_threshold", ""), 5000);
}

// --- sections

TEST(AccountBoard, GivesOneSectionAFamilyWithItsHelp) {
  AccountBoard board = usage_board();
  board.apply(0, good({calls(Window::d30, 1, "a"), calls(Window::today, 3), calls(Window::d30, 2, "b")}),
              poll_at(start));
  std::vector<std::string> names;
  for (const exposition::Section& section : board.render(start, help, ledger::Ledger(board.account()))) {
    names.push_back(section.name);
    if (section.name != "cpaas_30d_calls") continue;
    EXPECT_EQ(section.help, "Calls in the last 30 days");
    EXPECT_EQ(std::ranges::count(section.lines, '\n'), 2);
  }
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

}  // namespace
}  // namespace cpaas::engine
