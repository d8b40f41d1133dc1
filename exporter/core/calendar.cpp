#include "exporter/core/calendar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace cpaas {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year_month;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"January",   "February", "March",    "April",
                                                  "May",       "June",     "July",     "August",
                                                  "September", "October",  "November", "December"};

std::string_view abbreviated(std::string_view month) {
  return month.substr(0, 3);
}

// Takes exactly `width` digits off the front of `text`; nothing, and `text` spent, if they are not there.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width || !std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(width),
                                          [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  int value = 0;
  std::from_chars(text.data(), text.data() + width, value);
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Day> make_day(int year, int month, int day) {
  const year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return Day{date};
}

std::optional<Day> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  return make_day(*year, *month, *day);
}

std::optional<seconds> take_clock(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute) return std::nullopt;
  int second = 0;
  if (take(text, ':')) {
    const auto given = take_digits(text, 2);
    if (!given) return std::nullopt;
    second = *given;
  }
  if (*hour > 23 || *minute > 59 || second > 60) return std::nullopt;
  return hours{*hour} + minutes{*minute} + seconds{std::min(second, 59)};
}

std::optional<milliseconds> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return milliseconds{0};
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  int value = 0;
  int scale = 100;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    value += (text.front() - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
  }
  return milliseconds{value};
}

// "Z", "+05:45", "+0545", "-03" or nothing at all (UTC).
std::optional<minutes> take_offset(std::string_view& text) {
  if (text.empty()) return minutes{0};
  if (take(text, 'Z') || take(text, 'z')) return minutes{0};
  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return std::nullopt;
  text.remove_prefix(1);
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23) return std::nullopt;
  const bool bare = text.empty();
  take(text, ':');
  const auto minute = bare ? 0 : take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  const minutes offset = hours{*hour} + minutes{*minute};
  return west ? -offset : offset;
}

}  // namespace

std::optional<Day> parse_date(std::string_view text) {
  const auto day = take_date(text);
  return text.empty() ? day : std::nullopt;
}

std::optional<TimePoint> parse_time(std::string_view text) {
  const auto day = take_date(text);
  if (!day) return std::nullopt;
  if (text.empty()) return TimePoint{*day};
  if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const auto fraction = take_fraction(text);
  const auto offset = take_offset(text);
  if (!fraction || !offset || !text.empty()) return std::nullopt;
  return TimePoint{*day} + *clock + *fraction - *offset;
}

std::optional<Day> parse_day(std::string_view text) {
  constexpr std::size_t date_length = 10;
  return parse_time(text) ? parse_date(text.substr(0, date_length)) : std::nullopt;
}

std::optional<year_month> parse_month(std::string_view text) {
  auto day = parse_date(std::string(text) + "-01");
  if (!day) day = parse_day(text);
  if (day) return year_month_day{*day}.year() / year_month_day{*day}.month();
  const std::string_view word = text.substr(0, text.find(' '));
  const auto* const name = std::find_if(months.begin(), months.end(), [&](std::string_view each) {
    return word == each || word == abbreviated(each);
  });
  if (name == months.end() || word.size() == text.size()) return std::nullopt;
  const auto year = parse_date(std::string(text.substr(word.size() + 1)) + "-01-01");
  if (!year) return std::nullopt;
  return year_month_day{*year}.year() / static_cast<int>(name - months.begin() + 1);
}

std::optional<TimePoint> parse_http_date(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", ") return std::nullopt;
  text.remove_prefix(5);
  const auto day = take_digits(text, 2);
  if (!day || !take(text, ' ')) return std::nullopt;
  const auto* const month = std::find_if(months.begin(), months.end(), [&](std::string_view each) {
    return abbreviated(each) == text.substr(0, 3);
  });
  if (month == months.end()) return std::nullopt;
  text.remove_prefix(3);
  if (!take(text, ' ')) return std::nullopt;
  const auto year = take_digits(text, 4);
  if (!year || !take(text, ' ')) return std::nullopt;
  const auto clock = take_clock(text);
  const auto date = make_day(*year, static_cast<int>(month - months.begin()) + 1, *day);
  if (!clock || !date || text != " GMT") return std::nullopt;
  return TimePoint{*date} + *clock;
}

std::string format_date(Day day) {
  const year_month_day date{day};
  std::array<char, 32> buffer{};
  const int length =
      std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return {buffer.data(), static_cast<std::size_t>(length)};
}

namespace {

std::string clock_text(TimePoint time) {
  const std::chrono::hh_mm_ss clock{std::chrono::floor<seconds>(time - day_of(time))};
  std::array<char, 32> buffer{};
  const int length =
      std::snprintf(buffer.data(), buffer.size(), "%02d:%02d:%02d", static_cast<int>(clock.hours().count()),
                    static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
  return {buffer.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::string format_time(TimePoint time) {
  return format_date(day_of(time)) + "T" + clock_text(time) + "Z";
}

std::string format_http_date(TimePoint time) {
  const Day day = day_of(time);
  const std::string date = format_date(day);
  const auto weekday = std::chrono::weekday{day}.c_encoding();
  const auto month = static_cast<unsigned>(year_month_day{day}.month());
  return std::string(weekdays.at(weekday)) + ", " + date.substr(8, 2) + " " +
         std::string(abbreviated(months.at(month - 1))) + " " + date.substr(0, 4) + " " + clock_text(time) +
         " GMT";
}

}  // namespace cpaas
