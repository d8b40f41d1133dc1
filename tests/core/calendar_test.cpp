#include "exporter/core/calendar.h"

#include <gtest/gtest.h>

namespace cpaas {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

constexpr TimePoint noon = sys_days{2026y / 4 / 15} + 12h;

TEST(Calendar, ReadsDates) {
  EXPECT_EQ(parse_date("2026-04-15"), sys_days{2026y / 4 / 15});
  EXPECT_EQ(parse_date("2024-02-29"), sys_days{2024y / 2 / 29});
  EXPECT_EQ(parse_date("2000-02-29"), sys_days{2000y / 2 / 29});
  EXPECT_EQ(parse_date("1969-12-31"), sys_days{1969y / 12 / 31});
  EXPECT_EQ(parse_date("0000-01-01"), sys_days{0y / 1 / 1});
}

TEST(Calendar, RefusesWhatIsNoDate) {
  for (const std::string_view text :
       {"", "2026", "2026-04", "2026-4-15", "2026-04-15 ", " 2026-04-15", "2026-04-31", "2025-02-29",
        "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "26-04-15", "2026/04/15", "15-04-2026",
        "2026-04-1x", "-026-04-15", "2026-04-15T"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

TEST(Calendar, ReadsTimesInEveryForm) {
  for (const std::string_view text :
       {"2026-04-15T12:00:00Z", "2026-04-15T12:00:00", "2026-04-15t12:00:00z", "2026-04-15 12:00:00",
        "2026-04-15T12:00", "2026-04-15T12:00Z", "2026-04-15T12:00:00.000Z",
        "2026-04-15T12:00:00.000000+00:00", "2026-04-15T17:45:00+05:45", "2026-04-15T17:45:00+0545",
        "2026-04-15T09:00:00-03", "2026-04-16T01:30:00+13:30", "2026-04-14T22:30:00-13:30"}) {
    EXPECT_EQ(parse_time(text), noon) << text;
  }
  EXPECT_EQ(parse_time("2026-04-15"), noon - 12h);
  EXPECT_EQ(parse_time("2026-01-01T00:00:00+05:45"), sys_days{2025y / 12 / 31} + 18h + 15min);
}

TEST(Calendar, KeepsMilliseconds) {
  EXPECT_EQ(parse_time("2026-04-15T12:00:00.5"), noon + 500ms);
  EXPECT_EQ(parse_time("2026-04-15T12:00:00.123456789Z"), noon + 123ms);
  EXPECT_EQ(parse_time("2026-04-15T12:00:00.009999-00:00"), noon + 9ms);
}

TEST(Calendar, TakesALeapSecondAsTheOneBefore) {
  EXPECT_EQ(parse_time("2016-12-31T23:59:60Z"), sys_days{2016y / 12 / 31} + 23h + 59min + 59s);
}

TEST(Calendar, RefusesWhatIsNoTime) {
  for (const std::string_view text : {"",
                                      "12:00:00",
                                      "2026-04-15T",
                                      "2026-04-15T12",
                                      "2026-04-15T24:00:00",
                                      "2026-04-15T12:60:00",
                                      "2026-04-15T12:00:61",
                                      "2026-04-15T12:00:00+",
                                      "2026-04-15T12:00:00+5",
                                      "2026-04-15T12:00:00+05:",
                                      "2026-04-15T12:00:00+05:4",
                                      "2026-04-15T12:00:00+05:60",
                                      "2026-04-15T12:00:00+24:00",
                                      "2026-04-15T12:00:00+05:45Z",
                                      "2026-04-15T12:00:00ZZ",
                                      "2026-04-15T12:00:00.",
                                      "2026-04-15T12:00:00.Z",
                                      "2026-04-15T1:00:00",
                                      "2026-04-15_12:00:00",
                                      "2026-02-30T12:00:00",
                                      "2026-04-15T12:00:00 ",
                                      "2026-04-15T-2:00:00",
                                      "1776254400"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(Calendar, TakesDaysAndMonthsAsTheyAreWritten) {
  for (const char* text : {"2026-12-01", "2026-12-01T00:00:00+05:30", "2026-12-01T23:59:59-11:00",
                           "2026-12-01 00:00:00", "2026-12-01T00:00:00.000Z"}) {
    EXPECT_EQ(parse_day(text), parse_date("2026-12-01")) << text;
    EXPECT_EQ(parse_month(text), std::chrono::year{2026} / 12) << text;
  }
  for (const char* text : {"", "2026-12", "2026-12-01T", "2026-12-01x", "1 December 2026"}) {
    EXPECT_FALSE(parse_day(text)) << text;
  }
}

TEST(Calendar, ReadsHttpDates) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), sys_days{1994y / 11 / 6} + 8h + 49min + 37s);
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT"), sys_days{2024y / 2 / 29});
}

TEST(Calendar, RefusesOtherHttpDates) {
  for (const std::string_view text :
       {"", "120", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +00", "Sun, 6 Nov 1994 08:49:37  GMT",
        "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 31 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 1994 08:49x37 GMT", "Sun, 06 Nov 1994 08:49:3  GMT"}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

TEST(Calendar, WritesWhatItReads) {
  EXPECT_EQ(format_date(sys_days{2024y / 2 / 29}), "2024-02-29");
  EXPECT_EQ(format_date(sys_days{7y / 1 / 2}), "0007-01-02");
  EXPECT_EQ(format_time(noon + 59s + 999ms), "2026-04-15T12:00:59Z");
  EXPECT_EQ(format_time(TimePoint{-1ms}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(format_http_date(noon), "Wed, 15 Apr 2026 12:00:00 GMT");
  for (TimePoint time = noon; time < noon + 24h * 800; time += 25h + 61s) {
    EXPECT_EQ(parse_time(format_time(time)), time);
    EXPECT_EQ(parse_http_date(format_http_date(time)), time);
  }
}

TEST(Calendar, CountsDaysAndSecondsFromTheEpoch) {
  EXPECT_EQ(day_of(noon), sys_days{2026y / 4 / 15});
  EXPECT_EQ(day_of(TimePoint{-1ms}), sys_days{1969y / 12 / 31});
  EXPECT_EQ(unix_seconds(TimePoint{1500ms}), 1.5);
}

}  // namespace
}  // namespace cpaas
