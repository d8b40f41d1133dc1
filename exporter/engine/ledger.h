// Counters made of what providers report: days, levels and all-time totals that may fall. Pure arithmetic on
// records.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/collector.h"
#include "exporter/engine/ledger_store.h"

namespace cpaas::engine {

// Takes over a day's last value. The counter is the sum of all days, and never falls: when days were
// corrected downward it stands still until growth has made up for it. Gives whether the provider corrected a
// value downward. A day that was forgotten keeps its value.
bool apply_day(LedgerRecord& record, Day day, double value);

// Forgets days before `keep_from`, keeping their sum.
void fold_days(LedgerRecord& record, Day keep_from);

// Takes over an all-time total. When it falls, the counter holds its value and goes on from there with what
// is counted after the fall; unless the next growth brings the total back to where it fell from: then the
// fall was a wrong response, and only what is beyond counts. Gives whether it fell.
bool apply_total(LedgerRecord& record, double total);

// Takes over a balance: a fall is counted into `spent`, a rise into `added` (may be null). The first balance
// counts as nothing.
void apply_level(LedgerRecord& spent, LedgerRecord* added, double level);

// The ledger of one account. Not thread-safe.
class Ledger {
 public:
  explicit Ledger(std::string account) : account_(std::move(account)) {}

  struct Applied {
    std::vector<Sample> counters;   // one for each counter of the page: to be exposed
    std::uint64_t corrections = 0;  // values that the provider took back
  };

  // Of `store`, all calls must name the same one; it is read at the first. Takes over the counters, days and
  // levels of a good poll, and saves them. Counter samples are taken out of `page.samples`. On an error
  // (reason internal) nothing was taken over, and the counters exposed before are still right.
  Result<Applied> apply(LedgerStore& store, std::string_view endpoint, Page& page, TimePoint now);

  // The latest day that the endpoint gave values for; nothing if none. Of `store` as apply().
  Result<std::optional<Day>> last_day(LedgerStore& store, std::string_view endpoint);

 private:
  Result<void> load_once(LedgerStore& store);

  std::string account_;
  bool loaded_ = false;
  LedgerStore::Records records_;
};

}  // namespace cpaas::engine
