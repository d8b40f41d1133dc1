// Counters from days, levels and totals: never falling, never counting twice.
#include "exporter/engine/ledger.h"

#include <gmock/gmock.h>

#include <random>

#include "exporter/core/families.h"
#include "exporter/engine/memory_ledger_store.h"

namespace cpaas::engine {
namespace {

using testing::SizeIs;

const TimePoint now = *parse_time("2026-04-15T10:00:00Z");
const Day today = *parse_date("2026-04-15");
constexpr Micros unit = 1'000'000;

LedgerRecord after_days(std::initializer_list<std::pair<int, double>> values) {
  LedgerRecord record;
  for (const auto& [offset, value] : values) apply_day(record, today + std::chrono::days{offset}, value);
  return record;
}

// --- days

TEST(ApplyDay, SumsDaysAndRereadsThemWithoutCountingTwice) {
  EXPECT_EQ(after_days({{-1, 5}, {0, 2}}).shown, 7 * unit);
  EXPECT_EQ(after_days({{-1, 5}, {0, 2}, {-1, 5}, {0, 2}}).shown, 7 * unit);
  EXPECT_EQ(after_days({{0, 2}, {-1, 5}, {0, 3}}).shown, 8 * unit);
}

TEST(ApplyDay, ALateCorrectionUpwardAddsTheDifference) {
  EXPECT_EQ(after_days({{-1, 5}, {0, 2}, {-1, 6}}).shown, 8 * unit);
}

TEST(ApplyDay, ACorrectionDownwardIsHeldBackUntilMadeUpFor) {
  LedgerRecord record = after_days({{-1, 5}, {0, 2}});
  EXPECT_TRUE(apply_day(record, today - std::chrono::days{1}, 1));
  EXPECT_EQ(record.shown, 7 * unit);
  EXPECT_FALSE(apply_day(record, today, 5));  // 6 in all
  EXPECT_EQ(record.shown, 7 * unit);
  EXPECT_FALSE(apply_day(record, today, 8));  // 9 in all
  EXPECT_EQ(record.shown, 9 * unit);
}

TEST(ApplyDay, IgnoresWhatIsNoAmount) {
  LedgerRecord record = after_days({{0, 2}});
  EXPECT_FALSE(apply_day(record, today, -1));
  EXPECT_FALSE(apply_day(record, today, 1e300));
  EXPECT_EQ(record, after_days({{0, 2}}));
}

TEST(ApplyDay, MoneyStaysExact) {
  LedgerRecord record;
  for (int i = 0; i < 1000; ++i) apply_day(record, today + std::chrono::days{i}, 0.1);
  EXPECT_EQ(record.shown, 100 * unit);
}

TEST(FoldDays, KeepsTheSum) {
  LedgerRecord record = after_days({{-3, 1}, {-2, 2}, {-1, 4}, {0, 8}});
  fold_days(record, today - std::chrono::days{1});
  EXPECT_THAT(record.days, SizeIs(2));
  apply_day(record, today, 9);
  EXPECT_EQ(record.shown, 16 * unit);
}

TEST(ApplyDay, NeverFallsAndEndsAtTheSumWhenDaysOnlyGrow) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same every time
  LedgerRecord record;
  std::map<Day, double> truth;
  Micros before = 0;
  for (int i = 0; i < 2000; ++i) {
    const Day day = today + std::chrono::days{random() % 30};
    truth[day] += static_cast<double>(random() % 100) / 100;
    apply_day(record, day, truth[day]);
    ASSERT_GE(record.shown, before);
    before = record.shown;
  }
  Micros sum = 0;
  for (const auto& [day, value] : truth) sum += std::llround(value * 1e6);
  EXPECT_EQ(record.shown, sum);
}

// --- totals

TEST(ApplyTotal, IsShownAsItIsWhileItGrows) {
  LedgerRecord record;
  EXPECT_FALSE(apply_total(record, 100));
  EXPECT_FALSE(apply_total(record, 100));
  EXPECT_FALSE(apply_total(record, 130));
  EXPECT_EQ(record.shown, 130 * unit);
}

TEST(ApplyTotal, GoesOnFromTheHighWaterMarkAfterAFall) {
  LedgerRecord record;
  apply_total(record, 100);
  EXPECT_TRUE(apply_total(record, 20));
  EXPECT_EQ(record.shown, 100 * unit);
  EXPECT_FALSE(apply_total(record, 25));
  EXPECT_EQ(record.shown, 105 * unit);
  EXPECT_TRUE(apply_total(record, 0));
  EXPECT_EQ(record.shown, 105 * unit);
  apply_total(record, 1);
  EXPECT_EQ(record.shown, 106 * unit);
}

TEST(ApplyTotal, CountsNothingTwiceWhenAFallWasAWrongResponse) {
  LedgerRecord record;
  apply_total(record, 20);
  apply_total(record, 15);
  apply_total(record, 16);
  apply_total(record, 100);  // the counter is ahead of the total by now
  ASSERT_EQ(record.shown, 105 * unit);
  for (const double wrong : {60.0, 0.0, 0.0}) apply_total(record, wrong);
  EXPECT_EQ(record.shown, 105 * unit);
  apply_total(record, 100);
  EXPECT_EQ(record.shown, 105 * unit);
  apply_total(record, 0);
  apply_total(record, 107);
  EXPECT_EQ(record.shown, 112 * unit);
}

TEST(ApplyTotal, KnowsAfterARestartWhatItFellFrom) {
  MemoryLedgerStore store;
  double shown = 0;
  for (const double total : {100.0, 0.0, 103.0}) {
    Ledger ledger("main");
    Page page;
    page.add(families::calls_total, total, {"combined"});
    const auto applied = ledger.apply(store, "usage", page, now);
    ASSERT_TRUE(applied);
    shown = applied->counters.front().value;
  }
  EXPECT_EQ(shown, 103);
}

// --- levels

TEST(ApplyLevel, CountsFallsAndRisesApart) {
  LedgerRecord spent;
  LedgerRecord added;
  for (const double level : {100.0, 90.5, 90.5, 190.5, 150.0}) apply_level(spent, &added, level);
  EXPECT_EQ(spent.shown, 50 * unit);
  EXPECT_EQ(added.shown, 100 * unit);
}

TEST(ApplyLevel, MayBeNegativeAndHaveNoRises) {
  LedgerRecord spent;
  for (const double level : {5.0, -5.0, 3.0, 2.0}) apply_level(spent, nullptr, level);
  EXPECT_EQ(spent.shown, 11 * unit);
}

// --- the ledger of an account

Page page_of(double total, double day, double level) {
  Page page;
  page.add(families::calls_total, total, {"combined"});
  page.add(families::phone_numbers, 3);
  page.days.push_back({&families::cost_total, {"calls", "INR"}, today, day});
  page.levels.push_back({&families::balance_spent_total, &families::balance_added_total, {"INR"}, level});
  return page;
}

std::map<std::string, double> by_name(const std::vector<Sample>& samples) {
  std::map<std::string, double> result;
  for (const Sample& sample : samples) result[std::string(sample.family->name)] = sample.value;
  return result;
}

std::map<std::string, double> apply(Ledger& ledger, LedgerStore& store, Page page) {
  const auto applied = ledger.apply(store, "usage", page, now);
  EXPECT_TRUE(applied);
  return applied ? by_name(applied->counters) : std::map<std::string, double>{};
}

std::map<std::string, double> counters(double calls, double cost, double spent, double added) {
  return {{"cpaas_calls_total", calls},
          {"cpaas_cost_total", cost},
          {"cpaas_balance_spent_total", spent},
          {"cpaas_balance_added_total", added}};
}

TEST(Ledger, MakesCountersOfAllThreeAndLeavesGauges) {
  MemoryLedgerStore store;
  Ledger ledger("main");
  Page page = page_of(10, 1.5, 100);
  const auto applied = ledger.apply(store, "usage", page, now);
  ASSERT_TRUE(applied);
  EXPECT_EQ(by_name(applied->counters), counters(10, 1.5, 0, 0));
  ASSERT_THAT(page.samples, SizeIs(1));
  EXPECT_EQ(page.samples.front().family, &families::phone_numbers);
  EXPECT_EQ(apply(ledger, store, page_of(12, 2, 70)), counters(12, 2, 30, 0));
  EXPECT_EQ(apply(ledger, store, page_of(12, 2, 80)), counters(12, 2, 30, 10));
}

TEST(Ledger, GoesOnAfterARestart) {
  MemoryLedgerStore store;
  Ledger before("main");
  apply(before, store, page_of(10, 1.5, 100));
  apply(before, store, page_of(4, 1.5, 90));
  Ledger after("main");
  EXPECT_EQ(apply(after, store, page_of(5, 2, 85)), counters(11, 2, 15, 0));
}

TEST(Ledger, KeepsAccountsAndEndpointsApart) {
  MemoryLedgerStore store;
  Ledger main("main");
  Ledger other("other");
  apply(main, store, page_of(10, 1, 100));
  EXPECT_EQ(apply(other, store, page_of(3, 1, 50)), counters(3, 1, 0, 0));
  Page page = page_of(4, 1, 50);
  const auto applied = main.apply(store, "dashboard", page, now);
  ASSERT_TRUE(applied);
  EXPECT_EQ(by_name(applied->counters), counters(4, 1, 0, 0));
}

TEST(Ledger, CountsWhatTheProviderTookBack) {
  MemoryLedgerStore store;
  Ledger ledger("main");
  apply(ledger, store, page_of(10, 5, 100));
  Page page = page_of(9, 4, 100);
  const auto applied = ledger.apply(store, "usage", page, now);
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->corrections, 2U);
  EXPECT_EQ(by_name(applied->counters), counters(10, 5, 0, 0));
}

