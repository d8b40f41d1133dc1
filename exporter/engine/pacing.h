// When the next poll of an endpoint is due. Pure.
#pragma once

#include <chrono>
#include <optional>

#include "exporter/core/clock.h"

namespace cpaas::engine {

struct PollHistory {
  std::chrono::seconds interval;
  std::size_t failures_in_row = 0;                    // 0: the last poll worked
  std::optional<std::chrono::seconds> retry_after{};  // what the provider asked for with the last failure
};

// Time to the begin of the next poll: from the begin of the last one if it worked, so that intervals are
// kept, else from its end, so that a provider that times out is left alone for a while. `random` is in [0,
// 1).
//
// After success: the interval, give or take 5 %. After failures: min(interval, 15 s), doubled with each
// failure in a row, up to 10 minutes or the interval if that is longer, give or take 5 %; never before the
// provider's Retry-After.
Duration time_to_next_poll(const PollHistory& history, double random);

// Delay of an endpoint's first poll: spreads `endpoints` polls over 2 ms each, at most over the interval.
Duration first_poll_delay(std::size_t endpoints, std::chrono::seconds interval, double random);

}  // namespace cpaas::engine
