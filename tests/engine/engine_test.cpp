// The engine's loop over hours and days of fake time.
#include "exporter/engine/engine.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

#include "exporter/core/families.h"
#include "exporter/ledger/memory_store.h"
#include "tests/engine/fakes.h"

namespace cpaas::engine {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::Ge;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Le;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

// An engine with everything around it. Runs once.
class TestWorld {
 public:
  explicit TestWorld(FakeTransport::Provider provider, std::vector<Account> accounts)
      : transport(clock, std::move(provider)) {
    engine.set_accounts(std::move(accounts));
  }

  void run_for(Duration time) {
    transport.after(time, [this] { engine.stop(); });
    engine.run(transport, ledger);
  }
  const std::string& page() const { return latest->body(exposition::Format::text, false); }
  std::optional<double> value(std::string_view series) const { return value_of(page(), series); }

  FakeClock clock;
  FakeTransport transport;
  FakeLog log;
  ledger::MemoryStore store;
  ledger::DirectJournal ledger{store};
  std::shared_ptr<const exposition::Snapshot> latest;
  std::size_t publications = 0;
  Duration build_time{0};  // that each publication takes
  Engine engine{{.clock = clock,
                 .log = log.log(),
                 .help = [](const Family& family, Window window) { return family_help(family, window); },
                 .own_metrics =
                     [this] {
                       clock.advance(build_time);
                       return std::vector<exposition::Section>{};
                     },
                 .publish =
                     [this](std::shared_ptr<const exposition::Snapshot> snapshot) {
                       latest = std::move(snapshot);
                       ++publications;
                     },
                 .seed = 1}};
};

Sample calls(double value, Window window = Window::d30) {
  return {&families::calls, window, {"inbound"}, value};
}

Answer good(std::vector<Sample> samples = {calls(5)}) {
  return answer(body_of({.samples = std::move(samples)}));
}

FakeTransport::Provider always(const Answer& given) {
  return [given](const HttpRequest&) { return given; };
}

// Good for all accounts but the one at `url`.
FakeTransport::Provider bad_for(std::string_view url, const Answer& bad) {
  return [url, bad](const HttpRequest& request) { return request.url.starts_with(url) ? bad : good(); };
}

Account account(std::string name, std::chrono::seconds interval = 60s) {
  return account_of(std::move(name), {{"usage", interval}});
}

std::string series(std::string_view name, std::string_view account_name = "main",
                   std::string_view more = "endpoint=\"usage\"") {
  return std::string(name) + "{provider=\"acme\",account=\"" + std::string(account_name) + "\"," +
         std::string(more) + "}";
}

constexpr auto inbound = "direction=\"inbound\"";

std::vector<Duration> gaps(const std::vector<SteadyPoint>& times) {
  std::vector<Duration> result;
  for (std::size_t i = 1; i < times.size(); ++i) result.push_back(times[i] - times[i - 1]);
  return result;
}

// --- intervals

TEST(Engine, KeepsTheIntervalOverADay) {
  TestWorld world(always(good()), {account("main")});
  world.run_for(24h);
  const auto times = world.transport.requests_to("http://main/usage");
  EXPECT_THAT(times.size(), AllOf(Ge(1425U), Le(1455U)));
  const auto between = gaps(times);
  for (const Duration gap : between) ASSERT_THAT(gap, AllOf(Ge(57s), Le(63s)));
  EXPECT_GT(std::set<Duration>(between.begin(), between.end()).size(), 100U) << "no jitter";
  EXPECT_EQ(world.transport.overlaps(), 0U);
}

// A server that hangs is asked no more than it can take, and nobody else is late for it.
TEST(Engine, ManyRequestsThatHangDelayNoOtherServer) {
  std::vector<Account> accounts{account("well", 5s)};
  for (int i = 0; i < 150; ++i) {
    accounts.push_back(account("a" + std::to_string(i), 60s));
    accounts.back().settings.base_url = "http://hangs";
    accounts.back().timeout = 60s;
  }
  TestWorld world(bad_for("http://hangs/", no_answer()), std::move(accounts));
  std::size_t most = 0;
  for (int minute = 1; minute < 3; ++minute)
    world.transport.after(minute * 60s, [&] { most = std::max(most, world.transport.in_flight()); });
  world.run_for(4min);
  for (const Duration gap : gaps(world.transport.requests_to("http://well/usage"))) {
    ASSERT_LE(gap, 5300ms);
  }
  EXPECT_THAT(most, AllOf(Ge(60U), Le(65U)));
  for (const char* each : {"a0", "a70", "a149"}) EXPECT_EQ(world.value(series("cpaas_up", each)), 0) << each;
}

TEST(Engine, WhatARequestWaitsForItsTurnIsPartOfItsTime) {
  std::vector<Account> accounts;
  for (int i = 0; i < 70; ++i) {
    accounts.push_back(account("a" + std::to_string(i), 10s));
    accounts.back().settings.base_url = "http://hangs";
    accounts.back().timeout = 60s;
  }
  for (int i = 0; i < 9; ++i) {
    accounts.push_back(account("short" + std::to_string(i), 60s));
    accounts.back().settings.base_url = "http://hangs";
    accounts.back().timeout = 2s;
  }
  TestWorld world(always(no_answer()), std::move(accounts));
  world.run_for(55s);
  EXPECT_THAT(world.log.lines(),
              testing::Contains(AllOf(HasSubstr("account=short"), HasSubstr("reason=timeout"),
                                      HasSubstr("waited in vain for other requests to http://hangs"))));
}

TEST(Engine, ARequestThatWaitsGoesWithItsAccount) {
  std::vector<Account> accounts;
  for (int i = 0; i < 70; ++i) {
    accounts.push_back(account("a" + std::to_string(i), 60s));
    accounts.back().settings.base_url = "http://hangs";
  }
  TestWorld world(always(no_answer()), accounts);
  world.transport.after(61s, [&] { world.engine.reload({accounts.front()}); });
  world.run_for(3min);
  EXPECT_EQ(world.value(series("cpaas_up", "a0")), 0);
  EXPECT_EQ(world.value(series("cpaas_up", "a69")), std::nullopt);
}

TEST(Engine, SpreadsTheFirstPolls) {
  std::vector<Account> accounts;
  for (int i = 0; i < 100; ++i) accounts.push_back(account("a" + std::to_string(i), 60s));
  TestWorld world(always(good()), std::move(accounts));
  const SteadyPoint begin = world.clock.steady();
  world.run_for(1s);
  std::set<SteadyPoint> times;
  for (const auto& request : world.transport.requests()) times.insert(request.at);
  EXPECT_THAT(world.transport.requests(), SizeIs(100));
  EXPECT_GT(times.size(), 30U);
  EXPECT_LT(*times.rbegin() - begin, 200ms);
}

TEST(Engine, ASlowPollIsNotOvertakenByTheNext) {
  Answer slow = good();
  slow.latency = 9s;
  TestWorld world(always(slow), {account("main", 2s)});
  world.run_for(10min);
  EXPECT_EQ(world.transport.overlaps(), 0U);
  EXPECT_THAT(world.transport.requests(), SizeIs(testing::Gt(60U)));
}

// --- failures

TEST(Engine, BacksOffWhileAPollFails) {
  TestWorld world(always(answer("", 500)), {account("main")});
  world.run_for(2h);
  const auto between = gaps(world.transport.requests_to("http://main/usage"));
  ASSERT_GT(between.size(), 10U);
  const std::vector<Duration> expected{15s, 30s, 60s, 120s, 240s, 480s, 600s, 600s, 600s};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_THAT(between[i], AllOf(Ge(expected[i] * 95 / 100), Le(expected[i] * 105 / 100 + 100ms))) << i;
  }
}

