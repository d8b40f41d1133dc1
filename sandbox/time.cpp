#include "sandbox/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace sandbox {

using namespace std::chrono;  // NOLINT(google-build-using-namespace): calendar arithmetic only

namespace {

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int value = 0;
  const char* end = text.data() + at + count;
  const auto [stop, error] = std::from_chars(text.data() + at, end, value);
  if (error != std::errc{} || stop != end || value < 0) return std::nullopt;
  return value;
}

bool is_at(std::string_view text, std::size_t at, char wanted) {
  return at < text.size() && text[at] == wanted;
}

// What may follow the seconds: nothing, Z, or a fraction and then one of these.
bool is_time_tail(std::string_view tail) {
  if (!tail.empty() && tail.front() == '.') {
    tail.remove_prefix(1);
    while (!tail.empty() && tail.front() >= '0' && tail.front() <= '9') tail.remove_prefix(1);
  }
  return tail.empty() || tail == "Z" || tail == "+00:00";
}

}  // namespace

Minute minute_of(TimePoint time) {
  return floor<minutes>(time).time_since_epoch().count();
}
TimePoint time_of(Minute minute) {
  return TimePoint{minutes{minute}};
}
Day day_of(Minute minute) {
  return floor<days>(time_of(minute));
}
Minute start_of(Day day) {
  return minute_of(TimePoint{day});
}

Day month_start(Day day) {
  const year_month_day date{day};
  return sys_days{date.year() / date.month() / 1};
}
Day year_start(Day day) {
  return sys_days{year_month_day{day}.year() / January / 1};
}
Day week_start(Day day) {
  return day - (weekday{day} - Monday);
}
Day next_month(Day day) {
  const year_month_day date{month_start(day)};
  return sys_days{date + months{1}};
}

std::string date_text(Day day) {
  const year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string iso_text(TimePoint time) {
  const hh_mm_ss clock{time - floor<days>(time)};
  return fmt::format("{}T{:02}:{:02}:{:02}Z", date_text(floor<days>(time)), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::string http_date_text(TimePoint time) {
  static constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Day day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

std::string duration_text(std::int64_t secs) {
  return fmt::format("{:02}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60);
}

std::optional<Day> parse_date(std::string_view text) {
  const auto y = digits(text, 0, 4);
  const auto m = digits(text, 5, 2);
  const auto d = digits(text, 8, 2);
  if (text.size() != 10 || !y || !m || !d || text[4] != '-' || text[7] != '-') return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  return sys_days{date};
}

std::optional<TimePoint> parse_time(std::string_view text) {
  const auto date = parse_date(text.substr(0, 10));
  if (!date || text.size() == 10) return date;
  const auto h = digits(text, 11, 2);
  const auto m = digits(text, 14, 2);
  const auto s = digits(text, 17, 2);
  if (!is_at(text, 10, 'T') || !is_at(text, 13, ':') || !is_at(text, 16, ':')) return std::nullopt;
  if (!h || !m || !s || *h > 23 || *m > 59 || *s > 60) return std::nullopt;
  if (!is_time_tail(text.substr(19))) return std::nullopt;
  return *date + hours{*h} + minutes{*m} + seconds{*s};
}

}  // namespace sandbox
