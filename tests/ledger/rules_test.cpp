// How counters follow totals, days and levels: one wrong answer moves nothing.
#include "exporter/ledger/rules.h"

#include <cstdint>

#include <gmock/gmock.h>

namespace cpaas::ledger {
namespace {

using namespace std::chrono_literals;

const TimePoint now = *parse_time("2026-04-15T10:00:00Z");
const Day today = *parse_date("2026-04-15");

// --- totals

Total total_of(double value) {
  return {.shown = *to_micros(value), .at = *to_micros(value)};
}

// The counter after these answers, a minute apart.
double after_totals(std::initializer_list<double> values, Total total, Duration apart = 1min) {
  TimePoint at = now;
  Micros before = total.shown;
  for (const double value : values) {
    apply_total(total, *to_micros(value), at += apart);
    EXPECT_GE(total.shown, before) << value;
    before = total.shown;
  }
  return to_units(total.shown);
}

TEST(TotalRule, IsFollowedWhileItGrows) {
  EXPECT_EQ(after_totals({100, 130, 130, 170}, total_of(100)), 170);
}

TEST(TotalRule, AFallAndTheWayBackCountNothing) {
  EXPECT_EQ(after_totals({0, 60'000, 100'010}, total_of(100'005)), 100'010);
  EXPECT_EQ(after_totals({0, 20'000, 40'000, 60'000, 80'000, 100'010}, total_of(100'005)), 100'010);
  EXPECT_EQ(after_totals({99'000, 100'001}, total_of(100'000)), 100'001);
}

TEST(TotalRule, ASpikeCountsNothing) {
  EXPECT_EQ(after_totals({9'000'000, 100'005, 100'500}, total_of(100'000)), 100'500);
  EXPECT_EQ(after_totals({9'000'000}, total_of(100'000)), 100'000);
  EXPECT_EQ(after_totals({9'000'000, 0, 100'005}, total_of(100'000)), 100'005);
}

TEST(TotalRule, ALeapThatTheNextAnswerAgreesToCounts) {
  EXPECT_EQ(after_totals({200'000, 200'010}, total_of(100'000)), 200'010);
  EXPECT_EQ(after_totals({5'000, 5'000}, total_of(0)), 5'000);
  EXPECT_EQ(after_totals({200'000, 150'000, 200'000}, total_of(100'000)), 200'000);
}

TEST(TotalRule, AResetCountsOnFromThereOnceItIsConfirmed) {
  EXPECT_EQ(after_totals({0, 10, 20, 30, 40}, total_of(1000), 10min), 1000) << "not yet an hour";
  EXPECT_EQ(after_totals({0, 10, 20, 30, 40, 50, 60}, total_of(1000), 10min), 1060);
  EXPECT_EQ(after_totals({0, 10}, total_of(1000), 2h), 1000) << "too few answers";
  EXPECT_EQ(after_totals({0, 10, 20, 30, 40, 45}, total_of(1000), 2h), 1045);
}

TEST(TotalRule, OneTooLowBeforeARestatedTotalIsNoGrowth) {
  EXPECT_EQ(after_totals({0, 60'000, 60'010, 60'020, 60'030, 60'040, 60'050}, total_of(100'000), 20min),
            100'050);
}

TEST(TotalRule, WholeNumbersAreExactHoweverLarge) {
  for (const double value : {9.3e12, 1e13, 123'456'789'012'345.0}) {
    EXPECT_EQ(after_totals({value}, total_of(value)), value);
    EXPECT_EQ(after_totals({value + 1}, total_of(value)), value + 1);
  }
}

TEST(TotalRule, NoNegativeTotalIsTaken) {
  Total total = total_of(100);
  EXPECT_EQ(apply_total(total, -1, now).correction, Correction::refused);
  EXPECT_EQ(total, total_of(100));
}

// --- levels

struct Moved {
  double spent;
  double added;
  friend bool operator==(const Moved&, const Moved&) = default;
};
std::ostream& operator<<(std::ostream& out, const Moved& moved) {
  return out << moved.spent << " spent, " << moved.added << " added";
}

Moved after_levels(std::initializer_list<double> values) {
  LevelState level{.at = *to_micros(*values.begin())};
  Micros added = 0;
  for (const double value : values) apply_level(level, added, *to_micros(value));
  return {to_units(level.spent), to_units(added)};
}

TEST(LevelRule, FallsAreSpentAndRisesAreAdded) {
  EXPECT_EQ(after_levels({1000, 990, 985, 1085}), (Moved{15, 100}));
  EXPECT_EQ(after_levels({-10, -12.5}), (Moved{2.5, 0}));
}

TEST(LevelRule, OneWrongAnswerMovesNothing) {
  EXPECT_EQ(after_levels({5000, 0, 5000}), (Moved{0, 0}));
  EXPECT_EQ(after_levels({4990, 9'999'999, 4990}), (Moved{0, 0}));
  EXPECT_EQ(after_levels({5000, 0, 4990}), (Moved{10, 0}));
  EXPECT_EQ(after_levels({5000, -5000, 5000}), (Moved{0, 0}));
  EXPECT_EQ(after_levels({5000, 0}), (Moved{0, 0})) << "nothing before the second answer";
}

TEST(LevelRule, AMoveThatTheNextAnswerAgreesToCounts) {
  EXPECT_EQ(after_levels({10, 1010, 1000}), (Moved{10, 1000}));
  EXPECT_EQ(after_levels({5000, 0, 0}), (Moved{5000, 0}));
  EXPECT_EQ(after_levels({5000, 2000, 1500}), (Moved{3500, 0}));
  EXPECT_EQ(after_levels({5000, 2000, 500, 400}), (Moved{4600, 0}))
      << "a fast burn counts as far as it is agreed to";
}

TEST(LevelRule, OnlyWhatBothAnswersAgreeToCounts) {
  EXPECT_EQ(after_levels({5000, 0, 2500}), (Moved{2500, 0}));
  EXPECT_EQ(after_levels({5000, 50'000, 100, 5000}), (Moved{0, 0})) << "nonsense of two kinds";
}

TEST(LevelRule, AFallBeforeATopUpIsSpent) {
  EXPECT_EQ(after_levels({374, 182, 19'327, 19'327}), (Moved{192, 19'145}));
  EXPECT_EQ(after_levels({374, 0, 400, 400}), (Moved{0, 26})) << "to within a tenth: taken back";
}

// --- days

Days days_from(Day from, std::int64_t base = 0) {
  Days days;
  begin_days(days, from, base * 1'000'000);
  return days;
}

Verdict apply(Days& days, int offset, double value, bool partial = false) {
  const Verdict verdict =
      apply_day(days, {today + std::chrono::days{offset}, static_cast<std::int64_t>(*to_micros(value))},
                {today, partial});
  show_days(days);
  return verdict;
}

double shown(const Days& days) {
  return to_units(days.shown);
}

TEST(DayRule, WhatWasThereBeforeCountsNothing) {
  Days days = days_from(today, 36'500);
  EXPECT_EQ(shown(days), 0);
  apply(days, 0, 36'540);
  EXPECT_EQ(shown(days), 40);
  apply(days, -1, 5'000);
  EXPECT_EQ(shown(days), 40);
}

TEST(DayRule, RestatedDownwardItStandsStillUntilThatIsMadeUpFor) {
  Days days = days_from(today - std::chrono::days{3});
  apply(days, -1, 50);
  apply(days, 0, 20);
  EXPECT_EQ(apply(days, -1, 10).correction, Correction::restated);
  EXPECT_EQ(shown(days), 70);
  apply(days, 0, 55);
  EXPECT_EQ(shown(days), 70);
  apply(days, 0, 80);
  EXPECT_EQ(shown(days), 90);
}

TEST(DayRule, ADayThatAWindowCutsIsNotTakenDownward) {
  Days days = days_from(today - std::chrono::days{5});
  apply(days, -5, 90);
  apply(days, -5, 30, true);
  apply(days, 0, 10);
  EXPECT_EQ(shown(days), 100);
  apply(days, -5, 95, true);
  EXPECT_EQ(shown(days), 105);
}

TEST(DayRule, OneWrongAnswerMovesNothing) {
  Days days = days_from(today - std::chrono::days{3});
  apply(days, -1, 90);
  EXPECT_TRUE(apply(days, 0, 9e6).ask_again);
  EXPECT_EQ(shown(days), 90);
  EXPECT_EQ(apply(days, 0, 40).correction, Correction::taken_back);
  EXPECT_EQ(shown(days), 130);
  apply(days, 0, 5'000);
  apply(days, 0, 5'010);
  EXPECT_EQ(shown(days), 5'100);
}

TEST(DayRule, ASecondAnswerCountsOnlyAsFarAsItAgreesWithTheFirst) {
  Days days = days_from(today - std::chrono::days{3});
  EXPECT_TRUE(apply(days, 0, 120).ask_again) << "the first of all";
  EXPECT_TRUE(apply(days, 0, 9e6).ask_again);
  EXPECT_EQ(shown(days), 120);
  EXPECT_EQ(apply(days, 0, 125).correction, Correction::taken_back);
  EXPECT_EQ(shown(days), 125);
}

TEST(DayRule, AFirstAnswerOutOfAllProportionDoesNotStopTheCounter) {
  Days days = days_from(today, 9'000'000);
  EXPECT_EQ(apply(days, 0, 100).correction, Correction::restated);
  EXPECT_EQ(apply(days, 0, 130).correction, Correction::taken_back) << "two answers say so";
  EXPECT_EQ(shown(days), 30);
}

TEST(DayRule, AFirstAnswerThatASecondOneAgreedToIsNoWrongOne) {
  Days days = days_from(today, 65);
  apply(days, 0, 42);
  apply(days, 0, 25);
  apply(days, 0, 25);
  apply(days, 1, 21);
  EXPECT_EQ(shown(days), 0) << "restated by 40, made up for by 21";
  apply(days, 1, 50);
  EXPECT_EQ(shown(days), 10);
}

TEST(DayRule, WhatASecondAnswerAgreedToWithstandsWrongZeros) {
  Days days = days_from(today, 133);
  for (const double value : {133, 0, 0, 133}) apply(days, 0, value);
  EXPECT_EQ(shown(days), 0);
}

TEST(DayRule, OneWrongZeroMakesNoUsageOfWhatWasThereBefore) {
  Days days = days_from(today, 133);
  EXPECT_EQ(apply(days, 0, 0).correction, Correction::restated);
  apply(days, 0, 133);
  apply(days, 0, 133);
  EXPECT_EQ(shown(days), 0);
  apply(days, 0, 0);
  apply(days, 0, 140);
  apply(days, 0, 140);
  EXPECT_EQ(shown(days), 7);
}

TEST(DayRule, NoDayToComeIsBooked) {
  Days days = days_from(today);
  EXPECT_EQ(apply(days, 2, 50).correction, Correction::refused);
  EXPECT_EQ(apply(days, -0, -1).correction, Correction::refused);
  EXPECT_EQ(apply(days, 1, 50).correction, std::nullopt) << "by the provider's calendar it may have begun";
  EXPECT_EQ(shown(days), 50);
}

TEST(DayRule, FoldingKeepsTheSum) {
  Days days = days_from(today - std::chrono::days{3});
  for (int day = -3; day <= 0; ++day) apply(days, day, 10);
  fold_days(days, today - std::chrono::days{1});
  EXPECT_EQ(days.days.size(), 2U);
  apply(days, -3, 90);
  apply(days, 0, 15);
  EXPECT_EQ(shown(days), 45) << "a folded day is closed";
}

TEST(Amounts, AreExactToAMillionth) {
  Micros sum = 0;
  for (int i = 0; i < 1000; ++i) sum += *to_micros(0.1);
  EXPECT_EQ(to_units(sum), 100);
  EXPECT_EQ(to_units(*to_micros(-12.345678)), -12.345678);
  EXPECT_FALSE(to_micros(1e31));
  EXPECT_FALSE(to_micros(std::numeric_limits<double>::quiet_NaN()));
}

}  // namespace
}  // namespace cpaas::ledger