TEST(Engine, ReturnsToTheIntervalWhenAPollWorksAgain) {
  bool broken = true;
  TestWorld world([&](const HttpRequest&) { return broken ? answer("", 500) : good(); }, {account("main")});
  world.transport.after(1h, [&] { broken = false; });
  world.run_for(2h);
  const auto between = gaps(world.transport.requests_to("http://main/usage"));
  EXPECT_THAT(between.back(), AllOf(Ge(57s), Le(63s)));
  EXPECT_EQ(world.value(series("cpaas_up")), 1);
  EXPECT_EQ(world.value(series("cpaas_30d_calls", "main", inbound)), 5);
}

TEST(Engine, ComesBackNoSoonerThanTheProviderAsks) {
  TestWorld world(always(answer("", 429, {{"retry-after", "1200"}})), {account("main")});
  world.run_for(2h);
  const auto between = gaps(world.transport.requests_to("http://main/usage"));
  ASSERT_THAT(between, SizeIs(Ge(4U)));
  for (const Duration gap : between) EXPECT_THAT(gap, AllOf(Ge(1200s), Le(1300s)));
}

TEST(Engine, LeavesAProviderThatTimesOutAlone) {
  Account slow = account("main", 60s);
  slow.timeout = 60s;
  TestWorld world(always(no_answer()), {slow});
  world.run_for(10min);
  const auto between = gaps(world.transport.requests_to("http://main/usage"));
  ASSERT_THAT(between, SizeIs(Ge(3U)));
  for (const Duration gap : between) EXPECT_GE(gap, 60s + 14s);
  EXPECT_EQ(
      world.value(series("cpaas_request_failures_total", "main", "endpoint=\"usage\",reason=\"timeout\"")),
      static_cast<double>(world.transport.requests().size() - world.transport.cancelled()));
  EXPECT_EQ(world.transport.overlaps(), 0U);
}

TEST(Engine, OneFailingAccountNeverTouchesAnother) {
  const auto polls_of_the_good_one = [](const Answer& bad) {
    TestWorld world(bad_for("http://bad", bad), {account("bad"), account("good")});
    world.run_for(1h);
    EXPECT_EQ(world.value(series("cpaas_up", "bad")), 0);
    EXPECT_EQ(world.value(series("cpaas_up", "good")), 1);
    EXPECT_EQ(world.value(series("cpaas_30d_calls", "good", inbound)), 5);
    EXPECT_EQ(world.value(series("cpaas_30d_calls", "bad", inbound)), std::nullopt);
    for (const Duration gap : gaps(world.transport.requests_to("http://good/usage"))) {
      EXPECT_THAT(gap, AllOf(Ge(57s), Le(63s)));
    }
    return world.transport.requests_to("http://good/usage").size();
  };
  for (const Answer& bad : {no_answer(), answer("", 500), answer(body_of({.exception = "a bug"})),
                            answer("<html>"), answer("", 429, {{"retry-after", "86400"}})}) {
    EXPECT_THAT(polls_of_the_good_one(bad), AllOf(Ge(58U), Le(62U)));
  }
}

TEST(Engine, ACollectorThatThrowsAtOnceIsNotAskedInALoop) {
  Account broken = account("main");
  broken.settings.texts["start"] = "throw";
  TestWorld world(always(good()), {broken});
  world.run_for(10min);
  const auto failures =
      world.value(series("cpaas_request_failures_total", "main", "endpoint=\"usage\",reason=\"internal\""));
  ASSERT_TRUE(failures);
  EXPECT_THAT(*failures, AllOf(Ge(4), Le(8)));
}

// --- the ledger's store

// The store refuses to save while it is broken.
class BreakableStore : public ledger::MemoryStore {
 public:
  Result<ledger::StoredAccount> load(const std::string& name, const std::string& legacy) override {
    if (unreadable) return fail(Reason::internal, "disk gone");
    return MemoryStore::load(name, legacy);
  }
  Result<void> commit(std::span<const ledger::Batch> batches) override {
    if (broken) return fail(Reason::internal, "disk full");
    return MemoryStore::commit(batches);
  }
  bool broken = false;
  bool unreadable = false;
};

// A store that takes its time: what it is given is done when it is told so.
class SlowJournal : public ledger::Journal {
 public:
  void load(Ticket ticket, std::string name, std::string legacy) override {
    direct_.load(ticket, std::move(name), std::move(legacy));
  }
  void commit(Ticket ticket, ledger::Batch batch) override {
    if (slow) {
      waiting_.emplace_back(ticket, std::move(batch));
    } else {
      direct_.commit(ticket, std::move(batch));
    }
  }
  std::vector<Done> take() override { return direct_.take(); }
  void finish() override {
    for (auto& [ticket, batch] : waiting_) direct_.commit(ticket, std::move(batch));
    waiting_.clear();
  }
  std::size_t waiting() const { return waiting_.size(); }
  bool slow = false;

 private:
  ledger::MemoryStore store_;
  ledger::DirectJournal direct_{store_};
  std::vector<std::pair<Ticket, ledger::Batch>> waiting_;
};

Answer counted(double calls_so_far, double balance = 7) {
  return good({{&families::calls_total, Window::none, {"inbound"}, calls_so_far},
               {&families::balance, Window::none, {"INR"}, balance}});
}

std::optional<double> count_of(const TestWorld& world) {
  return world.value(series("cpaas_calls_total", "main", inbound));
}
std::optional<double> balance_of(const TestWorld& world) {
  return world.value(series("cpaas_balance", "main", "currency=\"INR\""));
}

TEST(LedgerStore, AFullDiskStopsCountersOnly) {
  double count = 10;
  TestWorld world([&](const HttpRequest&) { return counted(count, count); }, {account("main")});
  BreakableStore store;
  ledger::DirectJournal journal(store);
  world.transport.after(5min, [&] {
    store.broken = true;
    count = 20;
  });
  world.transport.after(30min, [&] {
    EXPECT_EQ(count_of(world), 10);
    EXPECT_EQ(balance_of(world), 20);
    EXPECT_EQ(world.value(series("cpaas_up")), 1);
    EXPECT_GE(world.value(series("cpaas_ledger_failures_total")), 20);
    store.broken = false;
  });
  world.transport.after(32min, [&] {
    EXPECT_EQ(count_of(world), 20);
    world.engine.stop();
  });
  world.engine.run(world.transport, journal);
}

TEST(LedgerStore, ThatCannotBeReadHidesCountersOnlyAndIsTriedAgain) {
  TestWorld world([&](const HttpRequest&) { return counted(10); }, {account("main")});
  BreakableStore store;
  store.unreadable = true;
  ledger::DirectJournal journal(store);
  world.transport.after(5min, [&] {
    EXPECT_EQ(count_of(world), std::nullopt);
    EXPECT_EQ(balance_of(world), 7);
    EXPECT_GE(world.value(series("cpaas_ledger_failures_total")), 4);
    store.unreadable = false;
  });
  world.transport.after(8min, [&] {
    EXPECT_EQ(count_of(world), 10);
    world.engine.stop();
  });
  world.engine.run(world.transport, journal);
}

