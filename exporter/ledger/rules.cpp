#include "exporter/ledger/rules.h"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace cpaas::ledger {
namespace {

using namespace std::chrono_literals;

constexpr Micros small_count = 100 * micros_per_unit;  // calls, messages or seconds that never wait
constexpr Micros small_level = micros_per_unit / 10;   // of money or credits
constexpr Micros far_beyond = 20;                      // times the usual move
constexpr std::uint32_t answers_of_reset = 5;
constexpr Duration time_of_reset = 1h;

void note_move(Micros& usual, Micros move) {
  usual = std::max(magnitude(move), usual * 9 / 10);
}

// Out of proportion to what is there, or to what the series usually does and not small beside what is there.
bool out_of_proportion(Micros move, Micros at, Micros usual) {
  return 2 * move > at || (10 * move > at && usual > 0 && move > far_beyond * usual);
}

// --- totals

void count_up_to(Total& total, Micros value) {
  note_move(total.usual, value - total.at);
  total.shown += value - total.at;
  total.at = value;
}

bool plausible_growth(const Total& total, Micros value) {
  const Micros move = value - total.at;
  return move <= small_count || !out_of_proportion(move, total.at, total.usual);
}

// While a total is down: the steps of a comeback are no growth.
bool plausible_while_fallen(const Total& total, Micros from, Micros to) {
  const Micros move = to - from;
  return move <= small_count || move <= 5 * total.usual || move <= total.at / 10;
}

Verdict apply_fallen(Total& total, Micros value, TimePoint now) {
  total.held.reset();
  if (!total.fall) {
    total.fall = Total::Fall{value, value, 1, now};
    return {Correction::fell, true};
  }
  Total::Fall& fall = *total.fall;
  const bool lower = value < fall.last;
  const bool leap = !lower && !plausible_while_fallen(total, fall.last, value);
  if (lower || leap) {
    fall = {value, value, 1, now};
    return {};
  }
  fall.last = value;
  fall.since = std::min(fall.since, now);  // our clock may have been set back
  if (++fall.answers < answers_of_reset || now - fall.since < time_of_reset) return {};
  total.shown += fall.last - fall.first;
  total.at = fall.last;
  total.fall.reset();
  return {Correction::reset, false};
}

// --- levels

void move_level(LevelState& level, Micros& added, Micros to) {
  const Micros move = to - level.at;
  (move < 0 ? level.spent : added) += magnitude(move);
  if (move != 0) note_move(level.usual, move);
  level.at = to;
}

bool in_proportion(const LevelState& level, Micros to) {
  const Micros move = magnitude(to - level.at);
  return move <= small_level || (to != 0 && !out_of_proportion(move, magnitude(level.at), level.usual));
}

bool between(Micros value, Micros a, Micros b) {
  return std::min(a, b) <= value && value <= std::max(a, b);
}

// Takes over what `value` agrees to of the held move. Whether it agreed.
bool settle_held(LevelState& level, Micros& added, Micros value) {
  const Micros held = *level.held;
  level.held.reset();
  const Micros move = magnitude(held - level.at);
  if (10 * magnitude(value - level.at) <= move) return false;
  const bool beyond = 10 * magnitude(value - held) <= move || between(held, level.at, value);
  const bool topped_up = held < level.at && level.at < value;  // what came since says nothing of the fall
  if (!beyond && !topped_up && !between(value, level.at, held)) return false;
  move_level(level, added, beyond || topped_up ? held : value);
  return true;
}

// --- days

std::vector<DayAmount>::iterator place_of(std::vector<DayAmount>& days, Day day) {
  return std::ranges::lower_bound(days, day, {}, &DayAmount::day);
}

std::int64_t amount_of(std::vector<DayAmount>& days, Day day) {
  const auto at = place_of(days, day);
  return at == days.end() || at->day != day ? 0 : at->amount;
}

void set_amount(std::vector<DayAmount>& days, const DayAmount& value) {
  const auto at = place_of(days, value.day);
  if (at != days.end() && at->day == value.day) {
    if (value.amount == 0) {
      days.erase(at);
    } else {
      at->amount = value.amount;
    }
  } else if (value.amount != 0) {
    days.insert(at, value);
  }
}

std::int64_t largest(const std::vector<DayAmount>& days) {
  std::int64_t most = 0;
  for (const DayAmount& each : days) most = std::max(most, each.amount);
  return most;
}

// Lets a rise through that is plausible, or as far as a second answer agrees to it.
Verdict admit_rise(Days& days, DayAmount& value, std::int64_t known) {
  const std::int64_t held = amount_of(days.held, value.day);
  const std::int64_t agreed = std::max(known, std::min(held, value.amount));
  const Micros most = std::max(largest(days.days), agreed);
  const Micros move = static_cast<Micros>(value.amount) - agreed;
  if (move > small_count && move > 2 * most) {
    set_amount(days.held, value);
    value.amount = agreed;
    return {Correction::held, true, true};
  }
  set_amount(days.held, {value.day, 0});
  if (held > value.amount) return {Correction::taken_back, false, true};
  return {std::nullopt, false, true};
}

// The first answer was out of all proportion: it cannot be what was there before counting began. Only when
// two answers in a row say so: a single one may itself be the wrong one.
bool base_was_wrong(const Days& days, Day day, std::int64_t known, std::int64_t now) {
  return day == days.counted_from && days.shown == 0 && days.base < 0 && 2 * known < -days.base &&
         2 * now < -days.base;
}

// A second answer agrees to what was there before counting began: what it says later is a restatement.
bool base_was_right(const Days& days, const DayAmount& value) {
  return days.base < 0 && value.day == days.counted_from && 2 * value.amount >= -days.base;
}

}  // namespace

