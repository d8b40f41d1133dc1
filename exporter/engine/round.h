// One poll of one endpoint: its requests one after the other, and what came of them. No I/O of its own.
#pragma once

#include <deque>
#include <optional>
#include <string_view>

#include "exporter/core/account.h"
#include "exporter/engine/response.h"

namespace cpaas::engine {

// What a poll gave. On failure `page` is empty: a poll with all its pages is all or nothing.
struct Outcome {
  std::optional<Error> error;
  Page page;                      // samples without duplicates; `next` is empty
  std::uint64_t corrections = 0;  // see Ledger::Applied
  bool unsaved = false;           // failed because the ledger could not be saved
  std::size_t requests = 0;
  std::size_t dropped = 0;             // samples given twice (the first stays)
  RateLimit rate_limit;                // of the last response that had any
  std::optional<Duration> clock_skew;  // the provider's clock less ours
};

class Round {
 public:
  // What one poll may gather, so that a provider cannot use up the memory: some 300 MB of samples, days and
  // levels, or max_series of them if that is more. A poll that gives more fails (too_large).
  static constexpr std::size_t most_values = 2'000'000;

  // `account` must outlive the round.
  Round(const Account& account, const Endpoint& endpoint, const PollStart& at,
        std::size_t most = most_values);

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
  void keep(Page page);

  const Account& account_;
  std::size_t most_;
  std::deque<Call> calls_;  // the front one is in flight after next()
  RateLimit latest_limit_;
  Outcome outcome_;
};

}  // namespace cpaas::engine