TEST(LedgerStore, WhatAilsItIsLoggedOnceAMinuteOverAllAccounts) {
  double count = 10;
  TestWorld world([&](const HttpRequest&) { return counted(count++); },
                  {account_of("main", {{"usage", 10s}}), account_of("other", {{"usage", 10s}})});
  BreakableStore store;
  store.unreadable = true;
  ledger::DirectJournal journal(store);
  const auto times = [&](std::string_view text) {
    return std::ranges::count_if(
        world.log.lines(), [&](const std::string& line) { return line.find(text) != std::string::npos; });
  };
  world.transport.after(5min, [&] {
    EXPECT_THAT(times("ledger cannot be read"), AllOf(Ge(4), Le(6)));
    store.unreadable = false;
  });
  world.transport.after(6min, [&] { store.broken = true; });
  world.transport.after(11min, [&] {
    EXPECT_THAT(times("could not be saved"), AllOf(Ge(4), Le(6)));
    EXPECT_THAT(world.log.lines().back(), HasSubstr("not_logged=1"));
    world.engine.stop();
  });
  world.engine.run(world.transport, journal);
}

TEST(LedgerStore, NoPollWaitsForItAndCountersAreShownWhenTheyAreDurable) {
  double count = 10;
  TestWorld world([&](const HttpRequest&) { return counted(count, count); },
                  {account("main"), account_of("other", {{"usage", 10s}})});
  SlowJournal journal;
  std::size_t polls = 0;
  world.transport.after(5min, [&] {
    journal.slow = true;
    count = 20;
    polls = world.transport.requests_to("http://other/usage").size();
  });
  world.transport.after(10min, [&] {
    EXPECT_EQ(count_of(world), 10);
    EXPECT_EQ(balance_of(world), 20);
    EXPECT_THAT(world.transport.requests_to("http://other/usage").size() - polls, AllOf(Ge(28U), Le(32U)));
    EXPECT_EQ(journal.waiting(), 2U) << "one batch under way for each account";
    journal.slow = false;
    journal.finish();
  });
  world.transport.after(10min + 1s, [&] {
    EXPECT_EQ(count_of(world), 20);
    world.engine.stop();
  });
  world.engine.run(world.transport, journal);
}

TEST(LedgerStore, HasEverythingWhenTheEngineEnds) {
  double count = 10;
  TestWorld world([&](const HttpRequest&) { return counted(count); }, {account("main")});
  SlowJournal journal;
  world.transport.after(5min, [&] {
    journal.slow = true;
    count = 20;
  });
  world.transport.after(10min, [&] { count = 30; });
  world.transport.after(15min, [&] { world.engine.stop(); });
  world.engine.run(world.transport, journal);
  TestWorld after([](const HttpRequest&) { return no_answer(); }, {account("main")});
  after.transport.after(1s, [&] { after.engine.stop(); });
  after.engine.run(after.transport, journal);
  EXPECT_EQ(count_of(after), 30);
}

TEST(LedgerStore, ARestartDuringAnOutageLosesNothing) {
  TestWorld before([](const HttpRequest&) { return counted(1000, 12.5); }, {account("main")});
  before.run_for(5min);
  const auto success = before.value(series("cpaas_last_success_timestamp_seconds"));
  Account restarted = account("main");
  restarted.thresholds.balance = 100;
  TestWorld after([](const HttpRequest&) { return no_answer(); }, {restarted});
  after.transport.after(50ms, [&] {
    EXPECT_EQ(count_of(after), 1000) << "before the first poll";
    EXPECT_EQ(balance_of(after), 12.5);
  });
  after.transport.after(1h, [&] { after.engine.stop(); });
  after.engine.run(after.transport, before.ledger);
  EXPECT_EQ(count_of(after), 1000);
  EXPECT_EQ(balance_of(after), 12.5);
  EXPECT_EQ(after.value(series("cpaas_balance_low_threshold", "main", "currency=\"INR\"")), 100);
  const auto shown_success = after.value(series("cpaas_last_success_timestamp_seconds"));
  ASSERT_TRUE(success && shown_success);
  EXPECT_NEAR(*shown_success, *success, 61);
}

TEST(LedgerStore, AReloadThatChangesWhatIsAskedKeepsCountersAndLevels) {
  TestWorld world([](const HttpRequest&) { return counted(1000, 12.5); }, {account("main")});
  world.transport.after(5min, [&] {
    Account changed = account("main");
    changed.settings.window = std::chrono::days{90};
    world.engine.reload({changed});
  });
  world.transport.after(5min + 1ms, [&] {
    EXPECT_EQ(count_of(world), 1000);
    EXPECT_EQ(balance_of(world), 12.5);
  });
  world.run_for(6min);
  EXPECT_EQ(count_of(world), 1000);
}

TEST(LedgerStore, AReloadThatLiftsAHoldLeavesTheOthersOfTheCredentialAlone) {
  const auto shared = [](const char* name) {
    Account each = account(name);
    each.settings.base_url = "http://shared";
    return each;
  };
  TestWorld world(always(answer("", 429, {{"retry-after", "3000"}})), {shared("a"), shared("b")});
  world.transport.after(2min, [&] {
    Account goes_on = shared("a");
    goes_on.thresholds.balance = 5;
    Account faster = shared("b");
    faster.requests_per_minute = 240;
    world.engine.reload({goes_on, faster});
  });
  world.run_for(3min);
  EXPECT_EQ(world.value(series("cpaas_up", "a")), 0);
  EXPECT_EQ(world.value(series("cpaas_up", "b")), 0);
}

// --- members

// A list of so many members, each read by three requests; `trouble` answers instead where it gives something.
FakeTransport::Provider members(int count,
                                std::function<std::optional<Answer>(std::string_view)> trouble = {}) {
  return [count, trouble = std::move(trouble)](const HttpRequest& request) {
    const auto mark = request.url.find("?member=");
    if (mark == std::string::npos) {
      std::vector<std::string> paths;
      for (int i = 0; i < 3 * count; ++i) {
        paths.push_back("/" + std::to_string(i % 3) + "?member=" + std::to_string(i / 3));
      }
      return answer(body_of({.next = paths}));
    }
    const std::string member = request.url.substr(mark + 8);
    if (auto given = trouble ? trouble(member) : std::nullopt) return *given;
    if (request.url.find("/0?") == std::string::npos) return answer(body_of({}));
    return answer(body_of({.samples = {{&families::calls, Window::d30, {member}, 5}}}));
  };
}

std::size_t shown_members(const TestWorld& world) {
  std::size_t count = 0;
  const std::string& page = world.page();
  for (auto at = page.find("\ncpaas_30d_calls{"); at != std::string::npos;
       at = page.find("\ncpaas_30d_calls{", at + 1)) {
    ++count;
  }
  return count;
}

std::optional<double> members_that(const TestWorld& world, std::string_view state) {
  return world.value(
      series("cpaas_members", "main", "endpoint=\"usage\",state=\"" + std::string(state) + "\""));
}

Account slow_account(std::chrono::seconds interval, unsigned requests_per_minute) {
  Account given = account("main", interval);
  given.requests_per_minute = requests_per_minute;
  return given;
}

