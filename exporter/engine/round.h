// One poll of one endpoint: its requests one after the other, and what came of them. No I/O of its own.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/account.h"
#include "exporter/engine/provider_clock.h"
#include "exporter/engine/response.h"
#include "exporter/ledger/ledger.h"

namespace cpaas::engine {

// A member that the provider refused alone; all that the poll had of it is left out.
struct RefusedMember {
  std::string member;
  Error error;
};

// What a poll gave. On failure there is nothing but the error: a poll with all its pages is all or nothing,
// but for what belongs to refused members.
struct Outcome {
  std::optional<Error> error;
  std::vector<Sample> samples;  // gauges, without duplicates
  Drift drift;
  std::vector<ledger::Booking> bookings;  // for the ledger, one for each response that had something for it
  std::vector<RefusedMember> refused;
  std::size_t requests = 0;
  std::size_t dropped = 0;             // samples given twice (the first stays)
  RateLimit rate_limit;                // of the last response that had any
  std::optional<Duration> clock_skew;  // the provider's clock less ours, by the last response
};

class Round {
 public:
  // What one poll may gather, so that a provider cannot use up the memory: some 300 MB of samples, days and
  // levels, or max_series of them if that is more. A poll that gives more fails (too_large).
  static constexpr std::size_t most_values = 2'000'000;

  // `account` must outlive the round. `clock`: what is believed of the provider's clock.
  Round(const Account& account, const Endpoint& endpoint, const PollStart& at,
        const ProviderClock& clock = {}, std::size_t most = most_values);

  // True when there is nothing more to send.
  bool over() const { return calls_.empty(); }

  // What the last response said of the provider's rate limit; nothing if it did not.
  const RateLimit& rate_limit() const { return latest_limit_; }

  // Why the round failed, if it did.
  const std::optional<Error>& error() const { return outcome_.error; }

  // The next request, with the account's limits filled in; nothing when the round is over. After each, call
  // complete() once.
  std::optional<HttpRequest> next();
  void complete(Result<HttpResponse> result, TimePoint now);

  // Ends the round.
  void fail(Error error);

  // Once next() gave nothing.
  Outcome finish() &&;

 private:
  Result<Page> read(const HttpResponse& response, TimePoint now);
  TimePoint provider_time(const HttpResponse& response, TimePoint now);
  void refuse(const std::string& member, Error error);
  void keep(std::string member, Page page);
  Error shown(Error error) const;

  struct Kept {
    std::string member;
    Page page;
  };

  const Account& account_;
  ProviderClock clock_;
  std::size_t most_;
  std::deque<Call> calls_;  // the front one is in flight after next()
  std::vector<Kept> pages_;
  std::size_t values_ = 0;
  RateLimit latest_limit_;
  Outcome outcome_;
};

}  // namespace cpaas::engine
