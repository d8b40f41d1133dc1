// TingTing's side of the world: one account with whole credits, campaigns, calls and messages.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/ledger.h"
#include "sandbox/traffic.h"

namespace sandbox {

// Its days are Nepal's, as its times are: UTC+05:45.
inline constexpr Minute kNepalAhead = 5 * kHour + 45;

class TingTing {
 public:
  enum Counter : std::size_t { kAnswered, kUnanswered, kSeconds, kSms, kCredits, kCounters };
  static constexpr std::array<std::string_view, kCounters> kNames{"answered_calls", "unanswered_calls",
                                                                  "seconds", "sms", "credits"};
  static constexpr std::int64_t kCreditsPerAnswered = 2;
  static constexpr std::int64_t kCreditsPerSms = 1;

  struct Number {
    std::int64_t id;
    std::string phone;
  };
  struct Campaign {
    std::int64_t id;
    std::string name;
    std::string services;  // PHONE, SMS, SMS & PHONE
    std::string status;    // Not Started, Completed, Terminated, Running, Scheduled
    Minute begins;
    std::int64_t progress_percent;
    std::int64_t credit_limit;
  };

  TingTing(std::uint64_t seed, Day begin) : seed_(seed), begin_(begin) { wallet_.added = 60000; }

  void begin_hour(Minute hour);
  // All minutes from `from` on must lie in one hour, whose begin_hour was called.
  void run(Minute from, int minutes);

  void set_drive(Minute now, Drive drive);
  void top_up(Minute now, std::int64_t credits);
  // Takes credits away by hand, as an adjustment; booked as spent, not as usage.
  void debit(std::int64_t credits);
  void restate(Day day, std::int64_t numerator, std::int64_t denominator);
  void set_auto_top_up(bool enabled) { auto_top_up_ = enabled; }

  const Series& usage() const { return usage_; }
  const Wallet& wallet() const { return wallet_; }
  std::int64_t debited() const { return debited_; }
  // Credits bought on the days `from` to `to`.
  std::int64_t purchased(Day from, Day to) const { return purchases_.over(from, to)[0]; }
  // Newest first, as they stand at `now`; one more begins each day.
  std::vector<Campaign> campaigns(Minute now) const;
  static std::vector<Number> owned_numbers();
  static std::vector<Number> shared_numbers();

 private:
  void make_plan(Minute hour);
  Campaign campaign(std::int64_t index, Minute now) const;

  std::uint64_t seed_;
  Day begin_;
  Drive drive_;
  Plan plan_;
  Series usage_;
  Series purchases_;
  Wallet wallet_;
  std::int64_t debited_ = 0;
  bool auto_top_up_ = true;
};

}  // namespace sandbox
