// Rate budgets of credentials.
#include "exporter/engine/governor.h"

#include <gtest/gtest.h>

#include <random>

namespace cpaas::engine {
namespace {

using namespace std::chrono_literals;

const SteadyPoint start{Duration{1'000'000}};

// How many requests go out at once.
int burst(Governor& governor, unsigned per_minute, SteadyPoint now) {
  int sent = 0;
  while (sent < 100'000 && governor.reserve("key", per_minute, now) <= now) ++sent;
  return sent;
}

TEST(Governor, LetsAQuarterOfAMinutesBudgetOutAtOnce) {
  for (const unsigned per_minute : {1U, 3U, 4U, 60U, 120U, 1000U}) {
    Governor governor;
    EXPECT_EQ(burst(governor, per_minute, start), static_cast<int>(std::max(per_minute / 4, 1U)))
        << per_minute;
  }
}

TEST(Governor, SaysWhenTheNextRequestMayGo) {
  Governor governor;
  EXPECT_EQ(burst(governor, 60, start), 15);
  EXPECT_EQ(governor.reserve("key", 60, start), start + 1s);
  EXPECT_EQ(governor.reserve("key", 60, start + 999ms), start + 1s);
  EXPECT_EQ(governor.reserve("key", 60, start + 1s), start + 1s);
  EXPECT_EQ(governor.reserve("key", 60, start + 1s), start + 2s);
}

TEST(Governor, GivesNoCreditForLongSilence) {
  Governor governor;
  burst(governor, 60, start);
  EXPECT_EQ(burst(governor, 60, start + 24h), 15);
}

TEST(Governor, KeepsCredentialsApart) {
  Governor governor;
  burst(governor, 4, start);
  EXPECT_GT(governor.reserve("key", 4, start), start);
  EXPECT_EQ(governor.reserve("other", 4, start), start);
}

TEST(Governor, HoldsUntilTheLatestTimeAskedFor) {
  Governor governor;
  governor.hold("key", start + 1h);
  governor.hold("key", start + 1min);
  EXPECT_EQ(governor.reserve("key", 60, start), start + 1h);
  EXPECT_EQ(governor.reserve("other", 60, start), start);
  EXPECT_EQ(governor.reserve("key", 60, start + 1h), start + 1h);
}

TEST(Governor, LiftsAHold) {
  Governor governor;
  EXPECT_LT(governor.held_until("key"), start);
  governor.hold("key", start + 1h);
  EXPECT_EQ(governor.held_until("key"), start + 1h);
  governor.release("key");
  EXPECT_EQ(governor.reserve("key", 60, start), start);
}

TEST(Governor, ForgetsCredentialsThatAreGone) {
  Governor governor;
  governor.hold("old", start + 1h);
  governor.hold("key", start + 1h);
  governor.keep_only({"key"});
  EXPECT_EQ(governor.reserve("old", 60, start), start);
  EXPECT_EQ(governor.reserve("key", 60, start), start + 1h);
}

TEST(Governor, NeverExceedsTheBudgetOverAnyMinute) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same every time
  for (const unsigned per_minute : {1U, 7U, 60U, 600U}) {
    Governor governor;
    std::vector<SteadyPoint> sent;
    for (SteadyPoint now = start; now < start + 20min; now += Duration{random() % 500}) {
      if (governor.reserve("key", per_minute, now) <= now) sent.push_back(now);
    }
    const std::size_t most = per_minute + std::max(per_minute / 4, 1U);
    for (std::size_t i = 0; i + most < sent.size(); ++i)
      ASSERT_GE(sent[i + most] - sent[i], 1min) << per_minute;
    EXPECT_GE(sent.size(), std::min<std::size_t>(20 * per_minute, 1000) * 9 / 10) << per_minute;
  }
}

}  // namespace
}  // namespace cpaas::engine
