// Amounts as the ledger keeps them: exact, in whole millionths of the metric's unit.
#pragma once

#include <optional>

namespace cpaas::ledger {

// Sums of money stay exact, and no total that a double holds is too large.
__extension__ typedef __int128 Micros;

inline constexpr Micros micros_per_unit = 1'000'000;

// To the nearest millionth; whole numbers exactly. Nothing for what is not finite or beyond 1e30.
std::optional<Micros> to_micros(double units);

// The nearest double.
double to_units(Micros amount);

inline Micros magnitude(Micros amount) {
  return amount < 0 ? -amount : amount;
}

}  // namespace cpaas::ledger
