// Time as the engine sees it; injected, so that tests own it.
#pragma once

#include <chrono>

namespace cpaas {

using TimePoint = std::chrono::sys_time<std::chrono::milliseconds>;  // wall time, UTC; may jump
using Duration = std::chrono::milliseconds;
using SteadyPoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;  // for pacing; never jumps

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
  virtual SteadyPoint steady() const = 0;
};

}  // namespace cpaas