class FailingStore : public MemoryLedgerStore {
 public:
  Result<Records> load(const std::string& account) override {
    if (fail_load) return fail(Reason::internal, "cannot read");
    return MemoryLedgerStore::load(account);
  }
  Result<void> save(const std::string& account, const Records& changed) override {
    ++saves;
    if (fail_save) return fail(Reason::internal, "cannot write");
    return MemoryLedgerStore::save(account, changed);
  }
  bool fail_load = false;
  bool fail_save = false;
  int saves = 0;
};

TEST(Ledger, TakesNothingOverThatCannotBeSaved) {
  FailingStore store;
  Ledger ledger("main");
  apply(ledger, store, page_of(10, 1, 100));
  store.fail_save = true;
  Page page = page_of(20, 2, 50);
  EXPECT_FALSE(ledger.apply(store, "usage", page, now));
  store.fail_save = false;
  EXPECT_EQ(apply(ledger, store, page_of(20, 2, 50)), counters(20, 2, 50, 0));
}

TEST(Ledger, ReadsAgainWhatCouldNotBeRead) {
  FailingStore store;
  Ledger before("main");
  apply(before, store, page_of(10, 1, 100));
  store.fail_load = true;
  Ledger ledger("main");
  Page page = page_of(3, 1, 90);
  EXPECT_FALSE(ledger.apply(store, "usage", page, now));
  store.fail_load = false;
  EXPECT_EQ(apply(ledger, store, page_of(3, 1, 90)), counters(10, 1, 10, 0));
}

