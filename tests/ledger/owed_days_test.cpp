// Which days are owed, read again, given up and closed.
#include "exporter/ledger/owed_days.h"

#include <gmock/gmock.h>

namespace cpaas::ledger {
namespace {

using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

const Day first = *parse_date("2026-04-01");
const TimePoint now = *parse_time("2026-04-15T10:00:00Z");

TEST(OwedDays, ADayIsOwedWhenItIsOver) {
  const ReadDays read = begin_reading(first);
  EXPECT_THAT(owed_days(read, first), IsEmpty());
  EXPECT_THAT(owed_days(read, first + days{2}), ElementsAre(first, first + days{1}));
}

TEST(OwedDays, WhatLiesBetweenTwoDaysThatWereReadIsOwed) {
  ReadDays read = begin_reading(first);
  const Day today = first + days{5};
  note_read(read, today, today, now);
  EXPECT_THAT(owed_days(read, today), SizeIs(5)) << "today is not over";
  note_read(read, first + days{4}, today, now);
  note_read(read, first + days{1}, today, now);
  EXPECT_THAT(owed_days(read, today), ElementsAre(first, first + days{2}, first + days{3}));
  for (const int offset : {0, 2, 3}) note_read(read, first + days{offset}, today, now);
  EXPECT_THAT(owed_days(read, today), IsEmpty());
}

TEST(OwedDays, DaysBeforeCountingAreNotOwed) {
  ReadDays read = begin_reading(first);
  note_read(read, first - days{3}, first + days{1}, now);
  EXPECT_THAT(owed_days(read, first + days{1}), ElementsAre(first));
}

TEST(OwedDays, AreGivenUpAfterTheHorizon) {
  ReadDays read = begin_reading(first);
  const Day today = first + horizon + days{10};
  EXPECT_EQ(give_up_old(read, today), 10U);
  EXPECT_EQ(give_up_old(read, today), 0U);
  EXPECT_THAT(owed_days(read, today), SizeIs(horizon.count()));
  note_read(read, today - days{1}, today, now);
  EXPECT_EQ(give_up_old(read, today + days{2}), 2U);
}

TEST(ReadAgain, ClosedDaysOfTheLastWeekOnceADay) {
  ReadDays read = begin_reading(first);
  const Day today = first + days{14};
  for (Day day = first; day < today; day += days{1}) note_read(read, day, today, now);
  EXPECT_THAT(days_to_read_again(read, today, now + 1h), IsEmpty());
  const auto due = days_to_read_again(read, today, now + 24h);
  EXPECT_THAT(due, SizeIs(6)) << "yesterday is asked for anyway";
  EXPECT_EQ(due.front(), today - days{7});
  EXPECT_EQ(due.back(), today - days{2});
}

TEST(Fold, StopsAtTheFirstDayThatIsOwed) {
  ReadDays read = begin_reading(first);
  const Day today = first + days{100};
  EXPECT_EQ(fold_before(read, today), first);
  for (Day day = first; day < today; day += days{1}) {
    if (day != first + days{70}) note_read(read, day, today, now);
  }
  EXPECT_EQ(fold_before(read, today), today - horizon);
  EXPECT_EQ(fold_before(read, today + days{40}), first + days{70});
}

}  // namespace
}  // namespace cpaas::ledger
