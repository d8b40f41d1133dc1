// What is believed of a provider's clock.
#include "exporter/engine/provider_clock.h"

#include <gmock/gmock.h>

namespace cpaas::engine {
namespace {

using namespace std::chrono_literals;

constexpr Duration years = 24h * 365 * 5;

TEST(ProviderClock, IsFollowedWithinADay) {
  ProviderClock clock;
  EXPECT_EQ(clock.skew(), 0ms);
  for (const Duration skew : {Duration{5s}, Duration{-20h}, Duration{14h}}) {
    clock.observe(skew);
    EXPECT_EQ(clock.skew(), skew);
    EXPECT_FALSE(clock.in_doubt());
  }
  clock.observe(std::nullopt);
  EXPECT_EQ(clock.skew(), 14h);
}

TEST(ProviderClock, OneHeaderThatLiesMovesNothing) {
  for (const Duration lie : {years, -years}) {
    ProviderClock clock;
    clock.observe(5s);
    clock.observe(lie);
    EXPECT_EQ(clock.skew(), 5s);
    EXPECT_EQ(clock.said(), lie);
    EXPECT_TRUE(clock.in_doubt());
    EXPECT_FALSE(clock.fits(lie));
    clock.observe(6s);
    EXPECT_EQ(clock.skew(), 6s);
    EXPECT_FALSE(clock.in_doubt());
  }
}

TEST(ProviderClock, OursIsWrongWhenThreePollsSaySo) {
  ProviderClock clock;
  for (int i = 0; i < 2; ++i) clock.observe(-24h * 25);
  EXPECT_EQ(clock.skew(), 0ms);
  clock.observe(-24h * 25 + 20min);
  EXPECT_EQ(clock.skew(), -24h * 25 + 20min);
  EXPECT_FALSE(clock.in_doubt()) << "it is ours that is ahead: the provider's days have begun";
  EXPECT_TRUE(clock.fits(-24h * 25));
}

TEST(ProviderClock, WhileOursIsFarBehindNoCountingBegins) {
  ProviderClock clock;
  for (int i = 0; i < 5; ++i) clock.observe(24h * 25);
  EXPECT_EQ(clock.skew(), 24h * 25);
  EXPECT_TRUE(clock.in_doubt());
}

TEST(ProviderClock, LiesToBothSidesDoNotAgree) {
  ProviderClock clock;
  for (int i = 0; i < 6; ++i) clock.observe(i % 2 == 0 ? years : -years);
  EXPECT_EQ(clock.skew(), 0ms);
}

}  // namespace
}  // namespace cpaas::engine
