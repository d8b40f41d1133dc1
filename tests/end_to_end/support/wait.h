// Waiting for what happens outside: by events with a deadline, never for a fixed time.
#pragma once

#include <poll.h>

#include <chrono>

namespace cpaas::end_to_end {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Checks `condition` again and again until it holds; false when the time is over.
template <class Condition>
bool within(milliseconds at_most, const Condition& condition) {
  const auto end = SteadyClock::now() + at_most;
  while (!condition()) {
    if (SteadyClock::now() >= end) return false;
    poll(nullptr, 0, 2);
  }
  return true;
}

}  // namespace cpaas::end_to_end
