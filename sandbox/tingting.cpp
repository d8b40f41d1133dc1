#include "sandbox/tingting.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace sandbox {

namespace {

constexpr std::uint64_t kKey = 0x7169;
constexpr int kNepal = 6;  // +05:45, rounded to hours for the rhythm
constexpr std::int64_t kCampaignsBefore = 12;

void price(Row& row) {
  row[TingTing::kCredits] = row[TingTing::kAnswered] * TingTing::kCreditsPerAnswered +
                            row[TingTing::kSms] * TingTing::kCreditsPerSms;
}

}  // namespace

void TingTing::begin_hour(Minute hour) {
  Draw draw{seed_, kKey, static_cast<std::uint64_t>(hour), 1};
  if (auto_top_up_ && wallet_.balance() < 6000 && draw.chance(0.12))
    top_up(hour, 20000 + 5000 * draw.between(0, 3));
  make_plan(hour);
}

void TingTing::make_plan(Minute hour) {
  Draw draw{seed_, kKey, static_cast<std::uint64_t>(hour), 2};
  const double level = drive_.level(hour, kNepal);
  plan_.clear();
  plan_calls(plan_, draw, kAnswered, kSeconds, draw.near(70 * level), 42);
  plan_.add(draw, {.counter = kUnanswered, .count = draw.near(31 * level)});
  plan_.add(draw, {.counter = kSms, .count = draw.near(48 * level)});
}

void TingTing::run(Minute from, int minutes) {
  if (wallet_.balance() <= 0) return;
  const int to_midnight = static_cast<int>(kDay - (from + kNepalAhead) % kDay);  // which is not on the hour
  if (minutes > to_midnight) {
    run(from, to_midnight);
    run(from + to_midnight, minutes - to_midnight);
    return;
  }
  const int first = static_cast<int>(from % kHour);
  Row row = plan_.between(first, first + minutes);
  price(row);
  if (wallet_.balance() <= row[kCredits] && minutes > 1) {
    for (int i = 0; i < minutes; ++i) run(from + i, 1);
    return;
  }
  usage_.add(from + kNepalAhead, row);
  wallet_.spent += row[kCredits];
}

void TingTing::set_drive(Minute now, Drive drive) {
  drive_ = drive;
  make_plan(now - now % kHour);
}

void TingTing::top_up(Minute now, std::int64_t credits) {
  wallet_.added += credits;
  Row row{};
  row[0] = credits;
  purchases_.add(now + kNepalAhead, row);
}

void TingTing::debit(std::int64_t credits) {
  wallet_.spent += credits;
  debited_ += credits;
}

void TingTing::restate(Day day, std::int64_t numerator, std::int64_t denominator) {
  wallet_.spent += usage_.restate(day, numerator, denominator, price)[kCredits];
}

std::vector<TingTing::Campaign> TingTing::campaigns(Minute now) const {
  const std::int64_t planned_ahead = 2;
  const std::int64_t count = kCampaignsBefore + (day_of(now) - begin_).count() + planned_ahead;
  std::vector<Campaign> all;
  for (std::int64_t index = count; index > 0; --index) all.push_back(campaign(index, now));
  return all;
}

// Campaign `index` begins on its own day, some hours after midnight, and needs a day and a half.
TingTing::Campaign TingTing::campaign(std::int64_t index, Minute now) const {
  Draw draw{seed_, kKey, static_cast<std::uint64_t>(index), 3};
  static constexpr std::array<std::string_view, 3> kServices{"PHONE", "SMS", "SMS & PHONE"};
  static constexpr Minute kLength = 36 * kHour;
  Campaign one{.id = 60 + index,
               .name = fmt::format("सूचना {}", index),
               .services = std::string{kServices[static_cast<std::size_t>(draw.between(0, 2))]},
               .status = {},
               .begins = start_of(begin_) + (index - kCampaignsBefore) * kDay + draw.between(0, 8) * kHour,
               .progress_percent = 0,
               .credit_limit = draw.between(1, 20) * 100};
  const Minute stopped_after = index % 9 == 0 ? kLength / 3 : kLength;
  const Minute ran = std::clamp<Minute>(now - one.begins, 0, stopped_after);
  one.progress_percent = 100 * ran / kLength;
  if (index % 11 == 0) {
    one.status = "Not Started";
    one.progress_percent = 0;
  } else if (now < one.begins) {
    one.status = "Scheduled";
  } else if (ran < stopped_after) {
    one.status = "Running";
  } else {
    one.status = stopped_after == kLength ? "Completed" : "Terminated";
  }
  return one;
}

std::vector<TingTing::Number> TingTing::owned_numbers() {
  std::vector<Number> numbers;
  for (std::int64_t id = 1; id <= 5; ++id) numbers.push_back({id, fmt::format("+9771597042{}", id)});
  return numbers;
}

std::vector<TingTing::Number> TingTing::shared_numbers() {
  return {{1, "+97715970400"}, {2, "+97715970401"}};
}

}  // namespace sandbox
