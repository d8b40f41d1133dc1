// AgentPhone's side of the world: numbers that belong to agents (one to none), their messages and calls, and
// the webhook deliveries these cause. No money: the API tells none.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/ledger.h"
#include "sandbox/traffic.h"

namespace sandbox {

class AgentNumber {
 public:
  enum Counter : std::size_t {
    kMessagesIn,
    kMessagesOut,
    kSegments,
    kCompletedIn,
    kCompletedOut,
    kFailedCalls,
    kSeconds,
    kHooksOk,
    kHooksFailed,
    kCounters
  };
  static constexpr std::array<std::string_view, kCounters> kNames{
      "messages_inbound",         "messages_outbound", "segments", "completed_calls_inbound",
      "completed_calls_outbound", "failed_calls",      "seconds",  "webhooks_success",
      "webhooks_failed"};

  AgentNumber(std::uint64_t seed, std::uint64_t index);
  void begin_hour(Minute hour) { make_plan(hour); }
  void run(Minute from, int minutes);
  void set_drive(Minute now, Drive drive);
  // Share (0-1) of the webhook deliveries that fail from now on.
  void set_failure_ratio(Minute now, double ratio);
  void restate(Day day, std::int64_t numerator, std::int64_t denominator);

  std::string number_id, phone;
  std::string agent_id, agent_name;  // empty: the number belongs to no agent
  std::string status = "active";
  const Series& usage() const { return usage_; }

 private:
  void make_plan(Minute hour);
  std::uint64_t seed_;
  std::uint64_t index_;
  double peak_;
  double failure_ratio_ = 0.01;
  Drive drive_;
  Plan plan_;
  Series usage_{Series::Detail::hours};
};

std::int64_t message_count(const Row& row);
std::int64_t completed_calls(const Row& row);
std::int64_t call_count(const Row& row);  // with the failed ones
std::int64_t webhook_count(const Row& row);

class AgentPhone {
 public:
  static constexpr int kNumberLimit = 10;
  static constexpr int kMessagesPerMonth = 20000;
  static constexpr int kVoiceMinutesPerMonth = 5000;
  static constexpr int kMaxCallMinutes = 60;
  static constexpr int kConcurrentCalls = 10;

  explicit AgentPhone(std::uint64_t seed);
  void begin_hour(Minute hour);
  void run(Minute from, int minutes);
  AgentNumber* find(std::string_view number_id);

  Row total() const;
  Row over(Day from, Day to) const;
  // Calls at this moment: as many as the talk of the running hour keeps busy.
  std::int64_t live_calls(Minute now) const;
  // The last `hours` whole hours and the running one.
  Row last_hours(Minute now, int hours) const;

  std::vector<AgentNumber> numbers;
};

}  // namespace sandbox
