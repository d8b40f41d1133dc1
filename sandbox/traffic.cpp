#include "sandbox/traffic.h"

#include <array>
#include <cstdint>

namespace sandbox {

double rhythm(Minute hour, int utc_offset) {
  static constexpr std::array<double, 24> kByHour{0.03, 0.02, 0.02, 0.02, 0.03, 0.05, 0.10, 0.22,
                                                  0.48, 0.78, 0.95, 1.00, 0.90, 0.75, 0.85, 0.95,
                                                  0.92, 0.80, 0.62, 0.45, 0.30, 0.20, 0.11, 0.06};
  static constexpr std::array<double, 7> kByWeekday{0.35, 1.00, 1.00, 0.95,
                                                    1.00, 0.90, 0.50};  // Sunday first
  const Minute local = hour + utc_offset * kHour;
  const auto weekday = std::chrono::weekday{day_of(local)}.c_encoding();
  return kByHour[static_cast<std::size_t>(local / kHour % 24)] * kByWeekday[weekday];
}

void Plan::add(Draw& draw, const Item& item) {
  if (item.count > 0) items_.push_back({item, draw.between(0, 59)});
}

Row Plan::between(int from, int to) const {
  Row row{};
  for (const auto& [item, phase] : items_) {
    const std::int64_t before = (item.count * from + phase) / 60;
    const std::int64_t after = (item.count * to + phase) / 60;
    row[item.counter] += after - before;
    if (item.amount_counter == kRowWidth) continue;
    const std::int64_t amount = item.amount * after / item.count - item.amount * before / item.count;
    row[item.amount_counter] += amount * item.unit;
  }
  return row;
}

void plan_calls(Plan& plan, Draw& draw, std::size_t counter, std::size_t seconds_counter, std::int64_t count,
                double seconds) {
  static constexpr std::int64_t kPulse = 6;  // seconds; makes tenths of a minute exact
  const std::int64_t pulses = count + draw.near(static_cast<double>(count) * (seconds / kPulse - 1));
  plan.add(draw, {counter, count, seconds_counter, pulses, kPulse});
}

}  // namespace sandbox
