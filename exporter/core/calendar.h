// The date and time formats that providers and HTTP use. All results are UTC.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/core/clock.h"

namespace cpaas {

using Day = std::chrono::sys_days;

// "2026-04-15"; nothing for any other text or an impossible date.
std::optional<Day> parse_date(std::string_view text);

// ISO 8601: "2026-04-15", "2026-04-15T10:00:00", with fraction, with "Z" or an offset ("+05:45", "+0545"); a
// space may stand for the T. Without an offset the text is taken as UTC.
std::optional<TimePoint> parse_time(std::string_view text);

// The day of a date or time as it is written there, whatever its offset: of "2026-11-27T00:00:00+05:30" the
// 27th.
std::optional<Day> parse_day(std::string_view text);

// A month: "2026-06", "June 2026", "Jun 2026", or a date or time in it, as it is written.
std::optional<std::chrono::year_month> parse_month(std::string_view text);

// RFC 9110 IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<TimePoint> parse_http_date(std::string_view text);

std::string format_date(Day day);              // "2026-04-15"
std::string format_time(TimePoint time);       // "2026-04-15T10:00:00Z"
std::string format_http_date(TimePoint time);  // "Wed, 15 Apr 2026 10:00:00 GMT"

inline Day day_of(TimePoint time) {
  return std::chrono::floor<std::chrono::days>(time);
}
inline double unix_seconds(TimePoint time) {
  return static_cast<double>(time.time_since_epoch().count()) / 1000.0;
}

}  // namespace cpaas
