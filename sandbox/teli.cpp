#include "sandbox/teli.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace sandbox {

namespace {

constexpr std::uint64_t kKey = 0x7e11;
constexpr int kEasternTime = -5;
constexpr std::int64_t kPerSegment = 7'500;  // micro-dollars
constexpr std::int64_t kPerMms = 20'000;
constexpr std::int64_t kPerSecond = 300;
constexpr std::int64_t kPerApiRequest = 40;
constexpr std::int64_t kPerKbSecond = 165;  // on top of the voice price
constexpr std::int64_t kStoragePerDay = 75'000;
constexpr std::int64_t kPurchase = 1'000'000;
constexpr std::int64_t kKbPerMonth = 5'000'000;
constexpr std::int64_t kBrand = 4'000'000;

void price(Row& row) {
  using U = TeliUser;
  row[U::kMessagingCost] = (row[U::kSmsOutSegments] + row[U::kSmsInSegments]) * kPerSegment +
                           (row[U::kMmsOut] + row[U::kMmsIn]) * kPerMms;
  row[U::kVoiceCost] = (row[U::kSeconds] + row[U::kKbSeconds]) * kPerSecond;
  row[U::kApiCost] = row[U::kApiRequests] * kPerApiRequest;
  row[U::kKbUsageCost] = row[U::kKbSeconds] * kPerKbSecond;
}

std::string bubble_id(std::uint64_t first, std::uint64_t second) {
  return fmt::format("17676236100{:02}x4146519712281395{:02}", first, second);
}

}  // namespace

TeliUser::TeliUser(std::uint64_t seed, std::uint64_t organization, std::uint64_t index, Minute created_)
    : created(created_), seed_(seed), key_(organization * 100 + index) {
  Draw draw{seed, kKey, key_, 0};
  unique_id = bubble_id(20 + organization, index);
  id = fmt::format("e4de5844-5b7b-45bb-8717-{:012}", key_);
  name = fmt::format("User {}.{}", organization, index);
  email = fmt::format("user{}.{}@example.com", organization, index);
  permission = index == 1 ? "admin" : "user";
  peak = static_cast<double>(draw.between(6, 90));
  numbers = static_cast<int>(draw.between(1, 2));
  knowledge_base = index % 2 == 1;
}

void TeliUser::begin_hour(Minute hour) {
  if (hour % kDay == 0) pay_fees(hour);
  make_plan(hour);
}

// Storage daily, numbers weekly on Mondays, a knowledge base on the first of the month.
void TeliUser::pay_fees(Minute hour) {
  if (status != "active") return;
  const Day day = day_of(hour);
  Row row{};
  row[kStorageCost] = kStoragePerDay;
  if (hour == created) {
    row[kPurchaseCount] = numbers;
    row[kPurchaseCost] = numbers * kPurchase;
  }
  if (week_start(day) == day) {
    row[kRentalCount] = numbers;
    row[kRentalCost] = numbers * Teli::kWeeklyPrice;
  }
  if (knowledge_base && month_start(day) == day) {
    row[kKbCount] = 1;
    row[kKbMonthlyCost] = kKbPerMonth;
  }
  usage_.add(hour, row);
}

void TeliUser::make_plan(Minute hour) {
  Draw draw{seed_, kKey, key_, static_cast<std::uint64_t>(hour), 1};
  plan_.clear();
  if (status != "active") return;
  const double level = drive_.level(hour, kEasternTime) * peak;
  const auto messages = [&](std::size_t counter, std::size_t segments, double share) {
    const std::int64_t count = draw.near(level * share);
    plan_.add(draw, {counter, count, segments, count + draw.near(static_cast<double>(count) * 0.4), 1});
  };
  messages(kSmsOut, kSmsOutSegments, 1.0);
  messages(kSmsIn, kSmsInSegments, 0.3);
  plan_.add(draw, {.counter = kMmsOut, .count = draw.near(level * 0.03)});
  plan_.add(draw, {.counter = kMmsIn, .count = draw.near(level * 0.01)});
  plan_calls(plan_, draw, kCalls, kSeconds, draw.near(level * 0.12), 75);
  if (knowledge_base) plan_calls(plan_, draw, kKbCalls, kKbSeconds, draw.near(level * 0.05), 120);
  plan_.add(draw, {.counter = kApiRequests, .count = draw.near(level * 9)});
}