TEST(Ledger, SavesOnlyWhatChanged) {
  FailingStore store;
  Ledger ledger("main");
  apply(ledger, store, page_of(10, 1, 100));
  apply(ledger, store, page_of(10, 1, 100));
  EXPECT_EQ(store.saves, 1);
}

TEST(Ledger, SaysSinceWhenACounterCounts) {
  MemoryLedgerStore store;
  Ledger ledger("main");
  Page page = page_of(10, 1, 100);
  page.days.push_back({&families::cost_total, {"calls", "INR"}, today - std::chrono::days{29}, 1});
  const auto applied = ledger.apply(store, "usage", page, now);
  ASSERT_TRUE(applied);
  std::map<std::string, TimePoint> created;
  for (const Sample& sample : applied->counters) created[std::string(sample.family->name)] = sample.created;
  EXPECT_EQ(created["cpaas_cost_total"], TimePoint{today - std::chrono::days{29}});
  EXPECT_EQ(created["cpaas_balance_spent_total"], now);
  EXPECT_EQ(created["cpaas_calls_total"], TimePoint{});
}

TEST(Ledger, DaysLongOverAreCountedOnceHoweverOftenTheyAreSent) {
  MemoryLedgerStore store;
  Ledger ledger("main");
  for (int poll = 0; poll < 3; ++poll) {
    Page page;
    page.days.push_back({&families::cost_total, {"calls", "USD"}, today - std::chrono::days{500}, 7});
    page.days.push_back({&families::cost_total, {"calls", "USD"}, today, 2});
    EXPECT_EQ(ledger.apply(store, "usage", page, now)->counters.at(0).value, 9);
  }
}

TEST(Ledger, UnitsThatMoveFromOneDayToAnotherAreCountedOnce) {
  MemoryLedgerStore store;
  Ledger ledger("main");
  for (const double moved : {0.0, 3.0}) {
    Page page;
    page.days.push_back({&families::cost_total, {"calls", "USD"}, today - std::chrono::days{1}, 7 + moved});
    page.days.push_back({&families::cost_total, {"calls", "USD"}, today, 5 - moved});
    EXPECT_EQ(ledger.apply(store, "usage", page, now)->counters.at(0).value, 12);
  }
}

TEST(Ledger, AClockThatIsYearsAheadForgetsNoDay) {
  MemoryLedgerStore store;
  Ledger ledger("main");
  for (const int years_ahead : {0, 5, 0}) {
    Page page;
    page.days.push_back({&families::cost_total, {"calls", "USD"}, today - std::chrono::days{1}, 7});
    page.days.push_back({&families::cost_total, {"calls", "USD"}, today, 2});
    const auto applied = ledger.apply(store, "usage", page, now + std::chrono::days{365 * years_ahead});
    EXPECT_EQ(applied->counters.at(0).value, 9);
  }
}

TEST(Ledger, KnowsTheLastDayOfAnEndpoint) {
  MemoryLedgerStore store;
  Ledger ledger("main");
  EXPECT_EQ(ledger.last_day(store, "usage").value(), std::nullopt);
  apply(ledger, store, page_of(1, 1, 1));
  EXPECT_EQ(ledger.last_day(store, "usage").value(), today);
  EXPECT_EQ(ledger.last_day(store, "usag").value(), std::nullopt);
}

}  // namespace
}  // namespace cpaas::engine
