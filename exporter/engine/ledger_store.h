// Where the ledger is kept between runs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exporter/core/calendar.h"
#include "exporter/core/result.h"

namespace cpaas::engine {

// Amounts in the ledger are whole millionths of the metric's unit: sums of money stay exact.
using Micros = std::int64_t;

// What the ledger knows of one series.
struct LedgerRecord {
  Micros shown = 0;              // the counter as last exposed; never falls
  Micros base = 0;               // what `shown` holds beyond the days below, or beyond `last`
  std::optional<Micros> last{};  // the level or all-time total last seen
  std::optional<Micros> peak{};  // of an all-time total that fell: what it fell from, until it grows
  TimePoint created{};           // since when the counter counts; the epoch where only the provider knows
  std::map<Day, Micros> days{};  // for counters made of days: the last value of each
  friend bool operator==(const LedgerRecord&, const LedgerRecord&) = default;
};

// One series: an account's endpoint, a metric name and label values, joined by NULs.
using SeriesKey = std::string;

// Durable records. Not thread-safe. What was saved is there after any crash of the process.
class LedgerStore {
 public:
  virtual ~LedgerStore() = default;

  using Records = std::map<SeriesKey, LedgerRecord>;

  // Every record of the account.
  virtual Result<Records> load(const std::string& account) = 0;
  // Replaces the given records, all or none. Records that are not given stay.
  virtual Result<void> save(const std::string& account, const Records& changed) = 0;
};

}  // namespace cpaas::engine