void TeliUser::run(Minute from, int minutes) {
  const int first = static_cast<int>(from % kHour);
  Row row = plan_.between(first, first + minutes);
  price(row);
  usage_.add(from, row);
}

void TeliUser::set_drive(Minute now, Drive drive) {
  drive_ = drive;
  make_plan(now - now % kHour);
}

void TeliUser::set_status(Minute now, std::string_view value) {
  status = value;
  make_plan(now - now % kHour);
}

void TeliUser::restate(Day day, std::int64_t numerator, std::int64_t denominator) {
  const Row before = usage_.on(day);
  const auto reprice = [&](Row& row) {
    row[kKbSeconds] -= row[kKbSeconds] % 6;
    for (const auto fee :
         {kStorageCost, kRentalCost, kRentalCount, kPurchaseCost, kPurchaseCount, kKbMonthlyCost, kKbCount}) {
      row[fee] = before[fee];  // a restated day changes traffic only
    }
    price(row);
  };
  usage_.restate(day, numerator, denominator, reprice);
}

std::int64_t total_cost(const Row& row) {
  using U = TeliUser;
  return row[U::kMessagingCost] + row[U::kVoiceCost] + row[U::kApiCost] + row[U::kStorageCost] +
         row[U::kRentalCost] + row[U::kPurchaseCost] + row[U::kKbUsageCost] + row[U::kKbMonthlyCost];
}

Row TeliOrganization::over(Day from, Day to) const {
  Row sum{};
  for (const TeliUser& user : users) sum += user.usage().over(from, to);
  return sum;
}

Row TeliOrganization::total() const {
  Row sum{};
  for (const TeliUser& user : users) sum += user.usage().total();
  return sum;
}

Teli::Teli(std::uint64_t seed, Day begin) {
  static constexpr std::array<std::string_view, 3> kCompanies{"Acme Corp", "Blue Harbor LLC", "Cedar Dental"};
  static constexpr std::array<std::string_view, 3> kRegistration{"approved", "approved", "pending_approval"};
  static constexpr std::array<std::uint64_t, 3> kUsers{4, 3, 1};
  for (std::uint64_t i = 0; i < kCompanies.size(); ++i) {
    TeliOrganization one{.unique_id = bubble_id(i + 1, 0),
                         .id = fmt::format("4d051118-c116-4923-8ff4-{:012}", i + 1),
                         .name = std::string{kCompanies[i]},
                         .registration_status = std::string{kRegistration[i]},
                         .sms_active = i < 2,
                         .created = start_of(begin),
                         .users = {},
                         .fees = Series{}};
    for (std::uint64_t user = 1; user <= kUsers[i]; ++user) {
      one.users.emplace_back(seed, i + 1, user, start_of(begin));
    }
    Row brand{};
    brand[TeliOrganization::kBrandCost] = kBrand;
    brand[TeliOrganization::kBrandCount] = 1;
    one.fees.add(start_of(begin), brand);
    organizations.push_back(std::move(one));
  }
}

void Teli::begin_hour(Minute hour) {
  for (TeliOrganization& organization : organizations) {
    for (TeliUser& user : organization.users) user.begin_hour(hour);
  }
}

void Teli::run(Minute from, int minutes) {
  for (TeliOrganization& organization : organizations) {
    if (organization.status != "active") continue;
    for (TeliUser& user : organization.users) user.run(from, minutes);
  }
}

const TeliOrganization* Teli::organization(std::string_view unique_id) const {
  const auto found = std::ranges::find(organizations, unique_id, &TeliOrganization::unique_id);
  return found == organizations.end() ? nullptr : &*found;
}

const TeliUser* Teli::user(std::string_view unique_id) const {
  for (const TeliOrganization& organization : organizations) {
    const auto found = std::ranges::find(organization.users, unique_id, &TeliUser::unique_id);
    if (found != organization.users.end()) return &*found;
  }
  return nullptr;
}

TeliOrganization* Teli::organization(std::string_view unique_id) {
  return const_cast<TeliOrganization*>(std::as_const(*this).organization(unique_id));  // NOLINT
}

TeliUser* Teli::user(std::string_view unique_id) {
  return const_cast<TeliUser*>(std::as_const(*this).user(unique_id));  // NOLINT
}

}  // namespace sandbox
