#include "exporter/adapters/system_clock.h"

namespace cpaas {

TimePoint SystemClock::now() const {
  return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

SteadyPoint SystemClock::steady() const {
  return std::chrono::floor<Duration>(std::chrono::steady_clock::now());
}

}  // namespace cpaas