TEST(EngineMembers, MoreThanAPollHasTimeForAreAllReadInTurn) {
  TestWorld world(members(120), {slow_account(15min, 20)});
  world.run_for(50min);  // 360 requests take 18 minutes
  EXPECT_EQ(shown_members(world), 120U);
  EXPECT_EQ(world.value(series("cpaas_up")), 1);
  EXPECT_EQ(*members_that(world, "read") + *members_that(world, "waiting"), 120);
  EXPECT_EQ(members_that(world, "failing"), 0);
  const double oldest = *world.value(series("cpaas_members_oldest_read_timestamp_seconds"));
  EXPECT_GE(oldest, unix_seconds(world.clock.now() - 35min));
  std::map<std::string, int> asked;
  for (const auto& request : world.transport.requests()) ++asked[request.url];
  for (int i = 0; i < 120; ++i) EXPECT_GE(asked["http://main/2?member=" + std::to_string(i)], 2) << i;
}

TEST(EngineMembers, AreShownAsTheyAreRead) {
  TestWorld world(members(120), {slow_account(15min, 20)});
  world.run_for(6min);
  EXPECT_THAT(shown_members(world), AllOf(Ge(35U), Le(45U)));
  EXPECT_FALSE(world.engine.ready());  // the first poll goes on
}

TEST(EngineMembers, ThatWaitKeepTheirValuesAsLongAsAPassTakes) {
  TestWorld world(members(50), {slow_account(60s, 20)});
  world.run_for(40min);  // a pass takes some 8 minutes, far over three intervals
  EXPECT_EQ(shown_members(world), 50U);
  EXPECT_EQ(world.value(series("cpaas_up")), 1);
}

TEST(EngineMembers, OneThatFailsKeepsItsValuesUntilTheyAreStale) {
  FakeClock* clock = nullptr;
  std::optional<SteadyPoint> broken_from;
  const auto trouble = [&](std::string_view member) -> std::optional<Answer> {
    if (member != "1" || !broken_from || clock->steady() < *broken_from) return std::nullopt;
    return answer("", 500);
  };
  for (const auto& [runs, shown] : {std::pair{12min, 3U}, std::pair{20min, 2U}}) {
    TestWorld world(members(3, trouble), {account("main", 60s)});
    clock = &world.clock;
    broken_from = world.clock.steady() + 10min;
    world.run_for(runs);
    EXPECT_EQ(shown_members(world), shown) << runs / 1min;
    EXPECT_EQ(world.value(series("cpaas_up")), 1);
    EXPECT_EQ(members_that(world, "failing"), 1);
    EXPECT_THAT(world.log.lines(), testing::Contains(AllOf(HasSubstr("warn one member could not be read"),
                                                           HasSubstr("member=1 reason=http_5xx")))
                                       .Times(1));
  }
}

TEST(EngineMembers, AProviderThatIsDownIsNotAskedForEachOfThem) {
  TestWorld world(members(700, [](std::string_view) { return no_answer(); }), {account("main", 15min)});
  world.run_for(14min);
  EXPECT_EQ(world.value(series("cpaas_up")), 0);
  EXPECT_LE(world.transport.requests().size(), 60U);
}

TEST(Engine, AsksAgainWithinAMinuteWhereAMoveIsHeld) {
  double count = 100'000;
  TestWorld world([&](const HttpRequest&) { return counted(count); }, {account("main", 15min)});
  SteadyPoint changed{};
  world.transport.after(20min, [&] {
    count = 9'000'000;
    changed = world.clock.steady();
  });
  world.transport.after(40min, [&] {
    EXPECT_EQ(count_of(world), 9'000'000);
    std::vector<SteadyPoint> times;
    for (const SteadyPoint time : world.transport.requests_to("http://main/usage")) {
      if (time > changed) times.push_back(time);
    }
    ASSERT_GE(times.size(), 2U);
    EXPECT_LE(times[1] - times[0], 1min);
  });
  world.run_for(41min);
}

// --- expiry

TEST(Engine, WithdrawsValuesWhenTheirTimeComes) {
  bool works = true;
  TestWorld world([&](const HttpRequest&) { return works ? good() : no_answer(); }, {account("main", 6h)});
  world.transport.after(1min, [&] {
    works = false;
    EXPECT_EQ(world.value(series("cpaas_30d_calls", "main", inbound)), 5);
  });
  const SteadyPoint polled = world.clock.steady();
  const TimePoint expected = world.clock.now() + 18h;
  world.transport.after(18h - 1s,
                        [&] { EXPECT_EQ(world.value(series("cpaas_30d_calls", "main", inbound)), 5); });
  world.transport.after(18h + 1s, [&] {
    EXPECT_EQ(world.value(series("cpaas_30d_calls", "main", inbound)), std::nullopt)
        << format_time(expected) << " " << (world.clock.steady() - polled).count();
  });
  world.run_for(19h);
}

TEST(Engine, WithdrawsTodayAtTheProvidersMidnight) {
  FakeClock* clock = nullptr;
  bool works = true;
  // The provider is an hour behind: its midnight is at 01:00.
  TestWorld world(
      [&](const HttpRequest&) {
        if (!works) return no_answer();
        return answer(body_of({.samples = {calls(7, Window::today)}}), 200,
                      {{"date", format_http_date(clock->now() - 1h)}});
      },
      {account("main", 12h)});
  clock = &world.clock;
  world.transport.after(1h, [&] { works = false; });
  const auto today = [&] { return world.value(series("cpaas_today_calls", "main", inbound)); };
  world.transport.after(14h + 59min, [&] { EXPECT_EQ(today(), 7); });  // 00:59
  world.transport.after(15h + 3s, [&] { EXPECT_EQ(today(), std::nullopt); });
  world.run_for(16h);
}

TEST(Engine, AnEarlierExpiryIsNotMissedForALaterOne) {
  // "balance" is polled first and goes stale in 18 h; "usage" in 6 h, while its back-off is long.
  bool works = true;
  TestWorld world(
      [&](const HttpRequest& request) {
        if (request.url.ends_with("/balance"))
          return good({{&families::cost, Window::d30, {"calls", "INR"}, 1}});
        return works ? good() : no_answer();
      },
      {account_of("main", {{"balance", 6h}, {"usage", 2h}})});
  world.transport.after(1h, [&] { works = false; });
  world.transport.after(6h + 2s, [&] {
    EXPECT_EQ(world.value(series("cpaas_30d_calls", "main", inbound)), std::nullopt);
    EXPECT_EQ(world.value(series("cpaas_30d_cost", "main", "category=\"calls\",currency=\"INR\"")), 1);
  });
  world.run_for(7h);
}

TEST(Engine, AfterASleepWithdrawsAtOnce) {
  TestWorld world(always(good({calls(5), {&families::balance, Window::none, {"INR"}, 9}})),
                  {account("main", 1h)});
  world.transport.after(30min, [&] { world.clock.jump(8h); });
  world.transport.after(30min + 11s, [&] {
    EXPECT_EQ(world.value(series("cpaas_30d_calls", "main", inbound)), std::nullopt);
    EXPECT_EQ(world.value(series("cpaas_balance", "main", "currency=\"INR\"")), 9);
  });
  world.run_for(40min);
}

