// The ledger of an account: who feeds a counter, what a poll adds, what a restart, a reload or a wrong answer
// does.
#include "exporter/ledger/ledger.h"

#include <gmock/gmock.h>

#include <array>

#include "exporter/core/families.h"
#include "exporter/ledger/memory_store.h"
#include "exporter/ledger/series_labels.h"

namespace cpaas::ledger {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<Call> nothing(const Settings&, const PollStart&) {
  return {};
}

constexpr std::array endpoints{
    Endpoint{.name = "usage", .help = "", .default_interval = 1min, .start = nothing},
    Endpoint{.name = "list", .help = "", .default_interval = 1min, .start = nothing},
    Endpoint{.name = "daily", .help = "", .default_interval = 1min, .start = nothing},
    Endpoint{.name = "balance", .help = "", .default_interval = 1min, .start = nothing},
};
constexpr std::array sources{
    Source{&families::calls_total, "usage", "calls"},
    Source{&families::calls_total, "list", "calls"},
    Source{&families::organization_message_segments_total, "usage", "segments", {}, true},
    Source{&families::organization_message_segments_total, "list", "segments"},
    Source{&families::message_segments_total, "list", "sum of segments"},
    Source{&families::cost_total, "daily", "cost"},
    Source{&families::user_cost_total, "daily", "users' cost"},
    Source{&families::balance, "balance", "balance"},
    Source{&families::balance_spent_total, "balance", "falls"},
    Source{&families::balance_added_total, "balance", "rises"},
};

const Collector& collector() {
  static const std::array options{
      Option{.name = "id", .kind = OptionKind::text, .help = "", .names_account = true},
      Option{.name = "mode", .kind = OptionKind::text, .help = ""}};
  static const Collector made{"acme", "Acme", "http://acme", options, endpoints, sources};
  return made;
}

Account account() {
  Account account{};
  account.collector = &collector();
  account.settings.account = "main";
  account.settings.base_url = "http://acme";
  for (const Endpoint& each : endpoints) account.endpoints.push_back({&each, 60s});
  return account;
}

// A ledger with a store and a clock; restart() is a new program over the same store.
class Books {
 public:
  explicit Books(Account given = account()) : account_(std::move(given)) { restart(); }

  void restart() {
    const Ledger next(account_);
    restart_with(*store.load(next.identity(), next.legacy_identity()));
  }
  void restart_with(StoredAccount stored) {
    ledger_ = std::make_unique<Ledger>(account_);
    unreadable = ledger_->restore(std::move(stored));
  }
  void reload(Account given) {
    account_ = std::move(given);
    ledger_->configure(account_);
  }
  Ledger::Booked book(std::string_view endpoint, std::vector<Booking> bookings,
                      std::vector<std::string> refused = {}, std::vector<Sample> gauges = {}) {
    return book_but(endpoint, std::move(bookings), {.refused = refused}, std::move(gauges));
  }
  // A poll, or a part of one, that gives nothing of some members.
  Ledger::Booked book_but(std::string_view endpoint, const std::vector<Booking>& bookings,
                          const Unread& unread, const std::vector<Sample>& gauges = {}) {
    now += 1min;
    auto booked = ledger_->book(endpoint, bookings, unread, gauges, {now, providers.value_or(now), behind});
    if (const auto batch = ledger_->take_changes(now)) {
      EXPECT_TRUE(store.commit(std::span(&*batch, 1)));
      ledger_->committed(true);
    }
    return booked;
  }
  Ledger::Booked total(double value, std::string_view endpoint = "usage") {
    return book(endpoint, {{.totals = {{&families::calls_total, Window::none, {"combined"}, value}}}});
  }
  Ledger::Booked level(double value) {
    return book(
        "balance",
        {{.levels = {{&families::balance_spent_total, &families::balance_added_total, {"INR"}, value}}}});
  }
  // The days up to today, the oldest first; as an answer over so many days.
  Ledger::Booked costs(const std::vector<double>& values) {
    Booking booking;
    const Day last = day_of(now);
    const Day first = last - days{static_cast<int>(values.size()) - 1};
    for (std::size_t i = 0; i < values.size(); ++i) {
      booking.days.push_back(
          {&families::cost_total, {"calls", "INR"}, first + days{static_cast<int>(i)}, values[i]});
    }
    booking.days_read.push_back({first, last, true});
    return book("daily", {booking});
  }
  Ledger::Booked segments(std::vector<std::pair<std::string, double>> organizations) {
    Booking booking;
    for (const auto& [name, value] : organizations) {
      booking.parts.push_back({&families::message_segments_total, {"sms", "outbound"}, name, value});
    }
    return book("list", {booking});
  }

