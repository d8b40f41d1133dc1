#include "exporter/ledger/owed_days.h"

#include <algorithm>

namespace cpaas::ledger {
namespace {

using std::chrono::days;
using namespace std::chrono_literals;

constexpr days late_records{7};
constexpr Duration again_after = 23h;  // so that it is once a day, whatever the interval

Day oldest_to_ask(Day today) {
  return today - horizon;
}

}  // namespace

ReadDays begin_reading(Day from) {
  return {from, from - days{1}};
}

void note_read(ReadDays& read, Day day, Day today, TimePoint now) {
  if (day < read.from || day >= today) return;
  read.missing.erase(day);
  for (Day skipped = std::max(read.through + days{1}, oldest_to_ask(today)); skipped < day;
       skipped += days{1}) {
    read.missing.insert(skipped);
  }
  read.through = std::max(read.through, day);
  read.read_again[day] = now;
  std::erase_if(read.read_again, [&](const auto& each) { return each.first < today - late_records; });
}

bool note_held(ReadDays& read, Day day) {
  return day >= read.from && day <= read.through && read.missing.insert(day).second;
}

std::vector<Day> owed_days(const ReadDays& read, Day today) {
  std::vector<Day> owed(read.missing.lower_bound(oldest_to_ask(today)), read.missing.end());
  for (Day day = std::max(read.through + days{1}, oldest_to_ask(today)); day < today; day += days{1}) {
    owed.push_back(day);
  }
  return owed;
}

std::size_t give_up_old(ReadDays& read, Day today) {
  const Day oldest = oldest_to_ask(today);
  const std::size_t before = read.missing.size();
  read.missing.erase(read.missing.begin(), read.missing.lower_bound(oldest));
  std::size_t lost = before - read.missing.size();
  if (read.through + days{1} < oldest) {
    lost += static_cast<std::size_t>((oldest - read.through).count() - 1);
    read.through = oldest - days{1};
  }
  return lost;
}

std::vector<Day> days_to_read_again(const ReadDays& read, Day today, TimePoint now) {
  std::vector<Day> due;
  for (Day day = std::max(read.from, today - late_records); day <= read.through && day < today - days{1};
       day += days{1}) {
    const auto last = read.read_again.find(day);
    const bool recently =
        last != read.read_again.end() && last->second <= now && now - last->second < again_after;
    if (!recently && !read.missing.contains(day)) due.push_back(day);
  }
  return due;
}

Day fold_before(const ReadDays& read, Day today) {
  const Day unread = read.missing.empty() ? read.through + days{1} : *read.missing.begin();
  return std::min(unread, oldest_to_ask(today));
}

}  // namespace cpaas::ledger
