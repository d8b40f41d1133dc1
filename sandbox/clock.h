// The sandbox's clock: runs at a multiple of real time, or stands still and is moved by hand. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "sandbox/time.h"

namespace sandbox {

class Clock {
 public:
  // Shows `start` now. `speed` is sandbox seconds per real second; 0 stands still.
  Clock(TimePoint start, double speed) : base_(start), speed_(speed) {}

  TimePoint now() const {
    const std::scoped_lock lock{mutex_};
    return unlocked_now();
  }
  void advance(std::chrono::seconds step) {
    const std::scoped_lock lock{mutex_};
    base_ += step;
  }
  // False, and nothing changed, for a time that is past.
  bool set(TimePoint time) {
    const std::scoped_lock lock{mutex_};
    const TimePoint present = unlocked_now();
    if (time < present) return false;
    base_ += time - present;
    return true;
  }
  double speed() const { return speed_; }

 private:
  TimePoint unlocked_now() const {
    const std::chrono::duration<double> real = std::chrono::steady_clock::now() - begun_;
    return base_ + std::chrono::seconds{static_cast<std::int64_t>(real.count() * speed_)};
  }

  mutable std::mutex mutex_;
  TimePoint base_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  double speed_;
};

}  // namespace sandbox
