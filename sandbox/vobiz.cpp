#include "sandbox/vobiz.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace sandbox {

namespace {

constexpr std::uint64_t kKey = 0x70b12;
constexpr int kIndia = 5;
constexpr std::int64_t kPaisa = kMicro / 100;
constexpr std::int64_t kUnansweredFee = 2 * kPaisa;
constexpr std::int64_t kPulse = 6;  // seconds
constexpr std::array kDirections{VobizAccount::kInbound, VobizAccount::kOutbound};
constexpr std::array kProducts{VobizAccount::kSipTrunking, VobizAccount::kVoiceApi};

constexpr std::array<std::string_view, 8> kFirst{"Asha", "Bharat", "Chitra", "Deepak",
                                                 "Esha", "Farhan", "Gita",   "Harish"};
constexpr std::array<std::string_view, 8> kTrade{"Logistics", "Clinics", "Retail", "Finance",
                                                 "Motors",    "Tutors",  "Foods",  "Travels"};
constexpr std::array<std::string_view, 4> kRegions{"Karnataka", "Mumbai", "Delhi", "Tamil Nadu"};

bool is_billing_hour(const VobizAccount::Number& number, Minute hour) {
  const auto day = [](Minute minute) { return std::chrono::year_month_day{day_of(minute)}.day(); };
  return hour % kDay == 0 && hour > number.purchased && day(hour) == day(number.purchased);
}

std::vector<VobizAccount::Number> make_numbers(Draw& draw, std::uint64_t index, Minute created) {
  std::vector<VobizAccount::Number> numbers;
  const std::int64_t count = draw.between(1, 3);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto region = kRegions[static_cast<std::size_t>(draw.between(0, 3))];
    // Bought on one of the first 28 days of a month, so that every month has the billing day.
    const Minute bought = start_of(month_start(day_of(created))) + draw.between(0, 27) * kDay + 417;
    numbers.push_back({fmt::format("aabbccdd-0000-4000-8000-{:06}{:06}", index, i),
                       fmt::format("+91801{:05}{:02}", index, i), std::string{region}, 200 * kMicro, bought});
  }
  return numbers;
}

}  // namespace

VobizAccount::VobizAccount(std::uint64_t seed, std::uint64_t index_, Minute created_)
    : index(index_), created(created_), updated(created_), seed_(seed) {
  Draw draw{seed, kKey, index, 0};
  const auto first = kFirst[index % kFirst.size()];
  auth_id = fmt::format("MA_CUST{:04}", index);
  company = fmt::format("{} {}", first, kTrade[index / kFirst.size() % kTrade.size()]);
  name = fmt::format("{} {}", company, index);
  email = fmt::format("billing{}@example.com", index);
  phone = fmt::format("+9198765{:05}", index);
  per_pulse_out = draw.between(5, 8) * kPaisa;
  per_pulse_in = draw.between(3, 4) * kPaisa;
  const double size = draw.uniform();
  peak_calls = 3 + 90 * size * size * size;
  max_concurrent = static_cast<int>(4 + peak_calls / 4);
  cps_limit = static_cast<int>(draw.between(1, 10));
  low_balance = 400 * kMicro;
  recharge_amount = draw.between(4, 20) * 500 * kMicro;
  wallet_.added = draw.between(5, 60) * 100 * kMicro;
  if (index % 8 == 3) {  // lives from hand to mouth
    low_balance = 40 * kMicro;
    recharge_amount = 250 * kMicro;
    wallet_.added = 300 * kMicro;
  }
  kyc = index % 9 == 4 ? Kyc::pending : Kyc::completed;
  numbers = make_numbers(draw, index, created);
}

void VobizAccount::begin_hour(Minute hour) {
  pay_rent(hour);
  make_plan(hour);
}

void VobizAccount::pay_rent(Minute hour) {
  for (const Number& number : numbers) {
    if (!active || !is_billing_hour(number, hour)) continue;
    Row row{};
    row[kRental] = number.monthly_fee;
    usage_.add(hour, row);
    wallet_.spent += number.monthly_fee;
    updated = hour;
  }
}

