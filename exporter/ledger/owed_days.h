// Which days of a source have been read, and which are still owed. Pure.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "exporter/core/calendar.h"

namespace cpaas::ledger {

// How far back a day can still be read and restated. What is older is a sum.
inline constexpr std::chrono::days horizon{45};

// The days of one source: of an endpoint, or of one member of those that it asks one by one.
struct ReadDays {
  Day from;                 // the first that counts
  Day through;              // the last that was read after it had ended; from - 1 before there is one
  std::set<Day> missing{};  // of from..through, those that were not, or are held
  std::map<Day, TimePoint>
      read_again{};  // when closed days of the last week were last read; not kept in the store
};

ReadDays begin_reading(Day from);

// Notes that `day` was answered whole, at `now`; what lies between it and `through` is owed from then on.
void note_read(ReadDays& days, Day day, Day today, TimePoint now);

// Notes that an answer for `day` needs a second one: it is owed, though it may have been read before.
// Whether that is news.
bool note_held(ReadDays& days, Day day);

// Days that are over and were never read whole, or wait for a second answer; the oldest first. Those before
// today - horizon are given up.
std::vector<Day> owed_days(const ReadDays& days, Day today);

// Drops what is given up; gives how many days that were.
std::size_t give_up_old(ReadDays& days, Day today);

// Closed days of the last week whose second reading is due, since records arrive late: each once a day.
std::vector<Day> days_to_read_again(const ReadDays& days, Day today, TimePoint now);

// Days before this one are closed for good.
Day fold_before(const ReadDays& days, Day today);

}  // namespace cpaas::ledger
