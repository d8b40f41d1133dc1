#include "exporter/engine/pacing.h"

#include <algorithm>

namespace cpaas::engine {
namespace {

Duration jittered(Duration time, double random) {
  constexpr double share = 0.05;
  const double factor = 1 - share + 2 * share * random;
  return Duration{static_cast<Duration::rep>(static_cast<double>(time.count()) * factor)};
}

Duration backoff(const PollHistory& history) {
  using namespace std::chrono_literals;
  const Duration interval = history.interval;
  const Duration longest = std::max<Duration>(interval, 10min);
  Duration delay = history.refused ? interval : std::min<Duration>(interval, 15s);
  for (std::size_t i = 1; i < history.failures_in_row && delay < longest; ++i) delay *= 2;
  return std::min(delay, longest);
}

}  // namespace

Duration believed_wait(std::chrono::seconds retry_after, std::chrono::seconds interval) {
  return std::min<Duration>(retry_after, std::max<Duration>(interval, longest_hold));
}

Duration time_to_next_poll(const PollHistory& history, double random) {
  if (history.failures_in_row == 0) return jittered(history.interval, random);
  const Duration delay = jittered(backoff(history), random);
  const Duration asked =
      believed_wait(history.retry_after.value_or(std::chrono::seconds{0}), history.interval);
  return std::max({delay, asked, history.refused ? Duration{history.interval} : Duration{0}});
}

Duration first_poll_delay(std::size_t endpoints, std::chrono::seconds interval, double random) {
  const Duration spread = std::min<Duration>(Duration{2} * static_cast<Duration::rep>(endpoints), interval);
  return Duration{static_cast<Duration::rep>(static_cast<double>(spread.count()) * random)};
}

}  // namespace cpaas::engine