TEST(Engine, PollsOnThroughClockJumps) {
  TestWorld world(always(good()), {account("main")});
  for (int hour = 1; hour < 6; ++hour) {
    const Duration by = std::chrono::days{hour % 2 == 0 ? 400 : -900};
    world.transport.after(std::chrono::hours{hour}, [&world, by] { world.clock.jump(by); });
  }
  world.run_for(6h);
  for (const Duration gap : gaps(world.transport.requests_to("http://main/usage"))) {
    ASSERT_THAT(gap, AllOf(Ge(57s), Le(63s)));
  }
  EXPECT_EQ(world.value(series("cpaas_30d_calls", "main", inbound)), 5);
}

TEST(Engine, AsksForTheProvidersDay) {
  FakeClock* clock = nullptr;
  TestWorld world(
      [&](const HttpRequest&) {
        return answer(body_of({}), 200, {{"date", format_http_date(clock->now() + 14h)}});
      },
      {account_of("main", {{"daily", 60s}})});
  clock = &world.clock;
  world.run_for(90s);
  ASSERT_THAT(world.transport.requests(), SizeIs(2));
  EXPECT_THAT(world.transport.requests()[0].url, StartsWith("http://main/daily/2026-04-15T10:00"));
  EXPECT_THAT(world.transport.requests()[1].url, StartsWith("http://main/daily/2026-04-16T00:0"));
}

TEST(Engine, SaysWhichDaysTheLedgerWants) {
  TestWorld world(
      [](const HttpRequest& request) {
        const bool first = request.url.ends_with("?2026-04-15");
        return answer(body_of({.days = {first ? "2026-04-15" : "2026-04-16"}}));
      },
      {account_of("main", {{"daily", 24h}, {"balance", 60s}})});
  world.run_for(50h);
  std::vector<std::string> asked;
  for (const auto& request : world.transport.requests()) {
    if (request.url.starts_with("http://main/daily/"))
      asked.push_back(request.url.substr(request.url.find('?')));
  }
  // Of the second poll's days the provider tells one only: the other is owed.
  EXPECT_THAT(asked,
              ElementsAre("?2026-04-15", "?2026-04-16,2026-04-15", "?2026-04-17,2026-04-16,2026-04-15"));
  EXPECT_EQ(world.value(series("cpaas_ledger_days_missing", "main", "endpoint=\"daily\"")), 1);
}

// --- rate budgets

TEST(RateBudget, IsSharedFairlyByAccountsWithTheSameCredential) {
  std::map<std::string, int> polls;  // by the account's timeout
  const auto count = [&](const HttpRequest& request) {
    ++polls[std::to_string(request.timeout.count())];
    return good();
  };
  std::vector<Account> accounts;
  for (int i = 0; i < 5; ++i) {
    accounts.push_back(account("a" + std::to_string(i), 1s));
    accounts.back().settings.base_url = "http://shared";
    accounts.back().requests_per_minute = 60;
    accounts.back().timeout = 1s * (i + 1);
  }
  TestWorld world(count, std::move(accounts));
  world.run_for(10min);
  EXPECT_THAT(world.transport.requests().size(), AllOf(Ge(570U), Le(600U + 15U)));
  ASSERT_THAT(polls, SizeIs(5));
  for (const auto& [timeout, number] : polls) EXPECT_THAT(number, AllOf(Ge(100), Le(140))) << timeout;
}

TEST(RateBudget, A429HoldsAllRequestsOfTheCredential) {
  TestWorld world(
      [](const HttpRequest& request) {
        return request.url.ends_with("/balance") ? answer("", 429, {{"retry-after", "900"}}) : good();
      },
      {account_of("main", {{"usage", 60s}, {"balance", 1h}}), account("other")});
  const SteadyPoint begin = world.clock.steady();
  world.run_for(14min);
  for (const SteadyPoint time : world.transport.requests_to("http://main/usage")) EXPECT_LT(time - begin, 1s);
  EXPECT_THAT(world.transport.requests_to("http://other/usage"), SizeIs(Ge(13U)));
}

// --- holds

constexpr auto hold_until = "cpaas_hold_until_timestamp_seconds";

TEST(Hold, A503HoldsItsEndpointAlone) {
  TestWorld world(
      [](const HttpRequest& request) {
        return request.url.ends_with("/balance") ? answer("", 503, {{"retry-after", "86400"}}) : good();
      },
      {account_of("main", {{"usage", 60s}, {"balance", 60s}})});
  const double begin = unix_seconds(world.clock.now());
  world.transport.after(10s, [&] {
    EXPECT_EQ(world.value(series(hold_until)), 0);
    const auto until = world.value(series(hold_until, "main", "endpoint=\"balance\""));
    ASSERT_TRUE(until);
    EXPECT_THAT(*until - begin, AllOf(Ge(3600), Le(3601)));
  });
  world.run_for(150min);
  EXPECT_THAT(world.transport.requests_to("http://main/usage"), SizeIs(Ge(140U)));
  const auto between = gaps(world.transport.requests_to("http://main/balance"));
  ASSERT_THAT(between, SizeIs(2));  // not silent for a day
  for (const Duration gap : between) EXPECT_THAT(gap, AllOf(Ge(1h), Le(1h + 2s)));
}

TEST(Hold, OfALongIntervalIsAsLongAsTheInterval) {
  TestWorld world(always(answer("", 503, {{"retry-after", "86400"}})), {account("main", 2h)});
  world.run_for(9h);
  for (const Duration gap : gaps(world.transport.requests_to("http://main/usage"))) {
    EXPECT_THAT(gap, AllOf(Ge(2h), Le(2h + 1s)));
  }
}

TEST(Hold, A429ShowsOnAllEndpointsOfItsCredentialAndOnNoOther) {
  Account same_key = account("b");
  same_key.settings.base_url = "http://a";
  TestWorld world(
      [](const HttpRequest& request) {
        return request.url.ends_with("/balance") ? answer("", 429, {{"retry-after", "86400"}}) : good();
      },
      {account_of("a", {{"usage", 60s}, {"balance", 60s}}), same_key, account("other")});
  world.run_for(50min);
  const double now = unix_seconds(world.clock.now());
  const double until = world.value(series(hold_until, "a")).value_or(0);
  EXPECT_THAT(until - now, AllOf(Ge(599), Le(601)));
  EXPECT_EQ(world.value(series(hold_until, "a", "endpoint=\"balance\"")), until);
  EXPECT_EQ(world.value(series(hold_until, "b")), until);
  EXPECT_EQ(world.value(series(hold_until, "other")), 0);
  EXPECT_THAT(world.transport.requests_to("http://a/usage"), SizeIs(Le(2U)));
  EXPECT_THAT(world.transport.requests_to("http://other/usage"), SizeIs(Ge(48U)));
}

TEST(Hold, IsReadFromTheBodyWhereTheHeaderIsMissing) {
  const auto body = R"({"error": {"code": "RATE_LIMITED", "details": {"retryAfter": 300}}})";
  TestWorld world(always(answer(body, 429)), {account("main")});
  world.run_for(1h);
  const auto between = gaps(world.transport.requests_to("http://main/usage"));
  ASSERT_THAT(between, SizeIs(Ge(5U)));
  for (const Duration gap : between) EXPECT_GE(gap, 300s);
}