bool VobizAccount::wants_funds(Minute hour, std::int64_t& amount) const {
  Draw draw{seed_, kKey, index, static_cast<std::uint64_t>(hour), 1};
  amount = recharge_amount;
  return active && recharges && wallet_.balance() < low_balance && draw.chance(0.04);
}

void VobizAccount::make_plan(Minute hour) {
  Draw draw{seed_, kKey, index, static_cast<std::uint64_t>(hour), 2};
  plan_.clear();
  if (!active) return;
  const double level = drive_.level(hour, kIndia) * peak_calls;
  for (const Direction direction : kDirections) {
    for (const Product product : kProducts) {
      const double share = (direction == kOutbound ? 0.8 : 0.2) * (product == kVoiceApi ? 0.75 : 0.25);
      plan_calls(plan_, draw, at(direction, product, kAnswered), at(direction, product, kSeconds),
                 draw.near(level * share * 0.62), 48);
      plan_.add(draw,
                {.counter = at(direction, product, kUnanswered), .count = draw.near(level * share * 0.38)});
    }
  }
}

void VobizAccount::price(Row& row) const {
  for (const Direction direction : kDirections) {
    for (const Product product : kProducts) {
      const std::int64_t per_pulse = direction == kOutbound ? per_pulse_out : per_pulse_in;
      std::int64_t& seconds = row[at(direction, product, kSeconds)];
      seconds -= seconds % kPulse;
      row[at(direction, product, kCost)] =
          seconds / kPulse * per_pulse + row[at(direction, product, kUnanswered)] * kUnansweredFee;
    }
  }
}

namespace {

std::int64_t call_cost(const Row& row) {
  std::int64_t cost = 0;
  for (const auto direction : kDirections) {
    for (const auto product : kProducts)
      cost += row[VobizAccount::at(direction, product, VobizAccount::kCost)];
  }
  return cost;
}

}  // namespace

void VobizAccount::run(Minute from, int minutes) {
  const std::int64_t usable = wallet_.balance() + credit_limit;
  if (usable <= 0) return;
  const int first = static_cast<int>(from % kHour);
  Row row = plan_.between(first, first + minutes);
  if (is_zero(row)) return;
  price(row);
  const std::int64_t cost = call_cost(row);
  if (usable <= cost && minutes > 1) {
    for (int i = 0; i < minutes; ++i) run(from + i, 1);
    return;
  }
  usage_.add(from, row);
  wallet_.spent += cost;
  updated = from + minutes;
}

void VobizAccount::set_drive(Minute now, Drive drive) {
  drive_ = drive;
  make_plan(now - now % kHour);
}

void VobizAccount::add_funds(Minute now, std::int64_t micro) {
  wallet_.added += micro;
  updated = now;
}

void VobizAccount::debit(Minute now, std::int64_t micro) {
  wallet_.spent += micro;
  debited_ += micro;
  updated = now;
}

void VobizAccount::restate(Minute now, Day day, std::int64_t numerator, std::int64_t denominator) {
  const std::int64_t rental = usage_.on(day)[kRental];
  const auto reprice = [&](Row& row) {
    price(row);
    row[kRental] = rental;  // a restated day changes calls only
  };
  wallet_.spent += call_cost(usage_.restate(day, numerator, denominator, reprice));
  updated = now;
}

void VobizAccount::set_active(Minute now, bool value) {
  active = value;
  updated = now;
  make_plan(now - now % kHour);
}

int VobizAccount::concurrent_calls(Minute now) const {
  const int minute = static_cast<int>(now % kHour);
  const Row row = plan_.between(minute, minute + 1);
  if (!active || wallet_.balance() + credit_limit <= 0) return 0;
  std::int64_t seconds = 0;
  for (const Direction direction : kDirections) {
    for (const Product product : kProducts) seconds += row[at(direction, product, kSeconds)];
  }
  return static_cast<int>(std::min<std::int64_t>((seconds + 59) / 60, max_concurrent));
}

