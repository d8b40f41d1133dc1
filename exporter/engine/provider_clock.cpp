#include "exporter/engine/provider_clock.h"

#include <algorithm>

namespace cpaas::engine {
namespace {

using namespace std::chrono_literals;

constexpr Duration at_most = 24h;
constexpr int polls_to_believe = 3;

}  // namespace

void ProviderClock::observe(std::optional<Duration> skew) {
  if (!skew) return;
  said_ = skew;
  if (std::chrono::abs(*skew) <= at_most) {
    believed_ = *skew;
    agreed_ = 0;
    return;
  }
  const bool same_side = agreed_ > 0 && (*skew > 0ms) == (candidate_ > 0ms);
  agreed_ = same_side ? std::min(agreed_ + 1, polls_to_believe) : 1;
  candidate_ = *skew;
  if (agreed_ == polls_to_believe) believed_ = *skew;
}

bool ProviderClock::in_doubt() const {
  const Duration said = said_.value_or(0ms);
  return said > at_most || (said < -at_most && agreed_ < polls_to_believe);
}

bool ProviderClock::fits(Duration skew) const {
  return std::chrono::abs(skew - believed_) <= at_most;
}

}  // namespace cpaas::engine
