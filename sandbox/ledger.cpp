#include "sandbox/ledger.h"

#include <algorithm>
#include <cstdint>

namespace sandbox {

namespace {
constexpr std::size_t kDaysKept = 800;
constexpr std::size_t kHoursKept = std::size_t{31} * 24;
}  // namespace

Row& operator+=(Row& left, const Row& right) {
  for (std::size_t i = 0; i < kRowWidth; ++i) left[i] += right[i];
  return left;
}

bool is_zero(const Row& row) {
  return std::ranges::all_of(row, [](std::int64_t value) { return value == 0; });
}

void Series::add(Minute minute, const Row& row) {
  if (is_zero(row)) return;
  total_ += row;
  const Day day = day_of(minute);
  if (days_.empty() || days_.back().first != day) days_.emplace_back(day, Row{});
  days_.back().second += row;
  if (days_.size() > 2 * kDaysKept) days_.erase(days_.begin(), days_.end() - kDaysKept);
  if (detail_ == Detail::days) return;
  const Minute hour = minute - minute % kHour;
  if (hours_.empty() || hours_.back().first != hour) hours_.emplace_back(hour, Row{});
  hours_.back().second += row;
  if (hours_.size() > 2 * kHoursKept) hours_.erase(hours_.begin(), hours_.end() - kHoursKept);
}

Row Series::over(Day from, Day to) const {
  Row sum{};
  const auto first = std::ranges::lower_bound(days_, from, {}, &std::pair<Day, Row>::first);
  for (auto at = first; at != days_.end() && at->first <= to; ++at) sum += at->second;
  return sum;
}

Row Series::since(Minute from) const {
  Row sum{};
  const auto first = std::ranges::lower_bound(hours_, from, {}, &Hour::first);
  for (auto at = first; at != hours_.end(); ++at) sum += at->second;
  return sum;
}

void Series::scale(Row& row, std::int64_t numerator, std::int64_t denominator) const {
  for (std::int64_t& value : row) value = value * numerator / denominator;
}

Row* Series::find(Day day) {
  const auto found = std::ranges::find(days_, day, &std::pair<Day, Row>::first);
  return found == days_.end() ? nullptr : &found->second;
}

}  // namespace sandbox
