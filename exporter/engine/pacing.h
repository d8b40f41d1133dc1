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
  bool refused = false;                               // the last poll was: credentials, or too many requests
};

// The longest that a provider can have us wait where nothing else does: a mistaken time must not silence an
// account for a day.
inline constexpr std::chrono::hours longest_hold{1};

// What is believed of a provider's Retry-After: at most longest_hold, or the interval if that is longer.
Duration believed_wait(std::chrono::seconds retry_after, std::chrono::seconds interval);

// Time to the begin of the next poll: from the begin of the last one if it worked, so that intervals are
// kept, else from its end, so that a provider that times out is left alone for a while. `random` is in [0,
// 1).
//
// After success: the interval, give or take 5 %. After failures: min(interval, 15 s), doubled with each
// failure in a row, up to 10 minutes or the interval if that is longer, give or take 5 %. After a refusal the
// interval stands in the place of the 15 s, and nothing is asked before it is over: asking again soon makes
// locks and limits worse. Never before the believed_wait() of the provider's Retry-After.
Duration time_to_next_poll(const PollHistory& history, double random);

// Delay of an endpoint's first poll: spreads `endpoints` polls over 2 ms each, at most over the interval.
Duration first_poll_delay(std::size_t endpoints, std::chrono::seconds interval, double random);

}  // namespace cpaas::engine
