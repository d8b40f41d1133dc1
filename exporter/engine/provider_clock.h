// What is believed of the clock that a provider's Date header shows. Pure.
#pragma once

#include <optional>

#include "exporter/core/clock.h"

namespace cpaas::engine {

// The provider's clock decides to which day its values belong, as long as it can be right: one wrong header
// must not move the calendar. Nothing is ever booked to a day that has not begun here, whatever is believed.
class ProviderClock {
 public:
  // A poll's responses said this much more than our clock; nothing if they said nothing. Up to a day either
  // way is believed, more once three polls in a row have said so.
  void observe(std::optional<Duration> skew);

  // What is believed.
  Duration skew() const { return believed_; }
  // As last said.
  std::optional<Duration> said() const { return said_; }
  // One of the two clocks is wrong by more than a day, and it cannot be told which, or it is ours that is
  // behind: no counting by days can begin.
  bool in_doubt() const;

  // Whether a response's clock, so much ahead of ours, fits what is believed.
  bool fits(Duration skew) const;

 private:
  Duration believed_{0};
  std::optional<Duration> said_;
  Duration candidate_{0};
  int agreed_ = 0;
};

}  // namespace cpaas::engine