TEST(Hold, ARefusalIsNeverRepeatedBeforeTheInterval) {
  for (const int status : {401, 403, 409, 429}) {
    TestWorld world(always(answer("", status)), {account("main", 60s)});
    world.run_for(30min);
    const auto between = gaps(world.transport.requests_to("http://main/usage"));
    ASSERT_THAT(between, SizeIs(Ge(3U))) << status;
    for (const Duration gap : between) EXPECT_GE(gap, 60s) << status;
  }
}

TEST(Hold, EndsWithAnotherCredential) {
  TestWorld world(always(answer("", 429, {{"retry-after", "3600"}})), {account("main")});
  Account changed = account("main");
  changed.settings.secrets.emplace("api_key", Secret("new"));
  world.transport.after(1min, [&] { world.engine.reload({changed}); });
  world.run_for(2min);
  EXPECT_THAT(world.transport.requests(), SizeIs(2));
}

TEST(Hold, EndsWithAnotherPaceAlsoForPollsThatWait) {
  Account other = account("b", 30s);
  other.settings.base_url = "http://a";
  TestWorld world(
      [](const HttpRequest& request) {
        return request.url.ends_with("/balance") ? answer("", 429, {{"retry-after", "3600"}}) : good();
      },
      {account_of("a", {{"balance", 1h}}), other});
  Account slower = account_of("a", {{"balance", 1h}});
  slower.requests_per_minute = 60;
  world.transport.after(1min, [&] {
    EXPECT_THAT(world.transport.requests_to("http://a/usage"), SizeIs(1));
    EXPECT_GT(world.value(series(hold_until, "b")), 0);
    world.engine.reload({slower, other});
  });
  world.transport.after(1min + 1ms, [&] {
    EXPECT_EQ(world.value(series(hold_until, "b")), 0);
    EXPECT_THAT(world.transport.requests_to("http://a/usage"), SizeIs(2));
  });
  world.run_for(1min + 50ms);
}

TEST(Hold, OutlastsAReloadThatChangesNeitherCredentialNorPace) {
  for (const int status : {429, 503}) {
    TestWorld world(always(answer("", status, {{"retry-after", "3600"}})), {account("main")});
    Account changed = account("main");
    changed.thresholds.balance = 5;
    double before = 0;
    world.transport.after(1min, [&] {
      before = world.value(series(hold_until)).value_or(0);
      world.engine.reload({changed});
    });
    world.run_for(50min);
    EXPECT_THAT(world.transport.requests(), SizeIs(1)) << status;
    EXPECT_GT(before, 0) << status;
    EXPECT_EQ(world.value(series(hold_until)), before) << status;
  }
}

TEST(Hold, OfAnEarlierAnswerIsNotTakenForALaterOnes) {
  // The first page says that nothing is left until in 10 minutes; the second, after that, says nothing.
  TestWorld world(
      [](const HttpRequest& request) {
        if (request.url.ends_with("/2")) return good();
        return answer(body_of({.next = {"/2"}}), 200,
                      {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "600"}});
      },
      {account("main", 1h)});
  world.run_for(11min);
  EXPECT_EQ(world.value(series("cpaas_up")), 1);
  EXPECT_LT(world.value(series(hold_until)), unix_seconds(world.clock.now()));
}

TEST(Hold, CountsByTheProvidersClock) {
  FakeClock* clock = nullptr;
  TestWorld world(
      [&](const HttpRequest&) {  // a provider that is 5 hours ahead
        const double reset = unix_seconds(clock->now() + 5h + 10min);
        return answer(body_of({}), 200,
                      {{"date", format_http_date(clock->now() + 5h)},
                       {"x-ratelimit-remaining", "0"},
                       {"x-ratelimit-reset", std::to_string(static_cast<long long>(reset))}});
      },
      {account("main")});
  clock = &world.clock;
  world.run_for(1h);
  const auto between = gaps(world.transport.requests_to("http://main/usage"));
  ASSERT_THAT(between, SizeIs(Ge(5U)));
  for (const Duration gap : between) EXPECT_THAT(gap, AllOf(Ge(598s), Le(610s)));
}

// --- endpoints that ask nothing

TEST(Engine, DoesNotShowAnEndpointThatAsksNothing) {
  Account idle = account("idle");
  idle.settings.texts["start"] = "nothing";
  TestWorld world(always(good()), {idle, account("main")});
  EXPECT_THAT(world.page(), Not(HasSubstr("account=\"idle\"")));
  world.transport.after(1min, [&] { world.engine.reload({idle, account("main")}); });
  world.run_for(2min);
  EXPECT_THAT(world.page(), Not(HasSubstr("account=\"idle\"")));
  EXPECT_TRUE(world.engine.ready());
  EXPECT_EQ(world.value(series("cpaas_up")), 1);
}

TEST(RateBudget, NothingLeftHoldsUntilTheReset) {
  TestWorld world(
      always(answer(body_of({}), 200, {{"ratelimit-remaining", "0"}, {"ratelimit-reset", "600"}})),
      {account("main")});
  world.run_for(1h);
  const auto between = gaps(world.transport.requests_to("http://main/usage"));
  ASSERT_THAT(between, SizeIs(Ge(5U)));
  for (const Duration gap : between) EXPECT_THAT(gap, AllOf(Ge(600s), Le(610s)));
}

// --- reload

TEST(Reload, BeforeItRunsCountsFromTheStart) {
  TestWorld world(always(good()), {});  // nothing is due that would end the first wait
  world.engine.reload({account("new")});
  world.run_for(1s);
  EXPECT_THAT(world.transport.requests_to("http://new/usage"), SizeIs(1));
}

TEST(Reload, EqualAccountsGoOnUndisturbed) {
  TestWorld world(always(good()), {account("main")});
  for (int i = 1; i < 3000; ++i) {
    world.transport.after(100ms * i, [&] { world.engine.reload({account("main")}); });
  }
  world.run_for(5min);
  for (const Duration gap : gaps(world.transport.requests_to("http://main/usage"))) {
    EXPECT_THAT(gap, AllOf(Ge(57s), Le(63s)));
  }
  EXPECT_EQ(world.value(series("cpaas_requests_total")),
            static_cast<double>(world.transport.requests().size()));
}

TEST(Reload, AddsAndRemovesAccounts) {
  TestWorld world(always(good()), {account("old"), account("kept")});
  world.transport.after(10s, [&] { world.engine.reload({account("kept"), account("new")}); });
  world.run_for(20s);
  EXPECT_THAT(world.page(), Not(HasSubstr("account=\"old\"")));
  EXPECT_EQ(world.value(series("cpaas_up", "kept")), 1);
  EXPECT_EQ(world.value(series("cpaas_up", "new")), 1);
  EXPECT_THAT(world.transport.requests_to("http://kept/usage"), SizeIs(1));
}

// A copy of acme that belongs to its accounts, as one that was described in a file does.
struct OwnedAcme {
  std::deque<std::string> names{};  // of endpoints: nobody may keep views of them
  std::vector<Endpoint> endpoints{};
  std::vector<Source> sources{};
  Collector collector{};
};

