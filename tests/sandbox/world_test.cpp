#include "sandbox/world.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "sandbox/truth.h"
#include "tests/sandbox/support.h"

namespace sandbox::test {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

WorldOptions small_world(std::uint64_t seed = 1, Story story = Story::none) {
  return {.seed = seed, .start = kStart, .number = 1, .customers = 6, .history_days = 35, .story = story};
}

void advance_in_steps(World& world, TimePoint until, seconds step) {
  for (TimePoint time = world.now() + step; time < until; time += step) world.advance_to(time);
  world.advance_to(until);
}

TEST(World, DoesNotDependOnTheSteps) {
  World at_once{small_world(7, Story::demo)};
  World by_steps{small_world(7, Story::demo)};
  const TimePoint until = kStart + hours{40} + minutes{17};
  at_once.advance_to(until);
  advance_in_steps(by_steps, until, seconds{431});
  EXPECT_EQ(truth(at_once), truth(by_steps));
}

TEST(World, DependsOnTheSeedAndTheAccount) {
  const World one{small_world(1)};
  const World other{small_world(2)};
  WorldOptions options = small_world(1);
  options.number = 2;
  const World second{options};
  EXPECT_EQ(truth(one), truth(World{small_world(1)}));
  EXPECT_NE(truth(one)["tingting"], truth(other)["tingting"]);
  EXPECT_NE(truth(one)["teli"], truth(second)["teli"]);
  EXPECT_EQ(second.credentials().vobiz_partner_id, "PA_SANDBOX_2");
}

TEST(World, IgnoresTimesThatArePast) {
  World world{small_world()};
  const Json before = truth(world);
  world.advance_to(kStart - days{3});
  EXPECT_EQ(truth(world), before);
}

std::int64_t sum(const Json& object, std::string_view suffix) {
  std::int64_t total = 0;
  for (const auto& [name, value] : object.items()) {
    if (name.ends_with(suffix)) total += value.get<std::int64_t>();
  }
  return total;
}

void expect_books_balance(const Json& entity, std::string_view cost) {
  const Json& wallet = entity["wallet"];
  EXPECT_EQ(wallet["balance"], wallet["added"].get<std::int64_t>() - wallet["spent"].get<std::int64_t>());
  EXPECT_EQ(wallet["spent"], sum(entity["totals"], cost) + wallet["debited"].get<std::int64_t>());
}

TEST(World, SpendsExactlyWhatUsageCosts) {
  World world{small_world(3, Story::demo)};
  world.advance_to(kStart + days{9});
  const Json books = truth(world);
  expect_books_balance(books["tingting"], "credits");
  expect_books_balance(books["vobiz"]["account"], "cost");
  for (const Json& customer : books["vobiz"]["customers"]) expect_books_balance(customer, "cost");
}

void expect_days_make_totals(const Json& entity) {
  Json sums = entity["totals"];
  for (Json& value : sums) value = 0;
  for (const Json& day : entity["days"]) {
    for (const auto& [name, value] : day.items())
      sums[name] = sums[name].get<std::int64_t>() + value.get<std::int64_t>();
  }
  EXPECT_EQ(sums, entity["totals"]);
}

TEST(World, DaysMakeTotals) {
  World world{small_world(4)};
  world.advance_to(kStart + days{30});
  const Json books = truth(world);
  expect_days_make_totals(books["tingting"]);
  for (const Json& customer : books["vobiz"]["customers"]) expect_days_make_totals(customer);
  for (const Json& number : books["agentphone"]["numbers"]) expect_days_make_totals(number);
  for (const Json& organization : books["teli"]["organizations"]) {
    for (const Json& user : organization["users"]) expect_days_make_totals(user);
  }
}

void expect_not_less(const Json& before, const Json& after) {
  for (const auto& [name, value] : before.items()) {
    EXPECT_GE(after[name].get<std::int64_t>(), value.get<std::int64_t>()) << name;
  }
}

TEST(World, TotalsNeverFall) {
  World world{small_world(5, Story::demo)};
  Json before = truth(world);
  for (int step = 0; step < 30; ++step) {
    world.advance_to(world.now() + hours{11});
    Json after = truth(world);
    expect_not_less(before["tingting"]["totals"], after["tingting"]["totals"]);
    for (const auto& [id, number] : before["agentphone"]["numbers"].items()) {
      expect_not_less(number["totals"], after["agentphone"]["numbers"][id]["totals"]);
    }
    before = std::move(after);
  }
}

TEST(World, PeopleSleepAtNight) {
  World world{small_world()};
  const auto calls = [&] { return truth(world)["tingting"]["totals"]["answered_calls"].get<std::int64_t>(); };
  const auto in_hours_from = [&](TimePoint from) {
    world.advance_to(from);
    const std::int64_t before = calls();
    world.advance_to(from + hours{3});
    return calls() - before;
  };
  const TimePoint midnight = std::chrono::floor<days>(kStart) + days{1};
  const std::int64_t at_night = in_hours_from(midnight - hours{4});
  const std::int64_t by_day = in_hours_from(midnight + hours{4});
  EXPECT_GT(by_day, 5 * at_night);
}

Json totals_of(const World& world, const char* auth_id) {
  return truth(world)["vobiz"]["customers"][auth_id]["totals"];
}

TEST(Event, StopsTrafficForItsMinutes) {
  World world{small_world()};
  ASSERT_EQ(
      world.apply({.name = "stop_traffic", .provider = "vobiz", .entity = "MA_CUST0002", .minutes = 120}),
      "");
  const Json before = totals_of(world, "MA_CUST0002");
  world.advance_to(kStart + hours{2});
  EXPECT_EQ(totals_of(world, "MA_CUST0002"), before);
  world.advance_to(kStart + days{2});
  EXPECT_NE(totals_of(world, "MA_CUST0002"), before);
}

TEST(Event, AnEmptyWalletStopsTraffic) {
  World world{small_world()};
  ASSERT_EQ(world.apply({.name = "hold_top_ups", .provider = "vobiz", .entity = "MA_CUST0001"}), "");
  ASSERT_EQ(world.apply({.name = "debit", .provider = "vobiz", .entity = "MA_CUST0001", .leave = 2}), "");
  world.advance_to(kStart + days{3});
  const Json empty = totals_of(world, "MA_CUST0001");
  EXPECT_LE(world.vobiz().customers.front().wallet().balance(), 0);
  world.advance_to(kStart + days{4});
  EXPECT_EQ(totals_of(world, "MA_CUST0001"), empty);
  ASSERT_EQ(world.apply({.name = "top_up", .provider = "vobiz", .entity = "MA_CUST0001", .amount = 500}), "");
  world.advance_to(kStart + days{5});
  EXPECT_NE(totals_of(world, "MA_CUST0001"), empty);
}

class Restated : public ::testing::TestWithParam<const char*> {};

TEST_P(Restated, KeepsTheBooksInOrder) {
  World world{small_world()};
  for (const int percent : {50, 180, 0}) {
    ASSERT_EQ(world.apply({.name = "restate_day", .provider = GetParam(), .days_ago = 3, .percent = percent}),
              "");
  }
  const Json books = truth(world);
  expect_books_balance(books["tingting"], "credits");
  for (const Json& customer : books["vobiz"]["customers"]) {
    expect_books_balance(customer, "cost");
    expect_days_make_totals(customer);
  }
  for (const Json& number : books["agentphone"]["numbers"]) expect_days_make_totals(number);
}

INSTANTIATE_TEST_SUITE_P(Providers, Restated, ::testing::Values("tingting", "vobiz", "teli", "agentphone"),
                         [](const auto& provider) { return std::string{provider.param}; });

TEST(Event, FailsWebhooks) {
  World world{small_world()};
  const Row before = world.agentphone().total();
  ASSERT_EQ(world.apply({.name = "webhook_failures", .provider = "agentphone", .ratio = 1, .minutes = 600}),
            "");
  world.advance_to(kStart + hours{10});
  const Row after = world.agentphone().total();
  EXPECT_EQ(after[AgentNumber::kHooksOk], before[AgentNumber::kHooksOk]);
  EXPECT_GT(after[AgentNumber::kHooksFailed], before[AgentNumber::kHooksFailed] + 50);
}

TEST(Event, ChangesCustomers) {
  World world{small_world()};
  ASSERT_EQ(world.apply({.name = "suspend", .provider = "vobiz", .entity = "MA_CUST0002"}), "");
  ASSERT_EQ(world.apply({.name = "add_customer", .provider = "vobiz"}), "");
  const Row before = world.vobiz().over(day_of(0), day_of(world.minute()));
  ASSERT_EQ(world.apply({.name = "remove_customer", .provider = "vobiz", .entity = "MA_CUST0003"}), "");
  EXPECT_FALSE(world.vobiz().customers[1].active);
  EXPECT_EQ(world.vobiz().customers.size(), 6U);
  EXPECT_EQ(world.vobiz().over(day_of(0), day_of(world.minute())), before);
}

TEST(Event, RefusesWhatMakesNoSense) {
  World world{small_world()};
  const Json before = truth(world);
  EXPECT_EQ(world.apply({.name = "rain", .provider = "vobiz"}), "unknown event");
  EXPECT_EQ(world.apply({.name = "spend_spike", .provider = "acme"}), "unknown provider");
  EXPECT_EQ(world.apply({.name = "spend_spike", .provider = "vobiz", .entity = "MA_NOBODY"}),
            "unknown entity");
  EXPECT_EQ(world.apply({.name = "top_up", .provider = "teli", .amount = 1}),
            "this event does not exist for this provider");
  EXPECT_EQ(world.apply({.name = "top_up", .provider = "tingting"}), "amount must be above 0");
  EXPECT_EQ(truth(world), before);
}

TEST(Story, ShowsItsEventsWithinHours) {
  World world{small_world(1, Story::demo)};
  world.advance_to(kStart + minutes{1});
  EXPECT_LE(world.tingting().wallet().balance(), 3000);
  world.advance_to(kStart + hours{4} + minutes{59});
  EXPECT_LE(world.tingting().wallet().balance(), 0);
  EXPECT_TRUE(world.vobiz().customers[4].active);
  world.advance_to(kStart + hours{6});
  EXPECT_GT(world.tingting().wallet().balance(), 30000);
  EXPECT_FALSE(world.vobiz().customers[4].active);
  EXPECT_LE(world.vobiz().customers[2].wallet().balance(), 0);
  world.advance_to(kStart + hours{12});
  EXPECT_TRUE(world.vobiz().customers[4].active);
  EXPECT_GT(world.vobiz().customers[2].wallet().balance(), 0);
}

}  // namespace
}  // namespace sandbox::test
