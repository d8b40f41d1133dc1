#include "exporter/core/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cpaas {
namespace {

TEST(Decimal, ReadsDecimals) {
  EXPECT_EQ(parse_decimal("1003058.82000"), 1003058.82);
  EXPECT_EQ(parse_decimal("-3"), -3);
  EXPECT_EQ(parse_decimal("+3"), 3);
  EXPECT_EQ(parse_decimal("1e3"), 1000);
  EXPECT_EQ(parse_decimal("1.5E-2"), 0.015);
  EXPECT_EQ(parse_decimal(" 12.5\t\r\n"), 12.5);
  EXPECT_EQ(parse_decimal("0"), 0);
  EXPECT_EQ(parse_decimal("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(parse_decimal("1.7976931348623157e308"), std::numeric_limits<double>::max());
}

TEST(Decimal, RefusesEverythingElse) {
  for (const std::string_view text :
       {"",       " ",      "NaN", "nan", "inf",   "-inf",  "Infinity", "0x10",  "0X1p3",   "1e400",
        "-1e400", "1e-400", "1,5", "1 5", "1_000", "12abc", "$5",       "5%",    "--3",     "+-3",
        "-+3",    "++3",    "1e",  "e3",  ".",     "-",     "+",        "1.2.3", "\xD9\xA1"}) {
    EXPECT_FALSE(parse_decimal(text)) << text;
  }
  EXPECT_FALSE(parse_decimal(std::string_view("1\0", 2)));
}

TEST(ClockDuration, ReadsHoursMinutesSeconds) {
  EXPECT_EQ(parse_clock_duration("00:00:00"), 0);
  EXPECT_EQ(parse_clock_duration("01:02:03"), 3723);
  EXPECT_EQ(parse_clock_duration("102:30:05"), 369005);
  EXPECT_EQ(parse_clock_duration("24:00:00"), 86400);
  EXPECT_EQ(parse_clock_duration("1:2:3"), 3723);
  EXPECT_EQ(parse_clock_duration("05:30"), 330);
  EXPECT_EQ(parse_clock_duration("90:00"), 5400);
  EXPECT_EQ(parse_clock_duration("00:00:01.5"), 1.5);
  EXPECT_EQ(parse_clock_duration(" 00:01:00 "), 60);
}

TEST(ClockDuration, ReadsDaysInFront) {
  EXPECT_EQ(parse_clock_duration("2 days, 03:00:00"), 183600);
  EXPECT_EQ(parse_clock_duration("1 day, 0:00:01"), 86401);
  EXPECT_EQ(parse_clock_duration("2 days 03:00:00"), 183600);
  EXPECT_EQ(parse_clock_duration("2 03:00:00"), 183600);
}

TEST(ClockDuration, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      "12",
                                      "12.5",
                                      "00:60:00",
                                      "00:00:60",
                                      "00:61",
                                      "-01:00:00",
                                      "01:-2:03",
                                      "01:02:03:04",
                                      "::",
                                      "01::03",
                                      "01:02:",
                                      ":02:03",
                                      "1e3:00:00",
                                      "00:00:5.1e1",
                                      "00:00:01.",
                                      "00:00:.5",
                                      "00:00.5:01",
                                      "2 days",
                                      "x days, 01:00:00",
                                      "-1 day, 23:00:00",
                                      "1.5 01:00:00",
                                      "2 weeks, 01:00:00",
                                      "01: 02:03",
                                      "01:02:03 h",
                                      "+1:00:00",
                                      "0x1:00:00",
                                      "nan:00:00"}) {
    EXPECT_FALSE(parse_clock_duration(text)) << text;
  }
  EXPECT_FALSE(parse_clock_duration(std::string(400, '9') + " 00:00:00"));
  EXPECT_FALSE(parse_clock_duration(std::string(308, '9') + ":00:00"));
  EXPECT_FALSE(parse_clock_duration(std::string(100'000, ':')));
}

TEST(FormatNumber, CanBeAppended) {
  std::string text = "a ";
  append_number(text, 7);
  append_number(text, 0.5);
  EXPECT_EQ(text, "a 70.5");
}

TEST(FormatNumber, IsShortAndExact) {
  EXPECT_EQ(format_number(0), "0");
  EXPECT_EQ(format_number(1200000), "1200000");
  EXPECT_EQ(format_number(0.375), "0.375");
  EXPECT_EQ(format_number(-0.1), "-0.1");
  EXPECT_EQ(format_number(1003058.82), "1003058.82");
  EXPECT_EQ(format_number(0.000001), "0.000001");
  EXPECT_EQ(format_number(-42), "-42");
  EXPECT_EQ(format_number(-0.0), "-0");
  EXPECT_EQ(format_number(999999999999999), "999999999999999");
  EXPECT_EQ(format_number(1e15), "1000000000000000");
  EXPECT_EQ(format_number(999999999999999.5), "999999999999999.5");
  EXPECT_EQ(format_number(1e22), "1e+22");
  EXPECT_EQ(format_number(1e-7), "1e-07");
  for (const double value :
       {1e21, std::nextafter(1e21, 0), 5e-324, 1.7976931348623157e308, 1.0 / 3, 123456789.123456789, -2e-6}) {
    EXPECT_EQ(parse_decimal(format_number(value)).value_or(0), value) << format_number(value);
  }
}

}  // namespace
}  // namespace cpaas
