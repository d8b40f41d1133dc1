// What is known of one account: the last good values of each endpoint, and how its polls go. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "exporter/core/account.h"
#include "exporter/engine/packed_samples.h"
#include "exporter/engine/provider_clock.h"
#include "exporter/engine/round.h"
#include "exporter/engine/series_cap.h"
#include "exporter/exposition/page.h"
#include "exporter/ledger/ledger.h"

namespace cpaas::engine {

// The HELP text of a family, with the provider fields it comes from.
using Help = std::function<std::string(const Family&, Window)>;

enum class StartTimes : std::uint8_t { hidden, shown };  // of counters, as _created in OpenMetrics

// What one answer, or those of one member, gave to show.
struct Values {
  PackedSamples samples{};  // gauges, without those that render() withdrew
  TimePoint fresh_from{};   // from when stale_after counts: when they came, or less if our clock went back
  TimePoint asked_at{};     // begin of the poll by the provider's clock
};

// What an endpoint asks for one by one (Call::member), each with the last good values of its own.
struct MemberStatus {
  enum class State : std::uint8_t { waiting, read, failing };
  State state = State::waiting;  // after the last poll that named it
  Values values{};
  std::optional<TimePoint> read_at{};
  std::uint64_t turn = 0;  // rises with each time that a member is asked for; 0: not yet
  std::size_t poll = 0;    // the last one that named it
};

// One endpoint's polls so far.
struct EndpointStatus {
  std::optional<TimePoint> last_attempt;  // begin of the last poll that is over; since the program started
  std::optional<TimePoint> last_success;  // end of the last good poll, perhaps before the program started
  std::optional<Error> error;             // of the last poll; nothing if it worked
  double duration = 0;                    // seconds that the last poll took
  std::size_t failures_in_row = 0;
  std::uint64_t requests = 0;
  std::size_t poll_requests = 0;                             // that a whole poll takes, as far as is known
  std::array<std::uint64_t, all_reasons.size()> failures{};  // by reason
  std::uint64_t series_dropped = 0;
  std::array<std::uint64_t, ledger::all_corrections.size()> corrections{};  // by what
  std::uint64_t ledger_failures = 0;
  std::optional<std::size_t> days_missing;  // see Ledger::days_missing
  std::optional<Duration> clock_skew;       // as the last response said
  RateLimit rate_limit;
  std::optional<TimePoint> held_until;  // the provider wanted no request before; may be over
  Drift drift;                          // of the last good poll
  std::size_t series = 0;               // that the last good poll gave
  Values values;                        // of the endpoint as a whole, by the last good poll
  std::map<std::string, MemberStatus, std::less<>> members;
  Values kept;                  // from before the program started, until all is known anew
  std::size_t polls = 0;        // that are over
  std::uint64_t turns = 0;      // members asked for
  std::size_t part_series = 0;  // of the poll that goes on
  Duration pass{0};             // what it takes to read all members, where that is longer than the interval
};

class AccountBoard {
 public:
  explicit AccountBoard(Account account);
  // Takes over what `before` knows of the endpoints that both have. Only where same_source().
  AccountBoard(Account account, AccountBoard before);

  const Account& account() const { return account_; }
  const EndpointStatus& status(std::size_t endpoint) const { return endpoints_.at(endpoint); }
  bool attempted() const;  // every endpoint was polled at least once
  // How many requests a minute the endpoints take at their intervals, as far as their polls have shown.
  double demand() const;
  const ProviderClock& provider_clock() const { return clock_; }
  TimePoint provider_time(TimePoint now) const { return now + clock_.skew(); }

  // Shows what an endpoint last said before the program started, until it is polled.
  void restore(std::size_t endpoint, const ledger::KeptGauges& kept);
  // Drops what depends on settings that have changed: values over windows, and texts.
  void keep_levels_only();

  struct Poll {
    TimePoint begin;
    TimePoint end;
    Duration took;
  };
  // Takes over what a poll of account().endpoints[endpoint] gave, but for what is the ledger's. After a
  // failure the last good values stay, and those of members that were read before it are taken.
  void apply(std::size_t endpoint, Outcome outcome, const Poll& poll);
  // The same of members, while the poll goes on.
  void apply_part(std::size_t endpoint, Outcome part, const Poll& poll);
  // 0 if the member was not asked for since the program started; else the higher, the later it was.
  std::uint64_t turn(std::size_t endpoint, std::string_view member) const;
  // What the endpoint has to show but for values over windows.
  std::vector<Sample> lasting_gauges(std::size_t endpoint) const;
  // What the last responses said of the provider's clock, before apply().
  void observe_clock(std::optional<Duration> skew) { clock_.observe(skew); }
  // Takes over what the ledger said of the poll, after apply().
  void note_booked(std::size_t endpoint, const ledger::Ledger::Booked& booked,
                   std::optional<std::size_t> days_missing);
  // So many counters came with the last apply_part() or the last good apply().
  void count_part_series(std::size_t endpoint, std::size_t counters);
  void count_series(std::size_t endpoint, std::size_t counters);
  // The endpoint's counters could not be saved, or not booked.
  void note_ledger_failure(std::size_t endpoint) { ++endpoints_.at(endpoint).ledger_failures; }

  // The provider wants no request of the endpoint before `until`; an earlier time than one given before
  // changes nothing. release() forgets all such times.
  void hold(std::size_t endpoint, TimePoint until);
  void release();

  // Everything to expose for the account at `now`: the ledger's counters, values, self-metrics and
  // thresholds. A windowed gauge is withdrawn, until the next good poll, from the moment it can be wrong:
  // stale_after intervals after they came (or so many passes, where reading all members takes longer than the
  // interval), or when the day or month in which its poll began has ended
  // by the provider's clock, in the account's time zone; any sample when it expires by itself
  // (Sample::expires). Of series that two endpoints give, the first endpoint's is taken, but a gauge of one
  // whose last poll failed only where no other gives it; and the user's threshold before the provider's. Over
  // max_series whole families are left out, see left_out().
  std::vector<exposition::Section> render(TimePoint now, const Help& help, const ledger::Ledger& ledger,
                                          StartTimes start_times = StartTimes::hidden);

  // What the last render() did without, since the account is over its max_series; see groups_over_cap().
  const std::set<SeriesGroup>& left_out() const { return left_out_; }

  // When render() will next give something else without a new poll; nothing if it will not.
  std::optional<TimePoint> next_expiry(TimePoint now) const;

 private:
  void take_members(EndpointStatus& status, Outcome& outcome, const Poll& poll);
  static void forget_kept(EndpointStatus& status, const Outcome& outcome);
  void end_pass(EndpointStatus& status, const Poll& poll) const;
  std::optional<TimePoint> expiry(std::size_t endpoint, const Values& values,
                                  const PackedSamples::Kind& kind) const;
  void withdraw_expired(TimePoint now);
  void leave_out(const ledger::Ledger& ledger);
  std::vector<Sample> thresholds() const;

  Account account_;
  std::vector<EndpointStatus> endpoints_;
  std::vector<bool> rendered_;  // by endpoint: whether its last good poll has been rendered, and what was
                                // left out of it counted
  std::set<SeriesGroup> left_out_;
  ProviderClock clock_;
};

}  // namespace cpaas::engine
