// The clocks of the machine.
#pragma once

#include "exporter/core/clock.h"

namespace cpaas {

class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
  SteadyPoint steady() const override;
};

}  // namespace cpaas
