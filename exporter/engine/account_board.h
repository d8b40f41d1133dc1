// What is known of one account: the last good values of each endpoint, and how its polls go. Not thread-safe.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exporter/core/account.h"
#include "exporter/engine/round.h"
#include "exporter/exposition/page.h"

namespace cpaas::engine {

// The HELP text of a family, with the provider fields it comes from.
using Help = std::function<std::string(const Family&, Window)>;

enum class StartTimes : std::uint8_t { hidden, shown };  // of counters, as _created in OpenMetrics

// One endpoint's polls so far.
struct EndpointStatus {
  std::optional<TimePoint> last_attempt;  // begin of the last poll that is over
  std::optional<TimePoint> last_success;  // end of the last good poll
  std::optional<Error> error;             // of the last poll; nothing if it worked
  double duration = 0;                    // seconds that the last poll took
  std::size_t failures_in_row = 0;
  std::uint64_t requests = 0;
  std::array<std::uint64_t, all_reasons.size()> failures{};  // by reason
  std::uint64_t series_dropped = 0;
  std::uint64_t corrections = 0;
  std::uint64_t ledger_failures = 0;
  RateLimit rate_limit;
  Drift drift;                  // of the last good poll
  std::size_t series = 0;       // that the last good poll gave
  std::vector<Sample> samples;  // of the last good poll, without those that render() withdrew
  TimePoint fresh_from;         // from when stale_after counts: last_success, or less if our clock went back
  TimePoint asked_at;           // begin of the last good poll by the provider's clock
};

class AccountBoard {
 public:
  explicit AccountBoard(Account account);
  // Takes over what `before` knows of the endpoints that both have. Only where same_source().
  AccountBoard(Account account, AccountBoard before);

  const Account& account() const { return account_; }
  const EndpointStatus& status(std::size_t endpoint) const { return endpoints_.at(endpoint); }
  bool attempted() const;  // every endpoint was polled at least once
  TimePoint provider_time(TimePoint now) const { return now + clock_skew_; }

  struct Poll {
    TimePoint begin;
    TimePoint end;
    Duration took;
  };
  // Takes over what a poll of account().endpoints[endpoint] gave. After a failure the last good values stay.
  void apply(std::size_t endpoint, Outcome outcome, const Poll& poll);

  // Everything to expose for the account at `now`: values, self-metrics and thresholds. A windowed gauge is
  // withdrawn, until the next good poll, from the moment it can be wrong: stale_after intervals after the
  // last success, or when the day or month in which its poll began has ended by the provider's clock, in the
  // account's time zone. Any sample is withdrawn when it expires by itself (Sample::expires). Of
  // series that two endpoints give, the first endpoint's is taken, but a gauge of one whose last poll failed
  // only where no other gives it; and the user's threshold before the provider's. Over max_series the last
  // ones in that order are left out.
  std::vector<exposition::Section> render(TimePoint now, const Help& help,
                                          StartTimes start_times = StartTimes::hidden);

  // When render() will next give something else without a new poll; nothing if it will not.
  std::optional<TimePoint> next_expiry(TimePoint now) const;

 private:
  std::optional<TimePoint> expiry(const EndpointStatus& status, std::size_t endpoint,
                                  const Sample& sample) const;
  void withdraw_expired(TimePoint now);
  std::vector<Sample> thresholds() const;

  Account account_;
  std::vector<EndpointStatus> endpoints_;
  std::vector<bool> rendered_;  // by endpoint: whether its last good poll has been rendered, and what was
                                // left out of it counted
  Duration clock_skew_{0};      // the provider's clock less ours
};

}  // namespace cpaas::engine