  std::optional<double> shown(const std::string& series, Duration later = 0ms) const {
    std::optional<double> value;
    ledger_->each_counter(now + later, [&](const Sample& sample) {
      if (series_text(*sample.family, sample.labels) == series) value = sample.value;
    });
    return value;
  }
  std::optional<double> calls(const std::string& direction = "combined") const {
    return shown("cpaas_calls_total{direction=\"" + direction + "\"}");
  }
  std::optional<double> cost() const {
    return shown("cpaas_cost_total{category=\"calls\",currency=\"INR\"}");
  }
  std::optional<double> spent() const { return shown("cpaas_balance_spent_total{currency=\"INR\"}"); }
  std::optional<double> added() const { return shown("cpaas_balance_added_total{currency=\"INR\"}"); }
  std::optional<double> sum() const {
    return shown("cpaas_message_segments_total{channel=\"sms\",direction=\"outbound\"}");
  }
  Ledger& ledger() { return *ledger_; }

  MemoryStore store;
  TimePoint now = *parse_time("2026-04-15T10:00:00Z");
  std::optional<TimePoint> providers;
  bool behind = false;
  std::vector<Corrected> unreadable;

 private:
  Account account_;
  std::unique_ptr<Ledger> ledger_;
};

// --- who feeds a counter

TEST(Owner, AnotherSourceNeverReachesTheCounter) {
  Books books;
  books.total(1'000'000);
  books.total(999'000, "list");
  EXPECT_EQ(books.calls(), 1'000'000);
  books.restart();
  EXPECT_EQ(books.calls(), 1'000'000) << "before the first poll";
  books.total(900'000, "list");
  EXPECT_EQ(books.calls(), 1'000'000);
}

TEST(Owner, IsTheFirstThatIsPolled) {
  Account without = account();
  std::erase_if(without.endpoints, [](const EndpointPlan& plan) { return plan.endpoint->name == "usage"; });
  Books books(without);
  books.total(500, "list");
  EXPECT_EQ(books.calls(), 500);
}

TEST(Owner, ASourceOfSomeSeriesLeavesTheOthersToTheNext) {
  Books books;
  const auto segments = [](const char* organization, double value) {
    return Booking{.totals = {{&families::organization_message_segments_total,
                               Window::none,
                               {organization, "sms", "outbound"},
                               value}}};
  };
  books.book("usage", {segments("o1", 5)});
  books.book("list", {segments("o2", 7)});
  EXPECT_EQ(books.shown("cpaas_organization_message_segments_total{channel=\"sms\",direction=\"outbound\","
                        "organization_id=\"o1\"}"),
            5);
  EXPECT_EQ(books.shown("cpaas_organization_message_segments_total{channel=\"sms\",direction=\"outbound\","
                        "organization_id=\"o2\"}"),
            7);
}

TEST(Owner, ACounterOfWhatIsNoLongerPolledIsNotShown) {
  Books books;
  books.level(100);
  books.level(99);
  Account without = account();
  std::erase_if(without.endpoints, [](const EndpointPlan& plan) { return plan.endpoint->name == "balance"; });
  books.reload(without);
  EXPECT_EQ(books.spent(), std::nullopt);
  books.reload(account());
  EXPECT_EQ(books.spent(), 1);
}

// --- counters live

TEST(Counters, StayWhenTheAnswerLeavesThemOut) {
  Books books;
  books.total(170);
  books.book("usage", {{}});
  EXPECT_EQ(books.calls(), 170);
  books.total(240);
  EXPECT_EQ(books.calls(), 240);
}

TEST(Counters, ThatAreBornWhileTheProgramWatchesBeginAtZero) {
  Books books;
  books.book("usage", {{}});
  books.total(5'000);
  books.total(5'000);  // out of all proportion: two answers
  EXPECT_EQ(books.calls(), 0);
  EXPECT_EQ(books.ledger().next_change(books.now), books.now - 1min + 2min);
  EXPECT_EQ(books.shown("cpaas_calls_total{direction=\"combined\"}", 2min), 5'000);
  books.now -= 1min;  // our clock is set back: no counter falls
  EXPECT_EQ(books.calls(), 5'000);
}

TEST(Counters, OfAQueryThatChangedAreNoNewcomers) {
  Books books;
  books.book("usage", {{}});
  Account more = account();
  more.settings.lists["organization_ids"] = {"o2"};
  books.reload(more);
  books.total(1'000'000);
  EXPECT_EQ(books.calls(), 1'000'000) << "as it is: it was there before anybody asked";
}

TEST(Counters, AreThereAfterARestartAtOnce) {
  Books books;
  books.total(1000);
  books.level(50);
  books.level(48);
  books.costs({10, 20});
  books.costs({10, 25});
  books.restart();
  EXPECT_EQ(books.calls(), 1000);
  EXPECT_EQ(books.spent(), 2);
  EXPECT_EQ(books.cost(), 5);
}

TEST(Counters, OnlyMoveWhenTheyAreDurable) {
  Books books;
  books.total(1000);
  Ledger& ledger = books.ledger();
  ledger.book("usage", {{.totals = {{&families::calls_total, Window::none, {"combined"}, 1010}}}}, {}, {},
              {books.now, books.now, false});
  const auto first = ledger.take_changes(books.now);
  ASSERT_TRUE(first);
  EXPECT_EQ(books.calls(), 1000);
  EXPECT_FALSE(ledger.take_changes(books.now)) << "one at a time";
  ledger.committed(false);
  EXPECT_EQ(books.calls(), 1000);
  const auto again = ledger.take_changes(books.now);
  ASSERT_TRUE(again);
  EXPECT_THAT(again->changed, SizeIs(1));
  ledger.committed(true);
  EXPECT_EQ(books.calls(), 1010);
}

// --- levels and totals

TEST(Levels, OneWrongAnswerMovesNothingAndIsSeen) {
  Books books;
  books.level(4990);
  const auto held = books.level(0);
  EXPECT_TRUE(held.ask_again);
  ASSERT_THAT(held.corrections, SizeIs(1));
  EXPECT_EQ(held.corrections[0].what, Correction::held);
  EXPECT_EQ(held.corrections[0].series, "cpaas_balance_spent_total{currency=\"INR\"}");
  const auto back = books.level(4990);
  ASSERT_THAT(back.corrections, SizeIs(1));
  EXPECT_EQ(back.corrections[0].what, Correction::taken_back);
  EXPECT_EQ(books.spent(), 0);
  EXPECT_EQ(books.added(), 0);
}

TEST(Levels, AHeldMoveOutlivesARestart) {
  Books books;
  books.level(5000);
  books.level(100);
  books.restart();
  books.level(90);
  EXPECT_EQ(books.spent(), 4910);
}

TEST(Totals, AreAsTheyAreWhenTheyAreFirstSeen) {
  Books books;
  books.total(1e13);
  EXPECT_EQ(books.calls(), 1e13);
}

TEST(Totals, NonsenseIsRefusedAndTheRestIsBooked) {
  Books books;
  const auto booked =
      books.book("usage", {{.totals = {{&families::calls_total, Window::none, {"inbound"}, -5},
                                       {&families::calls_total, Window::none, {"outbound"}, 5}}}});
  ASSERT_THAT(booked.corrections, SizeIs(1));
  EXPECT_EQ(booked.corrections[0].what, Correction::refused);
  EXPECT_EQ(books.shown("cpaas_calls_total{direction=\"outbound\"}"), 5);
}

TEST(Totals, OfTwoValuesOfOneSeriesTheFirstCounts) {
  Books books;
  books.book("usage", {{.totals = {{&families::calls_total, Window::none, {"combined"}, 10},
                                   {&families::calls_total, Window::none, {"combined"}, 90}}}});
  EXPECT_EQ(books.calls(), 10);
}

// --- sums over parts

TEST(Parts, OneThatLeavesAndReturnsAddsOnlyWhatItCountedMeanwhile) {
  Books books;
  books.segments({{"o1", 1000}, {"o2", 400}});
  EXPECT_EQ(books.sum(), 1400);
  for (int i = 0; i < 3; ++i) {
    books.segments({{"o1", 1010}});
    EXPECT_EQ(books.sum(), 1410);
    books.segments({{"o1", 1010}, {"o2", 400}});
    EXPECT_EQ(books.sum(), 1410);
  }
  books.segments({{"o1", 1010}, {"o2", 450}});
  EXPECT_EQ(books.sum(), 1460);
  books.restart();
  books.segments({{"o1", 1010}, {"o2", 450}});
  EXPECT_EQ(books.sum(), 1460);
}

TEST(Parts, ANewOneCountsFromZero) {
  Books books;
  books.segments({{"o1", 1000}});
  books.segments({{"o1", 1000}, {"o2", 50}});
  EXPECT_EQ(books.sum(), 1050);
}

TEST(Parts, AGarbledNameIsNobodyNew) {
  Books books;
  books.segments({{"o1", 1000}});
  for (int i = 0; i < 5; ++i) books.segments({{"o\xEF\xBF\xBD", 1000}});
  EXPECT_EQ(books.sum(), 1000);
}

// --- days

TEST(DaysOfAnAnswer, ThatWereThereBeforeAreHistory) {
  Books books;
  books.costs({100, 3000, 400});
  EXPECT_EQ(books.cost(), 0);
  books.costs({100, 3000, 440});
  EXPECT_EQ(books.cost(), 40);
}

TEST(DaysOfAnAnswer, ALongerOneAddsNothing) {
  Books books;
  books.costs({100});
  books.costs(std::vector<double>(30, 100));
  EXPECT_EQ(books.cost(), 0);
  Account longer = account();
  longer.settings.window = days{90};
  books.reload(longer);
  books.costs(std::vector<double>(90, 100));
  EXPECT_EQ(books.cost(), 0);
}

TEST(DaysOfAnAnswer, AfterALostStateTheCounterBeginsAtZero) {
  Books books;
  books.costs(std::vector<double>(30, 100));
  books.store = MemoryStore();
  books.restart();
  books.costs(std::vector<double>(30, 100));
  EXPECT_EQ(books.cost(), 0);
}

TEST(DaysOfAnAnswer, ASlidingWindowMayCutItsOldestDay) {
  Books books;
  books.costs({25, 25, 25, 25});
  double counted = 0;
  for (int hour = 0; hour < 97; ++hour) {
    books.now += 1h;
    const double part = static_cast<double>(hour % 24) / 24;
    books.costs({25 * (1 - part), 25, 25, 25 * part});
    counted += 25.0 / 24;
  }
  ASSERT_TRUE(books.cost());
  EXPECT_NEAR(*books.cost(), counted, 30);
}

TEST(DaysOfAnAnswer, ADateThatLiesLosesNothing) {
  Books books;
  books.costs({5});
  for (int day = 1; day <= 5; ++day) {
    books.now += 24h;
    books.providers = day == 2 ? std::optional(books.now + 24h * 365 * 5) : std::nullopt;
    books.behind = day == 2;
    std::vector<double> values(static_cast<std::size_t>(day) + 1, 100);
    values[0] = 30;
    books.costs(values);
  }
  EXPECT_EQ(books.cost(), 525) << "5 of the first day were there before";
}

TEST(DaysOfAnAnswer, DoNotBeginWhileOurClockIsFarBehind) {
  Books books;
  books.behind = true;
  books.costs({100, 100});
  books.behind = false;
  books.costs({100, 100});
  EXPECT_EQ(books.cost(), 0);
}

TEST(DaysOfAnAnswer, NoneIsGivenUpWhileItIsNotKnownWhichDayItIs) {
  Books books;
  books.costs({5});
  const TimePoint right = books.now;
  books.behind = true;
  books.now += 24h * 300;
  books.costs({5});
  books.now = right + 24h;
  books.behind = false;
  const auto booked = books.costs({9, 7});
  EXPECT_THAT(booked.corrections, IsEmpty());
  EXPECT_EQ(books.cost(), 11);
}

Booking user_day(const std::string& organization, const std::string& user, Day day, double value) {
  return {.member = organization,
          .days = {{&families::user_cost_total, {organization, user, "voice", "USD"}, day, value}},
          .days_read = {{day, day}}};
}

std::string user_series(const std::string& organization, const std::string& user) {
  return "cpaas_user_cost_total{category=\"voice\",currency=\"USD\",organization_id=\"" + organization +
         "\",user_id=\"" + user + "\"}";
}

std::vector<Day> asked(Books& books, const std::string& member) {
  Ledger::DayBudget budget;
  return books.ledger().days_to_ask("daily", member, day_of(books.now), books.now, budget);
}

TEST(OwedDaysOfMembers, AreAskedForUntilTheyAreRead) {
  Books books;
  const Day first = day_of(books.now);
  EXPECT_THAT(asked(books, "o1"), ElementsAre(first));
  books.book("daily", {{}, user_day("o1", "u", first, 10)});
  books.now += 24h * 5;
  const Day today = day_of(books.now);
  EXPECT_THAT(asked(books, "o1"),
              ElementsAre(today, today - days{1}, first, first + days{1}, first + days{2}, first + days{3}));
  EXPECT_EQ(books.ledger().days_missing("daily", today), 5);
  books.book("daily",
             {{}, user_day("o1", "u", first + days{1}, 20), user_day("o1", "u", today - days{1}, 50)});
  EXPECT_EQ(books.ledger().days_missing("daily", today), 3);
  books.restart();
  EXPECT_THAT(asked(books, "o1"),
              ElementsAre(today, today - days{1}, first, first + days{2}, first + days{3}, first + days{1}))
      << "the last for a second reading";
  EXPECT_EQ(books.shown(user_series("o1", "u")), 70);
}

TEST(OwedDaysOfMembers, ABudgetBoundsWhatOnePollAsksFor) {
  Books books;
  const Day first = day_of(books.now);
  books.book("daily", {{}, user_day("o1", "u", first, 10), user_day("o2", "u", first, 10)});
  books.now += 24h * 10;
  Ledger::DayBudget budget{.owed = 5, .again = 0};
  EXPECT_THAT(books.ledger().days_to_ask("daily", "o1", day_of(books.now), books.now, budget), SizeIs(7));
  EXPECT_THAT(books.ledger().days_to_ask("daily", "o2", day_of(books.now), books.now, budget), SizeIs(2));
}

TEST(OwedDaysOfMembers, LateRecordsAreFoundByTheSecondReading) {
  Books books;
  const Day first = day_of(books.now);
  books.book("daily", {{}, user_day("o1", "u", first, 10)});
  books.now += 24h * 3;
  for (const Day day : asked(books, "o1")) books.book("daily", {{}, user_day("o1", "u", day, 15)});
  books.now += 24h;
  const auto again = asked(books, "o1");
  EXPECT_THAT(again, testing::Contains(first + days{1}));
  for (const Day day : again)
    books.book("daily", {{}, user_day("o1", "u", day, day == first + days{1} ? 45 : 15)});
  EXPECT_EQ(books.shown(user_series("o1", "u")), 5 + 45 + 15 + 15 + 15);
}

TEST(OwedDaysOfMembers, AMemberThatIsNewInTheWorldCountsWhole) {
  Books books;
  const Day today = day_of(books.now);
  books.book("daily", {{}, user_day("o1", "u", today, 10)});
  books.book("daily", {{}, user_day("o1", "u", today, 10), user_day("o2", "u", today, 60)});
  EXPECT_EQ(books.shown(user_series("o2", "u"), 2min), 60);
}

TEST(OwedDaysOfMembers, AMemberThatWasRefusedSoFarBeginsWithHistory) {
  Books books;
  const Day today = day_of(books.now);
  books.book("daily", {{}, user_day("o1", "u", today, 10)}, {"o2"});
  books.book("daily", {{}, user_day("o1", "u", today, 10), user_day("o2", "u", today, 60)});
  EXPECT_EQ(books.shown(user_series("o2", "u"), 2min), 0);
}

TEST(OwedDaysOfMembers, OneWithoutUsageIsAskedForTheSameDaysAsOthers) {
  Books books;
  const auto answer = [&](const std::vector<Day>& of) {
    std::vector<Booking> bookings{{}};
    for (const Day day : of) bookings.push_back({.member = "quiet", .days_read = {{day, day}}});
    books.book("daily", bookings);
  };
  for (int i = 0; i < 40; ++i) {
    answer(asked(books, "quiet"));
    books.now += 24h;
  }
  EXPECT_THAT(asked(books, "quiet"), SizeIs(8));  // once a day those of the last week again
  answer(asked(books, "quiet"));
  EXPECT_THAT(asked(books, "quiet"), SizeIs(2));
  EXPECT_EQ(books.ledger().days_missing("daily", day_of(books.now)), 0);
}

// --- parts of a poll

Booking organization(const std::string& name, double value) {
  return {
      .member = name,
      .totals = {
          {&families::organization_message_segments_total, Window::none, {name, "sms", "outbound"}, value}}};
}

std::string organization_series(const std::string& name) {
  return "cpaas_organization_message_segments_total{channel=\"sms\",direction=\"outbound\",organization_id="
         "\"" +
         name + "\"}";
}

TEST(PartsOfAPoll, AMemberThatWaitsIsNotNewWhenItIsRead) {
  Books books;
  const std::vector<std::string> waiting{"o2"};
  books.book_but("usage", {organization("o1", 100)}, {.listed = waiting, .part = true});
  books.book("usage", {organization("o2", 1'000'000)});
  EXPECT_EQ(books.shown(organization_series("o2")), 1'000'000) << "as it is, not from 0";
  EXPECT_EQ(books.shown(organization_series("o2"), 3min), 1'000'000);
  EXPECT_EQ(books.ledger().acquaintance("usage", "o3"), 0U);
  books.book_but("usage", {organization("o3", 7)}, {.listed = waiting});
  EXPECT_EQ(books.shown(organization_series("o3")), 0) << "new in the world";
}

TEST(PartsOfAPoll, AMemberThatWaitsIsKnownAfterARestart) {
  Books books;
  const std::vector<std::string> waiting{"o2"};
  books.book_but("usage", {organization("o1", 100)}, {.listed = waiting, .part = true});
  books.restart();
  EXPECT_EQ(books.ledger().acquaintance("usage", "o1"), 2U);
  EXPECT_EQ(books.ledger().acquaintance("usage", "o2"), 1U);
}

TEST(PartsOfAPoll, ADayIsOwedByThoseThatWaitAndOfThoseThatWereRead) {
  Books books;
  const Day first = day_of(books.now);
  const std::vector<std::string> listed{"o1", "o2"};
  books.book("daily", {{}, user_day("o1", "u", first, 10), user_day("o2", "u", first, 10)});
  books.now += 24h * 2;
  const Day today = day_of(books.now);
  EXPECT_EQ(books.ledger().days_missing("daily", today), 4);
  books.book_but("daily", {user_day("o1", "u", first, 12)},
                 {.listed = {listed.begin() + 1, 1}, .part = true});
  EXPECT_EQ(books.ledger().days_missing("daily", today), 3);
  books.book_but("daily", {{}}, {.listed = listed});  // o1 was booked before
  EXPECT_EQ(books.ledger().days_missing("daily", today), 3);
  books.book_but("daily", {{}}, {.listed = {listed.data(), 1}});  // o2 is listed no more
  EXPECT_EQ(books.ledger().days_missing("daily", today), 1);
}

TEST(PartsOfAPoll, WhatAnotherQuestionShowsIsNoNewcomerWhenItsTurnComes) {
  Books books;
  const Day today = day_of(books.now);
  books.book("daily", {{}, user_day("o1", "u", today, 10), user_day("o2", "u", today, 10)});
  Account changed = account();
  changed.settings.texts["mode"] = "more";
  books.reload(changed);
  const std::vector<std::string> waiting{"o2"};
  books.book_but("daily", {user_day("o1", "v", today, 500)}, {.listed = waiting, .part = true});
  books.book("daily", {{}, user_day("o2", "v", today, 500)});
  EXPECT_EQ(books.shown(user_series("o1", "v"), 3min), 0);
  EXPECT_EQ(books.shown(user_series("o2", "v"), 3min), 0);
  books.book("daily", {{}, user_day("o2", "v", today, 510), user_day("o2", "w", today, 7)});
  EXPECT_EQ(books.shown(user_series("o2", "v"), 3min), 10);
  EXPECT_EQ(books.shown(user_series("o2", "w"), 3min), 7) << "came while it was asked for the same";
}

TEST(PartsOfAPoll, GaugesAreKeptOfTheWhole) {
  Books books;
  const Sample balance{&families::balance, Window::none, {"INR"}, 5};
  books.book("balance", {}, {}, {balance});
  books.book_but("balance", {}, {.part = true});
  books.restart();
  EXPECT_THAT(books.ledger().kept_gauges("balance")->samples, SizeIs(1));
}

TEST(OwedDaysOfMembers, AHeldDayIsAskedForAgain) {
  Books books;
  const Day first = day_of(books.now);
  books.book("daily", {{}, user_day("o1", "u", first, 10)});
  books.now += 24h * 2;
  const Day today = day_of(books.now);
  const auto booked = books.book(
      "daily", {{}, user_day("o1", "u", first + days{1}, 9'000'000), user_day("o1", "u", first, 10)});
  EXPECT_TRUE(booked.ask_again);
  EXPECT_EQ(books.ledger().days_missing("daily", today), 1);
  books.book("daily", {{}, user_day("o1", "u", first + days{1}, 9'000'000)});
  EXPECT_EQ(books.shown(user_series("o1", "u")), 9'000'000);
  EXPECT_EQ(books.ledger().days_missing("daily", today), 0);
}

TEST(OwedDaysOfMembers, ALateRecordThatIsHeldIsAskedForAgain) {
  Books books;
  const Day first = day_of(books.now);
  books.book("daily", {{}, user_day("o1", "u", first, 10)});
  books.now += 24h * 4;
  for (const Day day : asked(books, "o1")) books.book("daily", {{}, user_day("o1", "u", day, 10)});
  const auto booked = books.book("daily", {{}, user_day("o1", "u", first + days{1}, 5'000)});
  EXPECT_TRUE(booked.ask_again);
  EXPECT_EQ(books.ledger().days_missing("daily", day_of(books.now)), 1);
  books.restart();
  EXPECT_THAT(asked(books, "o1"), testing::Contains(first + days{1}));
  books.book("daily", {{}, user_day("o1", "u", first + days{1}, 5'000)});
  EXPECT_EQ(books.shown(user_series("o1", "u")), 5'000 + 3 * 10);
  EXPECT_EQ(books.ledger().days_missing("daily", day_of(books.now)), 0);
}

TEST(OwedDaysOfMembers, AClosedDayThatFallsIsAskedForAgainAtOnce) {
  Books books;
  const Day first = day_of(books.now);
  const Day second = first + days{1};
  books.book("daily", {{}, user_day("o1", "u", first, 10)});
  books.now += 24h * 4;
  for (const Day day : asked(books, "o1")) books.book("daily", {{}, user_day("o1", "u", day, 20)});
  const auto shown = books.shown(user_series("o1", "u"));
  books.book("daily", {{}, user_day("o1", "u", second, 0)});
  books.now += 15min;
  EXPECT_THAT(asked(books, "o1"), testing::Contains(second));
  books.book("daily", {{}, user_day("o1", "u", second, 20)});
  EXPECT_EQ(books.shown(user_series("o1", "u")), shown) << "a wrong zero is made good by the next poll";
  books.book("daily", {{}, user_day("o1", "u", day_of(books.now), 21)});
  EXPECT_EQ(books.shown(user_series("o1", "u")), *shown + 1) << "and takes nothing from what follows";
  books.book("daily", {{}, user_day("o1", "u", second, 15)});
  books.book("daily", {{}, user_day("o1", "u", second, 15)});
  EXPECT_THAT(asked(books, "o1"), testing::Not(testing::Contains(second))) << "two answers agree";
}

TEST(OwedDaysOfMembers, AreGivenUpAfterTheHorizonAndThatIsSeen) {
  Books books;
  books.book("daily", {{}, user_day("o1", "u", day_of(books.now), 10)});
  books.now += 24h * 60;
  const auto booked = books.book("daily", {{}, user_day("o1", "u", day_of(books.now), 10)});
  EXPECT_EQ(std::ranges::count(booked.corrections, Correction::days_lost, &Corrected::what), 15);
}

// --- the account

TEST(Identity, HasWhatNamesTheAccountAndNothingElse) {
  const auto of = [](const auto& change) {
    Account changed = account();
    change(changed);
    return account_identity(changed);
  };
  const std::string same = of([](Account&) {});
  EXPECT_EQ(of([](Account& a) { a.settings.texts["mode"] = "x"; }), same);
  EXPECT_EQ(of([](Account& a) { a.settings.window = days{90}; }), same);
  EXPECT_EQ(of([](Account& a) { a.settings.secrets.emplace("key", Secret("k")); }), same);
  EXPECT_NE(of([](Account& a) { a.settings.texts["id"] = "x"; }), same);
  EXPECT_NE(of([](Account& a) { a.settings.base_url = "http://other"; }), same);
  EXPECT_NE(of([](Account& a) { a.settings.account = "other"; }), same);
}

Booking of_account(const std::string& id, double calls) {
  return {.totals = {{&families::calls_total, Window::none, {"combined"}, calls}}, .account_id = id};
}

TEST(AccountId, AnotherOneForLongEnoughBeginsNewCounters) {
  Books books;
  books.book("usage", {of_account("a", 1000)});
  books.level(1'000'000);
  const auto once = books.book("usage", {of_account("b", 9'000'000)});
  EXPECT_TRUE(once.ask_again);
  EXPECT_EQ(books.calls(), 1000) << "one answer may be wrong";
  books.book("usage", {of_account("a", 1001)});
  EXPECT_EQ(books.calls(), 1001);
  for (int i = 0; i < 10; ++i) {
    books.book("usage", {of_account("b", 9'000'000)});
    books.book("usage", {of_account("a", 1001)});
    books.book("usage", {of_account("b\xEF\xBF\xBD", 9'000'000)});
  }
  EXPECT_EQ(books.calls(), 1001);
  for (int i = 0; i < 5; ++i) books.book("usage", {of_account("b", 9'000'000)});
  EXPECT_EQ(books.calls(), 0) << "nobody used what the other account had";
  books.book("usage", {of_account("b", 9'000'010)});
  EXPECT_EQ(books.calls(), 10);
  books.level(550);
  EXPECT_EQ(books.spent(), 0);
  books.restart();
  EXPECT_EQ(books.calls(), 10);
  books.book("usage", {{.totals = {{&families::calls_total, Window::none, {"inbound"}, 700}}}});
  EXPECT_EQ(books.calls("inbound"), 0) << "the page may still have shown the other account's";
}

TEST(AccountId, AnAccountInThePlaceOfAnotherBeginsAtZero) {
  Books books;
  StoredAccount stored;
  stored.replaces = true;
  books.restart_with(stored);
  books.total(5'000'000);
  EXPECT_EQ(books.calls(), 0);
  books.total(5'000'010);
  EXPECT_EQ(books.calls(), 10);
  books.restart();
  books.book("usage", {{.totals = {{&families::calls_total, Window::none, {"inbound"}, 700}}}});
  EXPECT_EQ(books.calls("inbound"), 0);
}

// --- the store

TEST(Stored, ARecordThatCannotBeReadIsSetAsideAlone) {
  Books books;
  books.total(1000);
  books.level(100);
  books.level(98);
  Batch damage;
  damage.account = books.ledger().identity();
  damage.changed = {{1, "", "", "", "damaged"}};
  ASSERT_TRUE(books.store.commit(std::span(&damage, 1)));
  books.restart();
  ASSERT_THAT(books.unreadable, SizeIs(1));
  EXPECT_EQ(books.unreadable[0].series, "cpaas_calls_total{direction=\"combined\"}");
  EXPECT_EQ(books.calls(), std::nullopt);
  EXPECT_EQ(books.spent(), 2);
  books.total(1010);
  EXPECT_TRUE(books.calls());
  books.restart();
  EXPECT_THAT(books.unreadable, IsEmpty());
}

TEST(Stored, WhatDidNotChangeIsNotWritten) {
  Books books;
  books.total(1000);
  books.level(100);
  Ledger& ledger = books.ledger();
  ledger.book("balance",
              {{.levels = {{&families::balance_spent_total, &families::balance_added_total, {"INR"}, 100}}}},
              {}, {}, {books.now + 1s, books.now + 1s, false});
  EXPECT_FALSE(ledger.take_changes(books.now));
}

TEST(Stored, SeriesThatNobodySawForLongAreForgotten) {
  Books books;
  books.book("usage", {{.totals = {{&families::calls_total, Window::none, {"inbound"}, 5},
                                   {&families::calls_total, Window::none, {"outbound"}, 5}}}});
  for (int month = 0; month < 14; ++month) {
    books.now += 24h * 30;
    books.book("usage", {{.totals = {{&families::calls_total, Window::none, {"inbound"}, 5}}}});
  }
  EXPECT_EQ(books.shown("cpaas_calls_total{direction=\"inbound\"}"), 5);
  EXPECT_EQ(books.shown("cpaas_calls_total{direction=\"outbound\"}"), std::nullopt);
  EXPECT_THAT(books.store.load(books.ledger().identity(), "")->series, SizeIs(1));
}

TEST(Stored, GaugesAndTheTimeOfTheirSuccessComeBack) {
  Books books;
  const std::vector<Sample> gauges{{&families::balance, Window::none, {"INR"}, 12.5}};
  books.book("balance", {{}}, {}, gauges);
  const TimePoint success = books.now;
  books.restart();
  const auto kept = books.ledger().kept_gauges("balance");
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->last_success, success);
  ASSERT_THAT(kept->samples, SizeIs(1));
  EXPECT_EQ(kept->samples[0].value, 12.5);
  EXPECT_FALSE(books.ledger().kept_gauges("usage"));
}

// --- records of schema version 2

TEST(Legacy, NoCounterFallsOrJumps) {
  const Day today = *parse_date("2026-04-15");
  StoredAccount stored;
  stored.legacy = {
      {.endpoint = "usage",
       .family = "cpaas_calls_total",
       .labels = "combined\0"s,
       .shown = 1'000'000'000,
       .base = 0,
       .last = 1'000'000'000},
      {.endpoint = "list",
       .family = "cpaas_calls_total",
       .labels = "combined\0"s,
       .shown = 999'000'000,
       .last = 999'000'000},
      {.endpoint = "daily",
       .family = "cpaas_cost_total",
       .labels = "calls\0INR\0"s,
       .shown = 36'500'000'000,
       .base = 30'000'000'000,
       .created = TimePoint{today - days{400}},
       .days = {{today - days{60}, 6'000'000'000}, {today - days{1}, 400'000'000}, {today, 100'000'000}}},
      {.endpoint = "balance",
       .family = "cpaas_balance_spent_total",
       .labels = "INR\0"s,
       .shown = 50'000'000,
       .last = 70'000'000},
      {.endpoint = "balance", .family = "cpaas_balance_added_total", .labels = "INR\0"s, .shown = 20'000'000},
      {.endpoint = "list",
       .family = "cpaas_message_segments_total",
       .labels = "sms\0outbound\0"s,
       .shown = 1'400'000'000,
       .last = 1'400'000'000},
      {.endpoint = "gone", .family = "cpaas_gone_total", .labels = "", .shown = 1},
  };
  Books books;
  books.restart_with(stored);
  const auto expect = [&](double calls, double cost, double spent, double sum) {
    EXPECT_EQ(books.calls(), calls);
    EXPECT_EQ(books.cost(), cost);
    EXPECT_EQ(books.spent(), spent);
    EXPECT_EQ(books.added(), 20);
    EXPECT_EQ(books.sum(), sum);
  };
  expect(1000, 36'500, 50, 1400);
  books.total(1000);
  books.level(70);
  books.costs({400, 100});
  books.segments({{"o1", 1000}, {"o2", 400}});
  expect(1000, 36'500, 50, 1400);
  books.total(1003);
  books.level(66);
  books.costs({410, 120});
  books.segments({{"o1", 1000}, {"o2", 407}});
  expect(1003, 36'530, 54, 1407);
  books.restart();
  expect(1003, 36'530, 54, 1407);
}

}  // namespace
}  // namespace cpaas::ledger
