#include "sandbox/world.h"

#include <algorithm>
#include <cstdint>

#include "sandbox/random.h"

namespace sandbox {

namespace {

std::uint64_t account_seed(const WorldOptions& options) {
  return Draw{options.seed, static_cast<std::uint64_t>(options.number)}.next();
}

Day begin_of(const WorldOptions& options) {
  return std::chrono::floor<std::chrono::days>(options.start) - std::chrono::days{options.history_days};
}

}  // namespace

World::World(const WorldOptions& options) : World(options, account_seed(options), begin_of(options)) {
  advance_to(options.start);
  if (options.story == Story::demo) tell_story(minute_);
}

World::World(const WorldOptions& options, std::uint64_t seed, Day begin)
    : now_(begin),
      minute_(start_of(begin)),
      credentials_(options.number),
      tingting_(seed, begin),
      vobiz_(seed, static_cast<std::uint64_t>(options.number), options.customers, begin),
      teli_(seed, begin),
      agentphone_(seed) {}

void World::advance_to(TimePoint time) {
  now_ = std::max(now_, time);
  const Minute target = minute_of(now_);
  while (minute_ < target) {
    if (minute_ % kHour == 0) begin_hour();
    fire_due();
    Minute end = std::min(target, minute_ - minute_ % kHour + kHour);
    if (!schedule_.empty()) end = std::min(end, schedule_.begin()->first);
    run(static_cast<int>(end - minute_));
    minute_ = end;
  }
}

void World::begin_hour() {
  tingting_.begin_hour(minute_);
  vobiz_.begin_hour(minute_);
  teli_.begin_hour(minute_);
  agentphone_.begin_hour(minute_);
}

void World::run(int minutes) {
  tingting_.run(minute_, minutes);
  vobiz_.run(minute_, minutes);
  teli_.run(minute_, minutes);
  agentphone_.run(minute_, minutes);
}

void World::schedule(Minute minute, Event event) {
  schedule_.emplace(std::max(minute, minute_), std::move(event));
}

void World::fire_due() {
  while (!schedule_.empty() && schedule_.begin()->first <= minute_) {
    const Event event = std::move(schedule_.begin()->second);
    schedule_.erase(schedule_.begin());
    if (event.name == "tell_story") {
      tell_story(minute_);
    } else {
      apply(event);
    }
  }
}

void World::tell_story(Minute from) {
  const std::string customer = "MA_CUST0003";
  const auto at = [&](Minute hours, Event event) { schedule(from + hours * kHour, std::move(event)); };
  at(0, {.name = "hold_top_ups", .provider = "tingting"});
  at(0, {.name = "debit", .provider = "tingting", .leave = 3000});
  at(0, {.name = "spend_spike", .provider = "tingting", .factor = 6, .minutes = 5 * kHour});
  at(1, {.name = "hold_top_ups", .provider = "vobiz", .entity = customer});
  at(1, {.name = "debit", .provider = "vobiz", .entity = customer, .leave = 60});
  at(1, {.name = "spend_spike", .provider = "vobiz", .entity = customer, .factor = 20, .minutes = 6 * kHour});
  at(2, {.name = "webhook_failures", .provider = "agentphone", .minutes = kHour});
  at(3, {.name = "spend_spike",
         .provider = "vobiz",
         .entity = vobiz_.account.auth_id,
         .factor = 12,
         .minutes = 90});
  at(5, {.name = "suspend", .provider = "vobiz", .entity = "MA_CUST0005"});
  at(5, {.name = "top_up", .provider = "tingting", .amount = 40000});
  at(5, {.name = "resume_top_ups", .provider = "tingting"});
  at(6, {.name = "spend_spike", .provider = "teli", .factor = 8, .minutes = kHour});
  at(8, {.name = "top_up", .provider = "vobiz", .entity = customer, .amount = 3000});
  at(8, {.name = "resume_top_ups", .provider = "vobiz", .entity = customer});
  at(10, {.name = "activate", .provider = "vobiz", .entity = "MA_CUST0005"});
  at(24, {.name = "tell_story"});
}

}  // namespace sandbox