namespace {

Verdict follow(Total& total, Micros value, TimePoint now) {
  if (value < 0) return {Correction::refused, false};
  if (value < total.at) return apply_fallen(total, value, now);
  total.fall.reset();
  if (total.held) {
    const Micros held = *total.held;
    total.held.reset();
    count_up_to(total, std::min(held, value));
    if (value < held) return {Correction::taken_back, false};
  }
  if (plausible_growth(total, value)) {
    if (value != total.at) count_up_to(total, value);
    return {};
  }
  total.held = value;
  return {Correction::held, true};
}

}  // namespace

Verdict apply_total(Total& total, Micros value, TimePoint now) {
  const Total before = total;
  Verdict verdict = follow(total, value, now);
  verdict.changed = total != before;
  return verdict;
}

Verdict apply_level(LevelState& level, Micros& added, Micros value) {
  const LevelState before = level;
  const bool taken_back = level.held && !settle_held(level, added, value);
  if (in_proportion(level, value)) {
    move_level(level, added, value);
    return {taken_back ? std::optional(Correction::taken_back) : std::nullopt, false, level != before};
  }
  level.held = value;
  return {taken_back ? Correction::taken_back : Correction::held, true, true};
}

void begin_days(Days& days, Day counted_from, std::int64_t base) {
  days.counted_from = counted_from;
  days.kept_from = counted_from;
  days.base = -base;
  days.folded += -base;
  set_amount(days.days, {counted_from, base});
}

Verdict apply_day(Days& days, const DayAmount& given, const DayTerms& terms) {
  DayAmount value = given;
  if (value.amount < 0 || value.day > terms.today + std::chrono::days{1}) return {Correction::refused};
  if (value.day < days.kept_from) return {};
  const std::int64_t known = amount_of(days.days, value.day);
  const bool was_held = amount_of(days.held, value.day) > 0;
  const bool wrong_base = base_was_wrong(days, value.day, known, value.amount);
  if (wrong_base) {
    days.folded += -days.base - known;
    days.base = -known;
  }
  const bool right_base = base_was_right(days, value);
  if (right_base) days.base = 0;
  Verdict verdict{std::nullopt, false, was_held || wrong_base || right_base || value.amount != known};
  if (value.amount > known) {
    verdict = admit_rise(days, value, known);
  } else if (value.amount < known && terms.partial) {
    return {};
  } else {
    set_amount(days.held, {value.day, 0});
    if (was_held) verdict.correction = Correction::taken_back;
    if (value.amount < known) verdict.correction = Correction::restated;
  }
  if (wrong_base) verdict.correction = Correction::taken_back;
  set_amount(days.days, value);
  return verdict;
}

bool show_days(Days& days) {
  const Micros sum =
      std::accumulate(days.days.begin(), days.days.end(), days.folded,
                      [](Micros so_far, const DayAmount& each) { return so_far + each.amount; });
  if (sum <= days.shown) return false;
  days.shown = sum;
  return true;
}

bool fold_days(Days& days, Day keep_from) {
  if (keep_from <= days.kept_from) return false;
  const auto end = place_of(days.days, keep_from);
  for (auto at = days.days.begin(); at != end; ++at) days.folded += at->amount;
  days.days.erase(days.days.begin(), end);
  std::erase_if(days.held, [&](const DayAmount& each) { return each.day < keep_from; });
  days.kept_from = keep_from;
  return true;
}

}  // namespace cpaas::ledger
