// Keeps a line of the log that could come often, from whoever makes it so, to one a minute.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

#include "exporter/core/clock.h"

namespace cpaas {

// Not thread-safe.
class LogPace {
 public:
  // How many lines were left out since the last one; nothing if this one is to be left out too.
  std::optional<std::size_t> pass(SteadyPoint now) {
    if (last_ && now < *last_ + std::chrono::minutes{1}) {
      ++left_out_;
      return std::nullopt;
    }
    last_ = now;
    return std::exchange(left_out_, 0);
  }

 private:
  std::optional<SteadyPoint> last_;
  std::size_t left_out_ = 0;
};

}  // namespace cpaas