Account account_of_owned(const std::shared_ptr<OwnedAcme>& owner) {
  Account result = account("main");
  for (Endpoint endpoint : acme().endpoints) {
    endpoint.name = owner->names.emplace_back(endpoint.name);
    owner->endpoints.push_back(endpoint);
  }
  for (Source source : acme().sources) {
    source.endpoint = owner->names.emplace_back(source.endpoint);
    owner->sources.push_back(source);
  }
  owner->collector = acme();
  owner->collector.endpoints = owner->endpoints;
  owner->collector.sources = owner->sources;
  for (EndpointPlan& plan : result.endpoints) {
    plan.endpoint = &*std::ranges::find(owner->endpoints, plan.endpoint->name, &Endpoint::name);
  }
  result.collector = CollectorRef(std::shared_ptr<const Collector>(owner, &owner->collector));
  return result;
}

TEST(Reload, ACollectorGoesWithItsLastAccount) {
  auto first = std::make_shared<OwnedAcme>();
  const std::weak_ptr<OwnedAcme> before = first;
  TestWorld world(always(good()), {account_of_owned(first)});
  first.reset();
  world.transport.after(10s, [&] { world.engine.reload({account_of_owned(std::make_shared<OwnedAcme>())}); });
  bool needed = false;
  world.transport.after(5s, [&] { needed = !before.expired(); });
  world.run_for(3min);
  EXPECT_TRUE(needed);
  EXPECT_TRUE(before.expired());
  EXPECT_EQ(world.value(series("cpaas_up")), 1);
  EXPECT_THAT(world.transport.requests_to("http://main/usage"), SizeIs(AllOf(Ge(4U), Le(5U))));
}

TEST(Reload, CancelsWhatARemovedAccountAsked) {
  TestWorld world(always(no_answer()), {account("old")});
  world.transport.after(2s, [&] { world.engine.reload({}); });
  world.transport.after(3s, [&] { EXPECT_EQ(world.transport.in_flight(), 0U); });
  world.run_for(5min);
  EXPECT_EQ(world.transport.cancelled(), 1U);
  EXPECT_THAT(world.transport.requests(), SizeIs(1));
}

TEST(Reload, AnotherSecretOrPaceKeepsValuesAndCountersAndPollsAtOnce) {
  TestWorld world(always(good()), {account("main", 1h)});
  Account changed = account("main", 30min);
  changed.settings.secrets.emplace("api_key", Secret("new"));
  world.transport.after(10s, [&] { world.engine.reload({changed}); });
  world.transport.after(10s + 1ms, [&] {
    EXPECT_EQ(world.value(series("cpaas_30d_calls", "main", inbound)), 5);
    EXPECT_EQ(world.value(series("cpaas_poll_interval_seconds")), 1800);
  });
  world.run_for(20s);
  EXPECT_THAT(world.transport.requests(), SizeIs(2));
  EXPECT_EQ(world.value(series("cpaas_requests_total")), 2);
}

TEST(Reload, AnotherSourceBeginsAnew) {
  TestWorld world(bad_for("http://elsewhere", answer("", 500)), {account("main", 1h)});
  Account changed = account("main", 1h);
  changed.settings.base_url = "http://elsewhere";
  world.transport.after(10s, [&] { world.engine.reload({changed}); });
  world.run_for(20s);
  EXPECT_EQ(world.value(series("cpaas_30d_calls", "main", inbound)), std::nullopt);
  EXPECT_EQ(world.value(series("cpaas_up")), 0);
}

// --- once

TEST(RunOnce, PollsEveryEndpointOnceAndCountsFailures) {
  TestWorld world(bad_for("http://bad", answer("", 401)),
                  {account("good"), account("bad"), account_of("both", {{"usage", 60s}, {"balance", 60s}})});
  EXPECT_EQ(world.engine.run_once(world.transport, world.ledger), 1U);
  EXPECT_THAT(world.transport.requests(), SizeIs(4));
  EXPECT_EQ(world.value(series("cpaas_30d_calls", "good", inbound)), 5);
  EXPECT_EQ(world.value(series("cpaas_up", "bad")), 0);
  EXPECT_TRUE(world.engine.ready());
}

TEST(RunOnce, DoesNotRepeatFastEndpointsWhileItWaitsForSlowOnes) {
  TestWorld world(bad_for("http://slow", no_answer()), {account("fast", 1s), account("slow", 1s)});
  EXPECT_EQ(world.engine.run_once(world.transport, world.ledger), 1U);
  EXPECT_THAT(world.transport.requests(), SizeIs(2));
}

TEST(RunOnce, DoesNotWaitForHours) {
  const auto limited = [](const HttpRequest& request) {
    if (request.url.ends_with("/balance")) return answer("", 429, {{"retry-after", "7200"}});
    Answer slow = good();
    slow.latency = 5s;
    return slow;
  };
  Account main = account_of("main", {{"usage", 60s}, {"balance", 60s}, {"daily", 60s}});
  main.requests_per_minute = 4;  // one at once
  TestWorld world(limited, {main});
  const SteadyPoint begin = world.clock.steady();
  EXPECT_EQ(world.engine.run_once(world.transport, world.ledger), 2U);
  EXPECT_LT(world.clock.steady() - begin, 1min);
  EXPECT_THAT(world.log.lines(), testing::Contains(HasSubstr("wants no request for the next 35")));
  EXPECT_EQ(world.value(series("cpaas_up", "main")), 1);
}

TEST(RunOnce, WithoutAccountsWorks) {
  TestWorld world(always(good()), {});
  EXPECT_EQ(world.engine.run_once(world.transport, world.ledger), 0U);
}

TEST(RunOnce, CountsWhatStopEndedAsFailed) {
  TestWorld world(always(no_answer()), {account("a"), account("b")});
  world.transport.after(1s, [&] { world.engine.stop(); });
  EXPECT_EQ(world.engine.run_once(world.transport, world.ledger), 2U);
  EXPECT_EQ(world.transport.in_flight(), 0U);
}

// --- readiness and publication

TEST(Engine, ShowsEveryAccountBeforeTheFirstPoll) {
  TestWorld world(always(good()), {account("a"), account("b")});
  EXPECT_EQ(world.value(series("cpaas_up", "a")), 0);
  EXPECT_EQ(world.value(series("cpaas_up", "b")), 0);
  EXPECT_FALSE(world.engine.ready());
}

TEST(Engine, IsReadyOnceAllWereTried) {
  TestWorld world(bad_for("http://bad", no_answer()), {account("good"), account("bad")});
  world.transport.after(9s, [&] { EXPECT_FALSE(world.engine.ready()); });
  world.transport.after(11s, [&] { EXPECT_TRUE(world.engine.ready()); });
  world.run_for(20s);
}

TEST(Engine, WithoutAccountsIsReady) {
  TestWorld world(always(good()), {});
  EXPECT_TRUE(world.engine.ready());
  world.run_for(1min);
}

TEST(Engine, RenewsItsOwnMetricsWithoutPolls) {
  TestWorld world(always(good()), {});
  world.run_for(10min);
  EXPECT_THAT(world.publications, AllOf(Ge(55U), Le(65U)));
}

TEST(Engine, PublishesAPollAtOnceWhenBuildingIsCheap) {
  double count = 0;
  TestWorld world([&](const HttpRequest&) { return good({calls(++count)}); }, {account("main")});
  world.transport.after(1s, [&] { EXPECT_EQ(world.value(series("cpaas_30d_calls", "main", inbound)), 1); });
  world.run_for(2s);
}