Minute VobizAccount::next_billing(const Number& number, Minute now) {
  Minute day = start_of(day_of(now)) + kDay;
  while (!is_billing_hour(number, day)) day += kDay;
  return day;
}

Minute VobizAccount::last_billing(const Number& number, Minute now) {
  Minute day = start_of(day_of(now));
  while (day > number.purchased && !is_billing_hour(number, day)) day -= kDay;
  return std::max(day, number.purchased);
}

void VobizCalls::add(const Row& row, VobizAccount::Direction direction, VobizAccount::Product product) {
  using A = VobizAccount;
  answered += row[A::at(direction, product, A::kAnswered)];
  total += row[A::at(direction, product, A::kAnswered)] + row[A::at(direction, product, A::kUnanswered)];
  seconds += row[A::at(direction, product, A::kSeconds)];
  cost += row[A::at(direction, product, A::kCost)];
}

Vobiz::Vobiz(std::uint64_t seed, std::uint64_t number, int count, Day begin)
    : account(seed, 0, start_of(begin)), created(start_of(begin) - 30 * kDay), seed_(seed) {
  wallet.added = 150'000 * kMicro;
  for (int i = 0; i < count; ++i) add_customer(start_of(begin) - i * kDay);
  if (customers.size() > 16) customers[16].set_active(start_of(begin), false);
  account.auth_id = number == 1 ? "MA_SANDBOX" : fmt::format("MA_SANDBOX_{}", number);
  account.name = account.company = "Sandbox Voice";
  account.peak_calls = 60;
  account.max_concurrent = 46;
  account.credit_limit = 1000 * kMicro;
  account.low_balance = 500 * kMicro;
  account.recharge_amount = 8000 * kMicro;
  account.add_funds(start_of(begin), 12'000 * kMicro);
}

void Vobiz::begin_hour(Minute hour) {
  Draw draw{seed_, kKey, static_cast<std::uint64_t>(hour), 3};
  if (wallet.balance() < 40'000 * kMicro && draw.chance(0.05)) top_up(100'000 * kMicro);
  std::int64_t amount = 0;
  for (VobizAccount& customer : customers) {
    if (customer.wants_funds(hour, amount) && wallet.balance() >= amount) {
      wallet.spent += amount;
      customer.add_funds(hour, amount);
    }
    customer.begin_hour(hour);
  }
  if (account.wants_funds(hour, amount)) account.add_funds(hour, amount);
  account.begin_hour(hour);
}

void Vobiz::run(Minute from, int minutes) {
  for (VobizAccount& customer : customers) customer.run(from, minutes);
  account.run(from, minutes);
}

VobizAccount* Vobiz::find(std::string_view auth_id) {
  if (auth_id == account.auth_id) return &account;
  const auto found = std::ranges::find(customers, auth_id, &VobizAccount::auth_id);
  return found == customers.end() ? nullptr : &*found;
}

std::string Vobiz::add_customer(Minute now) {
  return customers.emplace_back(seed_, next_index_++, now).auth_id;
}

bool Vobiz::remove_customer(std::string_view auth_id) {
  const auto found = std::ranges::find(customers, auth_id, &VobizAccount::auth_id);
  if (found == customers.end()) return false;
  gone_.push_back(std::move(*found));
  customers.erase(found);
  return true;
}

Row Vobiz::over(Day from, Day to) const {
  Row sum{};
  for (const VobizAccount& customer : customers) sum += customer.usage().over(from, to);
  for (const VobizAccount& customer : gone_) sum += customer.usage().over(from, to);
  return sum;
}

std::int64_t Vobiz::customers_balance() const {
  std::int64_t sum = 0;
  for (const VobizAccount& customer : customers) sum += customer.wallet().balance();
  return sum;
}

}  // namespace sandbox
