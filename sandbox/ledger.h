// What an entity (customer, user, number) has used and paid. Plain integers: counts, seconds, and money in
// micro-units (1e-6 of the currency; credits are whole). Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sandbox/time.h"

namespace sandbox {

inline constexpr std::size_t kRowWidth = 24;
// One value per counter; each provider's world names its counters in an enum.
using Row = std::array<std::int64_t, kRowWidth>;

Row& operator+=(Row& left, const Row& right);
bool is_zero(const Row& row);

// Usage by day (and, where asked for, by hour) with its total since the beginning.
class Series {
 public:
  enum class Detail { days, hours };
  explicit Series(Detail detail = Detail::days) : detail_(detail) {}

  // Adds usage that began in `minute`; minutes must not go back by a day. A row of zeros leaves no trace.
  void add(Minute minute, const Row& row);

  const Row& total() const { return total_; }
  // Both days included.
  Row over(Day from, Day to) const;
  Row on(Day day) const { return over(day, day); }
  // The hours that begin at `from` or later; only with Detail::hours, and for at most the last 31 days.
  Row since(Minute from) const;
  // Only days with usage, in order; the last 800 of them are kept.
  const std::vector<std::pair<Day, Row>>& days() const { return days_; }

  // Multiplies what was counted on a day by numerator/denominator (rounding each value down), lets `reprice`
  // (Row&) bring the costs in line, and corrects the total. Returns new minus old.
  template <typename Reprice>
  Row restate(Day day, std::int64_t numerator, std::int64_t denominator, Reprice reprice);

 private:
  using Hour = std::pair<Minute, Row>;
  void scale(Row& row, std::int64_t numerator, std::int64_t denominator) const;
  Row* find(Day day);

  Detail detail_;
  Row total_{};
  std::vector<std::pair<Day, Row>> days_;
  std::vector<Hour> hours_;
};

// Prepaid money or credits. The balance is always what was added minus what was spent.
struct Wallet {
  std::int64_t added = 0;
  std::int64_t spent = 0;
  std::int64_t balance() const { return added - spent; }
};

template <typename Reprice>
Row Series::restate(Day day, std::int64_t numerator, std::int64_t denominator, Reprice reprice) {
  Row* row = find(day);
  if (row == nullptr) return Row{};
  const Row before = *row;
  Row hourly{};
  for (const Hour& hour : hours_) {
    if (day_of(hour.first) == day) hourly += hour.second;
  }
  const bool by_hour = hourly == before;  // not where the day's first hours are forgotten already
  Row after{};
  for (Hour& hour : hours_) {
    if (!by_hour || day_of(hour.first) != day) continue;
    scale(hour.second, numerator, denominator);
    reprice(hour.second);
    after += hour.second;
  }
  if (!by_hour) {
    after = before;
    scale(after, numerator, denominator);
    reprice(after);
  }
  *row = after;
  for (std::size_t i = 0; i < kRowWidth; ++i) after[i] -= before[i];
  total_ += after;
  return after;
}

}  // namespace sandbox
