// Which day it is where a provider counts its days.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/core/calendar.h"

namespace cpaas {

// A time zone, as a value: copies share their table of transitions. All functions may be called from any
// thread.
class TimeZone {
 public:
  TimeZone();  // UTC

  // Of a name in the IANA database ("Asia/Kathmandu"), which the machine must have (package tzdata), of
  // "UTC", or of a fixed offset of less than a day ("+05:45", "-03:00"). Nothing for any other text.
  static std::optional<TimeZone> find(std::string_view name);

  const std::string& name() const { return name_; }  // as it was found
  bool has_iana_name() const { return table_ != nullptr || offset_ == Duration{0}; }

  Day day_of(TimePoint time) const;
  // When the day begins.
  TimePoint begin_of(Day day) const;
  // When the next calendar month after that of `time` begins.
  TimePoint end_of_month(TimePoint time) const;

  friend bool operator==(const TimeZone& a, const TimeZone& b) { return a.name_ == b.name_; }

 private:
  struct Table;
  std::string name_ = "UTC";
  Duration offset_{0};  // while there is no table
  std::shared_ptr<const Table> table_{};
};

// The first day of the day's month.
Day month_begin(Day day);
// The first day of the month after it.
Day next_month_begin(Day day);

}  // namespace cpaas
