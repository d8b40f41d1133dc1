// How a counter follows what a provider says: all-time totals, values by day, levels. Pure. The rule behind
// all of them: one wrong answer moves nothing. A move out of all proportion is held until a second answer
// agrees to it, and then only as far as both agree.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "exporter/core/calendar.h"
#include "exporter/ledger/amount.h"
#include "exporter/ledger/correction.h"

namespace cpaas::ledger {

// What came of one value.
struct Verdict {
  std::optional<Correction> correction{};
  bool ask_again = false;  // within a minute: a move is held
  bool changed = false;    // what is known of the series
};

// --- an all-time total of the provider

struct Total {
  // A total that is less than it was: a wrong answer until it has stayed for some time.
  struct Fall {
    Micros first;  // the lower total, and what it has grown to
    Micros last;
    std::uint32_t answers;
    TimePoint since;
    friend bool operator==(const Fall&, const Fall&) = default;
  };
  Micros shown = 0;              // the counter; never falls
  Micros at = 0;                 // the total that is counted
  Micros usual = 0;              // how much it lately grew at once
  std::optional<Micros> held{};  // a total that waits for a second answer
  std::optional<Fall> fall{};
  friend bool operator==(const Total&, const Total&) = default;
};

// A total that falls stands still; what brings it back to where it was, in however many steps, counts
// nothing. After five answers and an hour below it is a reset, and what grew meanwhile counts.
Verdict apply_total(Total& total, Micros value, TimePoint now);

// --- a level: a balance, credits, a wallet

struct LevelState {
  Micros spent = 0;              // falls, summed; never falls
  Micros at = 0;                 // the level that is counted
  Micros usual = 0;              // how far it lately moved at once
  std::optional<Micros> held{};  // a level that waits for a second answer
  friend bool operator==(const LevelState&, const LevelState&) = default;
};

// Adds falls to `level.spent` and rises to `added`. Out of proportion are moves to zero, by more than half of
// the level, or far beyond what the series does.
Verdict apply_level(LevelState& level, Micros& added, Micros value);

// --- values by day

struct DayAmount {
  Day day;
  std::int64_t amount;  // in millionths: at most 9e12 units
  friend bool operator==(const DayAmount&, const DayAmount&) = default;
};

struct Days {
  Micros shown = 0;   // the counter; never falls
  Micros folded = 0;  // of days that are not kept any more, less what was there before counting began
  // Of counted_from, what was there before counting began, until a second answer agrees to it: part of
  // `folded`, negative.
  Micros base = 0;
  Day counted_from{};
  Day kept_from{};                // earlier days are folded
  std::vector<DayAmount> days{};  // in order; no zeros
  std::vector<DayAmount> held{};  // values that wait for a second answer
  friend bool operator==(const Days&, const Days&) = default;
};

// How a day's value is to be taken.
struct DayTerms {
  Day today;             // by the provider's calendar; days after tomorrow are refused
  bool partial = false;  // the answer's oldest day, which a sliding window may have cut: never taken downward
};

// Takes over a day's value; call show_days() after the last value of an answer, since an answer may move
// units from one day to another. Days before counted_from are history and count nothing.
Verdict apply_day(Days& days, const DayAmount& value, const DayTerms& terms);

// Counting begins on `counted_from`, of which the first answer says `base`.
void begin_days(Days& days, Day counted_from, std::int64_t base);

// Brings the counter up to the sum of the days. Whether it moved.
bool show_days(Days& days);

// Forgets days before `keep_from`, keeping their sum. Whether there were any.
bool fold_days(Days& days, Day keep_from);

}  // namespace cpaas::ledger
