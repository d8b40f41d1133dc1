#include "exporter/ledger/amount.h"

#include <cmath>

namespace cpaas::ledger {

std::optional<Micros> to_micros(double units) {
  constexpr double limit = 1e30;
  if (!(std::fabs(units) < limit)) return std::nullopt;
  const double whole = std::trunc(units);
  return static_cast<Micros>(whole) * micros_per_unit + std::llround((units - whole) * 1e6);
}

double to_units(Micros amount) {
  const Micros whole = amount / micros_per_unit;
  return static_cast<double>(whole) + static_cast<double>(amount - whole * micros_per_unit) / 1e6;
}

}  // namespace cpaas::ledger
