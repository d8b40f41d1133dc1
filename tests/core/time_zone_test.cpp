#include "exporter/core/time_zone.h"

#include <gtest/gtest.h>

namespace cpaas {
namespace {

TimePoint at(std::string_view text) {
  return *parse_time(text);
}

Day day(std::string_view text) {
  return *parse_date(text);
}

struct InZone {
  const char* zone;
  const char* time;
  const char* day;
  const char* begin;  // of that day
};

class DaysInZone : public testing::TestWithParam<InZone> {};

TEST_P(DaysInZone, BeginAtItsMidnight) {
  const auto zone = TimeZone::find(GetParam().zone);
  ASSERT_TRUE(zone) << GetParam().zone;
  EXPECT_EQ(zone->name(), GetParam().zone);
  EXPECT_EQ(format_date(zone->day_of(at(GetParam().time))), GetParam().day) << GetParam().zone;
  EXPECT_EQ(format_time(zone->begin_of(day(GetParam().day))), GetParam().begin) << GetParam().zone;
}

INSTANTIATE_TEST_SUITE_P(
    All, DaysInZone,
    testing::Values(InZone{"UTC", "2026-11-27T23:59:59Z", "2026-11-27", "2026-11-27T00:00:00Z"},
                    InZone{"+05:30", "2026-11-27T18:29:59Z", "2026-11-27", "2026-11-26T18:30:00Z"},
                    InZone{"+05:30", "2026-11-27T18:30:00Z", "2026-11-28", "2026-11-27T18:30:00Z"},
                    InZone{"-03:00", "2026-11-27T02:59:59Z", "2026-11-26", "2026-11-26T03:00:00Z"},
                    InZone{"Asia/Kolkata", "2026-11-27T18:30:00Z", "2026-11-28", "2026-11-27T18:30:00Z"},
                    InZone{"Asia/Kathmandu", "2026-11-27T18:15:00Z", "2026-11-28", "2026-11-27T18:15:00Z"},
                    InZone{"America/New_York", "2026-07-01T03:59:59Z", "2026-06-30", "2026-06-30T04:00:00Z"},
                    InZone{"America/New_York", "2026-12-01T04:59:59Z", "2026-11-30", "2026-11-30T05:00:00Z"},
                    InZone{"Europe/Berlin", "2050-07-01T00:00:00Z", "2050-07-01", "2050-06-30T22:00:00Z"},
                    InZone{"Asia/Beirut", "2021-03-28T12:00:00Z", "2021-03-28", "2021-03-27T22:00:00Z"}));

TEST(TimeZone, OfAnythingElseIsUnknown) {
  for (const char* name :
       {"", "utc+1", "Asia", "Asia/Nowhere", "/etc/passwd", "../zoneinfo/UTC", "Asia/Kolkata ", "+24:00",
        "+05:60", "+5:30", "05:30", "+0530", "+05:30x", "localtime:", "\n"}) {
    EXPECT_FALSE(TimeZone::find(name)) << name;
  }
}

TEST(TimeZone, KnowsWhetherItsNameIsTheDatabases) {
  EXPECT_TRUE(TimeZone().has_iana_name());
  EXPECT_TRUE(TimeZone::find("Asia/Kolkata")->has_iana_name());
  EXPECT_FALSE(TimeZone::find("+05:30")->has_iana_name());
  EXPECT_EQ(*TimeZone::find("UTC"), TimeZone());
  EXPECT_NE(*TimeZone::find("+05:30"), TimeZone());
}

TEST(TimeZone, MonthsEndThere) {
  const auto zone = *TimeZone::find("Asia/Kolkata");
  EXPECT_EQ(format_time(zone.end_of_month(at("2026-11-30T18:29:59Z"))), "2026-11-30T18:30:00Z");
  EXPECT_EQ(format_time(zone.end_of_month(at("2026-11-30T18:30:00Z"))), "2026-12-31T18:30:00Z");
  EXPECT_EQ(format_date(month_begin(day("2026-12-31"))), "2026-12-01");
  EXPECT_EQ(format_date(next_month_begin(day("2026-12-31"))), "2027-01-01");
}

}  // namespace
}  // namespace cpaas
