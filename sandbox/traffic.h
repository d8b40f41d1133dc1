// How much happens when: the daily and weekly rhythm, and an hour's plan from which any minutes can be taken.
#pragma once

#include <cstdint>
#include <vector>

#include "sandbox/ledger.h"
#include "sandbox/random.h"
#include "sandbox/time.h"

namespace sandbox {

// Share (0-1) of the peak traffic in the hour that begins at `hour`, for people who live `utc_offset` hours
// east.
double rhythm(Minute hour, int utc_offset);

// How hard an entity is driven. `factor` multiplies its traffic (0 stops it); `steady` keeps the peak rate
// day and night, as automated abuse does.
struct Drive {
  double factor = 1;
  bool steady = false;
  double level(Minute hour, int utc_offset) const {
    return factor * (steady ? 1.0 : rhythm(hour, utc_offset));
  }
};

// The events of one hour, spread evenly over its minutes. Cutting the hour into pieces gives the same sum.
class Plan {
 public:
  // `count` events in the counter `counter`. Each brings its share of `amount` units to `amount_counter` (a
  // call its seconds), `unit` per step.
  struct Item {
    std::size_t counter = 0;
    std::int64_t count = 0;
    std::size_t amount_counter = kRowWidth;
    std::int64_t amount = 0;
    std::int64_t unit = 1;
  };
  void clear() { items_.clear(); }
  void add(Draw& draw, const Item& item);
  // What happens from minute `from` up to, not including, minute `to` of the hour (0-60).
  Row between(int from, int to) const;

 private:
  struct Spread {
    Item item;
    std::int64_t phase;
  };
  std::vector<Spread> items_;
};

// Plans `count` answered calls of about `seconds` each (a multiple of 6) and their seconds.
void plan_calls(Plan& plan, Draw& draw, std::size_t counter, std::size_t seconds_counter, std::int64_t count,
                double seconds);

}  // namespace sandbox
