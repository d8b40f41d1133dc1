// When polls are due: bounds and order over all histories.
#include "exporter/engine/pacing.h"

#include <gtest/gtest.h>

#include <random>

namespace cpaas::engine {
namespace {

using namespace std::chrono_literals;

constexpr double least = 0;
constexpr double middle = 0.5;
constexpr double most = 0.999999;

struct Step {
  std::size_t failures;
  Duration delay;
};

void expect_delays(std::chrono::seconds interval, std::initializer_list<Step> steps) {
  for (const Step& step : steps) {
    EXPECT_EQ(time_to_next_poll({interval, step.failures}, middle).count(), step.delay.count())
        << step.failures << " failures at an interval of " << interval.count() << " s";
  }
}

TEST(TimeToNextPoll, DoublesUpToTenMinutesOrTheInterval) {
  expect_delays(60s, {{0, 60s},
                      {1, 15s},
                      {2, 30s},
                      {3, 60s},
                      {4, 120s},
                      {5, 240s},
                      {6, 480s},
                      {7, 600s},
                      {8, 600s},
                      {1'000'000, 600s}});
  expect_delays(1h, {{0, 1h}, {1, 15s}, {2, 30s}, {8, 1920s}, {9, 1h}, {10, 1h}});
  expect_delays(5s, {{0, 5s}, {1, 5s}, {2, 10s}, {3, 20s}, {8, 600s}});
}

TEST(TimeToNextPoll, ShortIntervalsAreNotAskedFasterAfterAFailure) {
  for (const auto interval : {1s, 5s, 15s}) {
    EXPECT_GE(time_to_next_poll({interval, 1}, middle), time_to_next_poll({interval, 0}, middle));
  }
}

TEST(TimeToNextPoll, VariesByFivePercent) {
  EXPECT_EQ(time_to_next_poll({100s, 0}, least), 95s);
  EXPECT_GE(time_to_next_poll({100s, 0}, most), 104'999ms);
  EXPECT_LE(time_to_next_poll({100s, 0}, most), 105s);
}

TEST(TimeToNextPoll, RespectsRetryAfter) {
  EXPECT_EQ(time_to_next_poll({60s, 1, 0s}, middle), 15s);
  EXPECT_EQ(time_to_next_poll({60s, 1, 14s}, middle), 15s);
  EXPECT_EQ(time_to_next_poll({60s, 1, 90s}, least), 90s);
  EXPECT_EQ(time_to_next_poll({60s, 1, 24h}, most), 1h);
  EXPECT_EQ(time_to_next_poll({60s, 0, 24h}, middle), 60s);  // only failures ask for it
}

TEST(TimeToNextPoll, BelievesALongRetryAfterOnlySoFar) {
  EXPECT_EQ(time_to_next_poll({60s, 1, 3601s}, most), 1h);
  EXPECT_EQ(time_to_next_poll({3h, 1, 24h}, most), 3h);
  EXPECT_EQ(time_to_next_poll({3h, 1, 2h}, most), 2h);
}

TEST(TimeToNextPoll, AfterARefusalIsNoSoonerThanTheInterval) {
  for (const double random : {least, middle, most}) {
    EXPECT_GE(time_to_next_poll({60s, 1, {}, true}, random), 60s);
    EXPECT_GE(time_to_next_poll({1h, 1, {}, true}, random), 1h);
  }
  EXPECT_EQ(time_to_next_poll({60s, 3, {}, true}, middle), 240s);
}

TEST(TimeToNextPoll, IsInBoundsForAnyHistory) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same every time
  std::uniform_real_distribution<double> share(0, 1);
  for (int i = 0; i < 20'000; ++i) {
    const std::chrono::seconds interval{1 + random() % 100'000};
    const std::size_t failures = random() % 40;
    const std::optional<std::chrono::seconds> retry_after =
        random() % 2 == 0 ? std::optional<std::chrono::seconds>{random() % 86401} : std::nullopt;
    const bool refused = random() % 2 == 0;
    const Duration delay = time_to_next_poll({interval, failures, retry_after, refused}, share(random));
    const Duration asked = std::min(Duration{retry_after.value_or(0s)}, std::max<Duration>(interval, 1h));
    const Duration shortest = failures == 0 ? Duration{interval} : std::min<Duration>(interval, 15s);
    const Duration longest = failures == 0 ? Duration{interval} : std::max<Duration>(interval, 10min);
    ASSERT_GE(delay, shortest * 95 / 100);
    ASSERT_LE(delay, std::max<Duration>(longest * 105 / 100, failures == 0 ? 0ms : asked));
    if (failures > 0) {
      ASSERT_GE(delay, asked);
      ASSERT_GE(delay, refused ? interval : 0s);
    }
  }
}

TEST(TimeToNextPoll, NeverShrinksWithMoreFailures) {
  for (const auto interval : {1s, 14s, 15s, 60s, 599s, 601s, 86400s}) {
    for (std::size_t failures = 1; failures < 50; ++failures) {
      ASSERT_LE(time_to_next_poll({interval, failures}, middle),
                time_to_next_poll({interval, failures + 1}, middle));
    }
  }
}

TEST(TimeToNextPoll, KeepsTheIntervalOnAverage) {
  std::mt19937_64 random(1);  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same every time
  std::uniform_real_distribution<double> share(0, 1);
  Duration sum{0};
  constexpr int polls = 100'000;
  for (int i = 0; i < polls; ++i) sum += time_to_next_poll({60s, 0}, share(random));
  EXPECT_NEAR(static_cast<double>(sum.count()) / polls, 60'000, 30);
}

TEST(FirstPollDelay, SpreadsPollsOverTwoMillisecondsEach) {
  EXPECT_EQ(first_poll_delay(10'000, 60s, least), 0ms);
  EXPECT_EQ(first_poll_delay(10'000, 60s, middle), 10s);
  EXPECT_LT(first_poll_delay(10'000, 60s, most), 20s);
}

TEST(FirstPollDelay, IsWithinTheInterval) {
  EXPECT_LT(first_poll_delay(1'000'000, 60s, most), 60s);
  EXPECT_EQ(first_poll_delay(0, 60s, most), 0ms);
}

}  // namespace
}  // namespace cpaas::engine
