// One poll of one endpoint: its requests one after the other, and what came of them. No I/O of its own.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/account.h"
#include "exporter/engine/provider_clock.h"
#include "exporter/engine/response.h"
#include "exporter/ledger/ledger.h"

namespace cpaas::engine {

// What the poll has of a member (Call::member) that it read whole.
struct ReadMember {
  std::string member;
  std::vector<Sample> samples;  // gauges
};

// Of a member's error: whether the provider answers, and knows what is wrong with the member.
bool is_refusal(const Error& error);

// A member that failed alone; what the poll had of it is left out.
struct FailedMember {
  std::string member;
  Error error;
};

// What a poll gave, or what it has so far. What concerns the endpoint as a whole is all or nothing: with an
// error there is none of it. Members are good each by itself, and those that were read before an error stay.
struct Outcome {
  std::optional<Error> error;
  std::vector<Sample> samples;      // gauges of the endpoint as a whole
  std::vector<ReadMember> members;  // no series twice, here and above
  Drift drift;
  std::vector<ledger::Booking> bookings;  // for the ledger, one for each response that had something for it
  std::vector<FailedMember> failed;
  bool error_of_member = false;      // `error` is that of the last one of them
  std::vector<std::string> waiting;  // members that are left to the next poll
  std::size_t requests = 0;
  std::size_t requests_left = 0;       // of members that are left to the next poll
  std::size_t dropped = 0;             // samples given twice (the first stays)
  RateLimit rate_limit;                // of the last response that had any
  std::optional<Duration> clock_skew;  // the provider's clock less ours, by the last response
};

class Round {
 public:
  // What one poll may gather, so that a provider cannot use up the memory: some 300 MB of samples, days and
  // levels, or max_series of them if that is more. A poll that gives more fails (too_large).
  static constexpr std::size_t most_values = 2'000'000;
  // After so many members in a row that could not be read it is not the members' trouble: the poll ends.
  static constexpr std::size_t most_failures_in_row = 5;

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

  // Its time is up: ends the round where that costs nothing, which is between two members once one was asked
  // for. Not between next() and complete().
  void cut_short();

  // True if there are members that take_part() would give.
  bool has_part() const;
  // The members that were read since the last part, while the round goes on; `waiting` are all those that are
  // not done. Only of `members`, `failed`, `waiting`, `bookings` and `dropped` it is told.
  Outcome take_part();

  // Once next() gave nothing. Without what take_part() gave.
  Outcome finish() &&;

 private:
  Result<Page> read(const HttpResponse& response, TimePoint now);
  TimePoint provider_time(const HttpResponse& response, TimePoint now);
  bool is_own_trouble(const Error& error) const;
  void fail_member(const std::string& member, Error error);
  void keep(std::string member, Page page);
  void put_in_order();
  std::vector<std::string> waiting() const;
  bool any_read() const;  // a member, whole
  bool in_progress(const std::string& member) const;
  void drop_pages_of(const std::string& member);
  void leave_rest();
  Error shown(Error error) const;

  struct Kept {
    std::string member;
    Page page;
  };
  static void move_into(Outcome& outcome, std::vector<Kept>&& pages);

  const Account& account_;
  ProviderClock clock_;
  std::size_t most_;
  std::function<std::uint64_t(std::string_view)> turn_;
  std::deque<Call> calls_;   // the front one is in flight after next()
  std::vector<Kept> pages_;  // a member's stand together
  std::size_t values_ = 0;
  std::size_t failures_in_row_ = 0;  // of members
  bool parts_taken_ = false;
  std::string credentials_;  // that the last request carried; never shown
  RateLimit latest_limit_;
  Outcome outcome_;
};

}  // namespace cpaas::engine
