// Times of the sandbox: seconds in UTC; the simulation itself moves in whole minutes and all days are UTC
// days.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sandbox {

using TimePoint = std::chrono::sys_seconds;
using Day = std::chrono::sys_days;
using Minute = std::int64_t;  // minutes since 1970-01-01T00:00Z

inline constexpr Minute kHour = 60;
inline constexpr Minute kDay = 24 * kHour;

// The minute that `time` lies in.
Minute minute_of(TimePoint time);
TimePoint time_of(Minute minute);
Day day_of(Minute minute);
Minute start_of(Day day);

// The first day of the month or year that `day` lies in, and the Monday of its week.
Day month_start(Day day);
Day year_start(Day day);
Day week_start(Day day);
Day next_month(Day day);

std::string date_text(Day day);                // 2026-05-11
std::string iso_text(TimePoint time);          // 2026-05-11T06:59:32Z
std::string http_date_text(TimePoint time);    // Mon, 11 May 2026 06:59:32 GMT
std::string duration_text(std::int64_t secs);  // 05:30:00; hours go over 24

// YYYY-MM-DD that exists in the calendar, else nothing.
std::optional<Day> parse_date(std::string_view text);
// A date, or YYYY-MM-DDTHH:MM:SS with an optional fraction (dropped) and an optional Z, else nothing.
std::optional<TimePoint> parse_time(std::string_view text);

}  // namespace sandbox
