#include "exporter/engine/provider_clock.h"

namespace cpaas::engine {
namespace {

using namespace std::chrono_literals;

constexpr Duration at_most = 24h;
constexpr Duration same = 1min;
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
  if (*skew > 0ms) return;
  agreed_ = agreed_ > 0 && std::chrono::abs(*skew - candidate_) <= same ? agreed_ + 1 : 1;
  candidate_ = *skew;
  if (agreed_ >= polls_to_believe) believed_ = *skew;
}

bool ProviderClock::far_ahead() const {
  return said_.value_or(0ms) > at_most;
}

bool ProviderClock::fits(Duration skew) const {
  return std::chrono::abs(skew - believed_) <= at_most && skew <= at_most;
}

}  // namespace cpaas::engine
