// Vobiz's side of the world: a partner whose customers hold prepaid wallets, and one account of its own (not
// a customer of the partner). Money in micro-rupees; every call costs whole paise, so that sums of the
// two-decimal figures of the API are exact.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/ledger.h"
#include "sandbox/traffic.h"

namespace sandbox {

inline constexpr std::int64_t kMicro = 1'000'000;

class VobizAccount {
 public:
  enum Direction : std::size_t { kInbound, kOutbound };
  enum Product : std::size_t { kSipTrunking, kVoiceApi };
  // A row holds these four for each direction and product (see `at`), then the rent of numbers.
  enum Field : std::size_t { kAnswered, kUnanswered, kSeconds, kCost, kFields };
  static constexpr std::size_t kRental = 16;
  static constexpr std::size_t at(Direction direction, Product product, Field field) {
    return (direction * 2 + product) * kFields + field;
  }

  struct Number {
    std::string id;
    std::string e164;
    std::string region;
    std::int64_t monthly_fee;  // micro
    Minute purchased;
  };
  enum class Kyc { pending, completed };

  // A made-up customer; `index` tells customers of one world apart.
  VobizAccount(std::uint64_t seed, std::uint64_t index, Minute created);

  void begin_hour(Minute hour);
  void run(Minute from, int minutes);

  void set_drive(Minute now, Drive drive);
  void add_funds(Minute now, std::int64_t micro);
  void debit(Minute now, std::int64_t micro);
  void restate(Minute now, Day day, std::int64_t numerator, std::int64_t denominator);
  void set_active(Minute now, bool active);

  // True when the customer would pay in this hour; `amount` micro is what it pays.
  bool wants_funds(Minute hour, std::int64_t& amount) const;
  int concurrent_calls(Minute now) const;
  // First moment at or after the next midnight at which the rent of `number` is due.
  static Minute next_billing(const Number& number, Minute now);
  static Minute last_billing(const Number& number, Minute now);

  std::string auth_id, name, company, email, phone;
  std::uint64_t index;
  bool active = true;
  bool recharges = true;
  Kyc kyc = Kyc::completed;
  std::int64_t credit_limit = 0;             // micro the balance may go below zero
  std::int64_t low_balance = 0;              // micro; recharges (or is said to be low) below this
  std::int64_t recharge_amount = 0;          // micro
  std::int64_t per_pulse_out, per_pulse_in;  // micro per 6 s
  double peak_calls;                         // per hour
  int max_concurrent;
  int cps_limit;
  Minute created, updated;
  std::vector<Number> numbers;

  const Series& usage() const { return usage_; }
  const Wallet& wallet() const { return wallet_; }
  std::int64_t debited() const { return debited_; }

 private:
  void make_plan(Minute hour);
  void price(Row& row) const;
  void pay_rent(Minute hour);

  std::uint64_t seed_;
  Drive drive_;
  Plan plan_;
  Series usage_;
  Wallet wallet_;
  std::int64_t debited_ = 0;
};

// Sums of one direction, product or all of it.
struct VobizCalls {
  std::int64_t total = 0;
  std::int64_t answered = 0;
  std::int64_t seconds = 0;
  std::int64_t cost = 0;  // micro
  void add(const Row& row, VobizAccount::Direction direction, VobizAccount::Product product);
};

class Vobiz {
 public:
  static constexpr int kMaxAccounts = 1000;

  Vobiz(std::uint64_t seed, std::uint64_t number, int customers, Day begin);

  void begin_hour(Minute hour);
  void run(Minute from, int minutes);
  void top_up(std::int64_t micro) { wallet.added += micro; }
  VobizAccount* find(std::string_view auth_id);
  // Adds one more customer and returns its auth id.
  std::string add_customer(Minute now);
  // Takes a customer off the books; what it used stays in the partner's totals.
  bool remove_customer(std::string_view auth_id);

  // Of all customers, gone ones included.
  Row over(Day from, Day to) const;
  std::int64_t customers_balance() const;

  std::vector<VobizAccount> customers;
  VobizAccount account;
  Wallet wallet;  // the partner's master wallet: topped up, then transferred to customers
  Minute created;

 private:
  std::uint64_t seed_;
  std::vector<VobizAccount> gone_;
  std::uint64_t next_index_ = 1;
};

}  // namespace sandbox
