#include "sandbox/agentphone.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace sandbox {

namespace {
constexpr std::uint64_t kKey = 0xa6e7;
constexpr int kPacificTime = -8;
constexpr std::array<std::string_view, 4> kAgents{"Support Agent Alpha", "Sales Agent Beta",
                                                  "Booking Agent Gamma", "Survey Agent Delta"};
}  // namespace

AgentNumber::AgentNumber(std::uint64_t seed, std::uint64_t index) : seed_(seed), index_(index) {
  Draw draw{seed, kKey, index, 0};
  number_id = fmt::format("num_8f3a2b7c9d4e5f{:02}", index);
  phone = fmt::format("+141555526{:02}", index);
  peak_ = static_cast<double>(draw.between(8, 45));
  if (index > kAgents.size()) return;
  agent_id = fmt::format("a1b2c3d4-e5f6-7890-ab12-{:012}", index);
  agent_name = kAgents[index - 1];
}

void AgentNumber::make_plan(Minute hour) {
  Draw draw{seed_, kKey, index_, static_cast<std::uint64_t>(hour), 1};
  plan_.clear();
  const double level = drive_.level(hour, kPacificTime) * peak_;
  const std::int64_t in = draw.near(level * 0.55);
  const std::int64_t out = draw.near(level * 0.6);
  const auto segments = [&](std::int64_t count) {
    return count + draw.near(static_cast<double>(count) * 0.45);
  };
  plan_.add(draw, {kMessagesIn, in, kSegments, segments(in), 1});
  plan_.add(draw, {kMessagesOut, out, kSegments, segments(out), 1});
  const std::int64_t calls_in = draw.near(level * 0.12);
  const std::int64_t calls_out = draw.near(level * 0.06);
  plan_calls(plan_, draw, kCompletedIn, kSeconds, calls_in, 110);
  plan_calls(plan_, draw, kCompletedOut, kSeconds, calls_out, 80);
  plan_.add(draw, {.counter = kFailedCalls, .count = draw.near(level * 0.01)});
  const std::int64_t hooks = in + calls_in + calls_out;
  const auto failed = static_cast<std::int64_t>(static_cast<double>(hooks) * failure_ratio_ + draw.uniform());
  plan_.add(draw, {.counter = kHooksOk, .count = hooks - failed});
  plan_.add(draw, {.counter = kHooksFailed, .count = failed});
}

void AgentNumber::run(Minute from, int minutes) {
  const int first = static_cast<int>(from % kHour);
  usage_.add(from, plan_.between(first, first + minutes));
}

void AgentNumber::set_drive(Minute now, Drive drive) {
  drive_ = drive;
  make_plan(now - now % kHour);
}

void AgentNumber::set_failure_ratio(Minute now, double ratio) {
  failure_ratio_ = ratio;
  make_plan(now - now % kHour);
}

void AgentNumber::restate(Day day, std::int64_t numerator, std::int64_t denominator) {
  usage_.restate(day, numerator, denominator, [](Row&) {});
}

std::int64_t message_count(const Row& row) {
  return row[AgentNumber::kMessagesIn] + row[AgentNumber::kMessagesOut];
}
std::int64_t completed_calls(const Row& row) {
  return row[AgentNumber::kCompletedIn] + row[AgentNumber::kCompletedOut];
}
std::int64_t call_count(const Row& row) {
  return completed_calls(row) + row[AgentNumber::kFailedCalls];
}
std::int64_t webhook_count(const Row& row) {
  return row[AgentNumber::kHooksOk] + row[AgentNumber::kHooksFailed];
}

AgentPhone::AgentPhone(std::uint64_t seed) {
  for (std::uint64_t index = 1; index <= kAgents.size() + 1; ++index) numbers.emplace_back(seed, index);
}

void AgentPhone::begin_hour(Minute hour) {
  for (AgentNumber& number : numbers) number.begin_hour(hour);
}

void AgentPhone::run(Minute from, int minutes) {
  for (AgentNumber& number : numbers) number.run(from, minutes);
}

AgentNumber* AgentPhone::find(std::string_view number_id) {
  const auto found = std::ranges::find(numbers, number_id, &AgentNumber::number_id);
  return found == numbers.end() ? nullptr : &*found;
}

Row AgentPhone::total() const {
  Row sum{};
  for (const AgentNumber& number : numbers) sum += number.usage().total();
  return sum;
}

Row AgentPhone::over(Day from, Day to) const {
  Row sum{};
  for (const AgentNumber& number : numbers) sum += number.usage().over(from, to);
  return sum;
}

std::int64_t AgentPhone::live_calls(Minute now) const {
  const std::int64_t seconds = last_hours(now, 0)[AgentNumber::kSeconds];
  return std::min<std::int64_t>(seconds / (60 * (now % kHour + 1)), kConcurrentCalls);
}

Row AgentPhone::last_hours(Minute now, int hours) const {
  const Minute from = now - now % kHour - hours * kHour;
  Row sum{};
  for (const AgentNumber& number : numbers) sum += number.usage().since(from);
  return sum;
}

}  // namespace sandbox
