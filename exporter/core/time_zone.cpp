#include "exporter/core/time_zone.h"

#include <absl/time/time.h>

#include <charconv>

namespace cpaas {
namespace {

// "+05:45", "-03:00".
std::optional<Duration> parse_offset(std::string_view text) {
  const auto digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  for (const std::size_t at : {1U, 2U, 4U, 5U}) {
    if (!digit(at)) return std::nullopt;
  }
  int hours = 0;
  int minutes = 0;
  std::from_chars(text.data() + 1, text.data() + 3, hours);
  std::from_chars(text.data() + 4, text.data() + 6, minutes);
  if (hours > 23 || minutes > 59) return std::nullopt;
  const Duration offset = std::chrono::hours{hours} + std::chrono::minutes{minutes};
  return text[0] == '-' ? -offset : offset;
}

// What no file may be named outside of the database's folder.
bool is_plain_name(std::string_view name) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
  return !name.empty() && name.size() <= 100 && name.front() != '/' &&
         name.find_first_not_of(letters) == std::string_view::npos;
}

}  // namespace

struct TimeZone::Table {
  absl::TimeZone zone;
};

TimeZone::TimeZone() = default;

std::optional<TimeZone> TimeZone::find(std::string_view name) {
  TimeZone result;
  if (name == "UTC") return result;
  result.name_ = name;
  if (const auto offset = parse_offset(name)) {
    result.offset_ = *offset;
    return result;
  }
  auto table = std::make_shared<Table>();
  if (!is_plain_name(name) || !absl::LoadTimeZone(result.name_, &table->zone)) return std::nullopt;
  result.table_ = std::move(table);
  return result;
}

Day TimeZone::day_of(TimePoint time) const {
  if (table_ == nullptr) return cpaas::day_of(time + offset_);
  const absl::CivilDay day =
      absl::ToCivilDay(absl::FromUnixMillis(time.time_since_epoch().count()), table_->zone);
  return Day{std::chrono::days{day - absl::CivilDay(1970, 1, 1)}};
}

TimePoint TimeZone::begin_of(Day day) const {
  if (table_ == nullptr) return TimePoint{day} - offset_;
  const absl::CivilDay civil = absl::CivilDay(1970, 1, 1) + day.time_since_epoch().count();
  // Where midnight does not exist, the day begins with the clock's jump.
  return TimePoint{Duration{absl::ToUnixMillis(table_->zone.At(absl::CivilSecond(civil)).trans)}};
}

TimePoint TimeZone::end_of_month(TimePoint time) const {
  return begin_of(next_month_begin(day_of(time)));
}

Day month_begin(Day day) {
  const std::chrono::year_month_day date{day};
  return Day{date.year() / date.month() / 1};
}

Day next_month_begin(Day day) {
  const std::chrono::year_month_day date{day};
  return Day{(date.year() / date.month() + std::chrono::months{1}) / 1};
}

}  // namespace cpaas
