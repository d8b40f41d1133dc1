// The sandbox without its sockets: worlds, their clock, the faults and the count of what was asked.
// Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/answer.h"
#include "sandbox/clock.h"
#include "sandbox/faults.h"
#include "sandbox/recording.h"

namespace sandbox {

struct SandboxOptions {
  std::uint64_t seed = 1;
  TimePoint start = std::chrono::sys_days{std::chrono::year{2026} / 3 / 16} + std::chrono::hours{12};
  double speed = 0;  // sandbox seconds per real second; 0: the clock is moved by hand
  int accounts = 1;  // at each provider; see credentials.h
  int customers = 40;
  int history_days = 40;
  Story story = Story::none;
  std::optional<Recording> replay = {};  // in the place of the imitated providers: there are no accounts
};

class Sandbox {
 public:
  explicit Sandbox(const SandboxOptions& options);

  // The answer of provider `provider` (tingting, vobiz, teli, agentphone; replay, if there is one), with its
  // faults. Counted.
  Response provider_response(const std::string& provider, const Ask& ask);
  static bool is_provider(std::string_view name);
  bool replays() const { return recording_.has_value(); }

  TimePoint now() const { return clock_.now(); }
  // What the Date header says: now, plus the skew.
  TimePoint date() const;
  void set_date_skew(std::chrono::seconds skew);
  void advance(std::chrono::seconds step) { clock_.advance(step); }
  // False for a time that is past.
  bool set_clock(TimePoint time) { return clock_.set(time); }

  // `account` counts from 1. All give an empty text, or what is wrong (nothing changed).
  std::string apply(const Event& event, int account = 1);
  std::string set_variant(std::string_view name, std::string_view choice, int account = 1);
  std::string add_fault(const Json& body);
  void clear_faults();
  bool remove_fault(int id);
  Json faults() const;
  Json variants(int account = 1) const;
  // Empty object for an account that does not exist. With {"requests": {provider: {endpoint: {status:
  // count}}}} and requests_total.
  Json truth(int account = 1);
  // Requests to all providers since the start.
  std::int64_t requests() const;

 private:
  Answer right_answer(const std::string& provider, const Ask& ask);
  World* world(int account);
  void advance_worlds();

  const std::optional<Recording> recording_;
  mutable std::mutex mutex_;
  Clock clock_;
  std::chrono::seconds skew_{0};
  std::vector<std::unique_ptr<World>> worlds_;
  std::vector<const World*> views_;
  Faults faults_;
  std::map<std::string, std::map<std::string, std::map<std::string, std::int64_t>>> requests_;
  std::int64_t total_ = 0;
};

}  // namespace sandbox