TEST(Engine, BuildingTakesAtMostATenthOfTheTime) {
  std::vector<Account> accounts;
  for (int i = 0; i < 10; ++i) accounts.push_back(account("a" + std::to_string(i), 1s));
  TestWorld world(always(good()), std::move(accounts));
  world.build_time = 200ms;
  world.run_for(60s);
  EXPECT_THAT(world.publications, AllOf(Ge(25U), Le(32U)));
  EXPECT_GT(world.transport.requests().size(), 500U);  // of 600: polls are not held up for long
  EXPECT_EQ(world.value(series("cpaas_up", "a9")), 1);
}

TEST(Engine, ManyCompletionsOfOneTurnAreOnePublication) {
  std::vector<Account> accounts;
  for (int i = 0; i < 50; ++i) accounts.push_back(account("a" + std::to_string(i)));
  TestWorld world(always(no_answer()), std::move(accounts));
  world.run_for(15s);
  EXPECT_THAT(world.transport.requests(), SizeIs(50));
  EXPECT_LE(world.publications, world.transport.waits() + 1);
}

// --- the log

TEST(EngineLog, TellsOnlyChanges) {
  int status = 200;
  TestWorld world(
      [&](const HttpRequest&) { return status == 200 ? good() : answer("{\"error\":\"why\"}", status); },
      {account("main")});
  world.transport.after(1h, [&] { status = 500; });
  world.transport.after(2h, [&] { status = 401; });
  world.transport.after(3h, [&] { status = 200; });
  world.run_for(4h);
  const std::string who = " account=main provider=acme endpoint=usage";
  EXPECT_THAT(world.log.lines(),
              ElementsAre("info first poll worked" + who + " series=1",
                          "warn poll failed" + who + " reason=http_5xx error=HTTP status 500: why",
                          "warn poll failed" + who + " reason=auth error=HTTP status 401: why",
                          "info poll works again" + who));
}

TEST(EngineLog, TellsEveryPollToWhoWantsDetails) {
  int status = 200;
  TestWorld world([&](const HttpRequest&) { return status == 200 ? good() : answer("", status); },
                  {account("main", 10min)});
  world.transport.after(15min, [&] { status = 500; });
  world.run_for(35min);
  const std::string who = " account=main provider=acme endpoint=usage";
  ASSERT_THAT(world.log.debug_lines(), SizeIs(Ge(2U)));
  EXPECT_EQ(world.log.debug_lines().front(), "debug polled" + who + " series=1 milliseconds=100");
  EXPECT_EQ(world.log.debug_lines().back(),
            "debug poll failed again" + who + " error=HTTP status 500 series=1 milliseconds=100");
}

TEST(EngineLog, AndPageHoldNoSecrets) {
  Account main = account("main");
  main.settings.secrets.emplace("api_key", Secret("sk-seeded-1234"));
  int answers = 0;
  TestWorld world(
      [&](const HttpRequest&) -> Answer {
        switch (++answers % 4) {
          case 0:
            return answer(R"({"error": "key sk-seeded-1234 is wrong"})", 401);
          case 1:
            return answer(body_of({.error = "no sk-seeded-1234"}));
          case 2:
            return answer(body_of({.exception = "sk-seeded-1234"}));
          default:
            return {fail(Reason::tls, "cannot send sk-seeded-1234")};
        }
      },
      {main});
  world.run_for(4h);
  EXPECT_THAT(world.log.lines(), SizeIs(Ge(10U)));
  for (const auto* lines : {&world.log.lines(), &world.log.debug_lines()}) {
    for (const std::string& line : *lines) EXPECT_THAT(line, Not(HasSubstr("seeded")));
  }
  EXPECT_THAT(world.page(), Not(HasSubstr("seeded")));
}

TEST(EngineLog, TellsOnceWhereTheEndpointsTakeMoreThanTheirBudget) {
  Account main = account("main", 10s);
  main.requests_per_minute = 12;
  TestWorld world(
      [](const HttpRequest& request) {
        return request.url.ends_with("/2") ? good() : answer(body_of({.next = {"/2", "/2"}}));
      },
      {main, account("other", 10s)});
  world.run_for(5min);
  const auto told = [](const std::string& line) {
    return line.find("requests=18 requests_per_minute=12") != line.npos;
  };
  EXPECT_EQ(std::count_if(world.log.lines().begin(), world.log.lines().end(), told), 1);
  EXPECT_THAT(world.log.lines(), SizeIs(3));
}

TEST(EngineLog, TellsWhenTheResponseChangesItsShape) {
  std::vector<std::string> missing;
  TestWorld world([&](const HttpRequest&) { return answer(body_of({.missing = missing})); },
                  {account("main")});
  world.transport.after(10min, [&] { missing = {"users[].cost"}; });
  world.transport.after(20min, [&] { missing = {}; });
  world.run_for(30min);
  const std::string who = " account=main provider=acme endpoint=usage";
  EXPECT_THAT(world.log.lines(),
              ElementsAre("info first poll worked" + who + " series=0",
                          "warn the response is not as documented" + who + " missing=users[].cost",
                          "warn the response is as documented again" + who));
}

// --- stopping

TEST(Stop, EndsAtOnceAndCancelsWhatIsInFlight) {
  TestWorld world(always(no_answer()), {account("a", 1h), account("b", 1h)});
  const SteadyPoint begin = world.clock.steady();
  world.run_for(5s);
  EXPECT_EQ(world.clock.steady() - begin, 5s);
  EXPECT_EQ(world.transport.cancelled(), 2U);
  EXPECT_EQ(world.transport.in_flight(), 0U);
}

TEST(Stop, BeforeRunMeansNotAtAll) {
  TestWorld world(always(good()), {account("main")});
  world.engine.stop();
  world.engine.run(world.transport, world.ledger);
  EXPECT_THAT(world.transport.requests(), IsEmpty());
}

// Waits in real time, until it is woken.
class SleepingTransport : public Transport {
 public:
  void start(Id, HttpRequest) override {}
  void cancel(Id) override {}
  std::vector<Completion> wait(Duration) override {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [&] { return woken_; });
    woken_ = false;
    return {};
  }
  void wake() override {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_all();
  }
  void await_wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool waiting_ = false;
  bool woken_ = false;
};

TEST(Stop, WorksFromAnotherThread) {
  TestWorld world(always(good()), {account("main")});
  SleepingTransport transport;
  std::thread thread([&] { world.engine.run(transport, world.ledger); });
  transport.await_wait();
  EXPECT_FALSE(world.engine.ready());
  world.engine.stop();
  thread.join();
}

// --- size

TEST(Engine, PollsAThousandAccounts) {
  constexpr std::size_t count = 1'000;
  std::vector<Account> accounts;
  for (std::size_t i = 0; i < count; ++i) accounts.push_back(account("a" + std::to_string(i)));
  TestWorld world(bad_for("http://a77", answer("", 500)), std::move(accounts));
  EXPECT_EQ(world.engine.run_once(world.transport, world.ledger), 11U);  // a77, a770-a779
  EXPECT_THAT(world.transport.requests(), SizeIs(count));
  EXPECT_EQ(world.value(series("cpaas_up", "a999")), 1);
  EXPECT_EQ(world.value(series("cpaas_up", "a779")), 0);
}

}  // namespace
}  // namespace cpaas::engine
