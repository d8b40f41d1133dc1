// A provider and an operator made up at random, and the truth about what was used; the ledger between them
// must show it. Everything follows from the steps, so that a failing run can be repeated and made shorter.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cpaas::ledger::model {

// What happens next. `kind` and the arguments are taken modulo what there is.
struct Step {
  std::uint32_t kind;
  std::uint32_t a;
  std::uint32_t b;
};

struct Failure {
  std::size_t step;  // after which it was seen
  std::string what;
};

// Figures of a run, summed over runs.
struct Tally {
  std::uint64_t steps = 0;
  std::uint64_t polls = 0;
  std::uint64_t wrong_answers = 0;
  std::uint64_t restarts = 0;
  std::uint64_t kills = 0;  // restarts that lose what was not durable
  std::uint64_t lost_states = 0;
  std::uint64_t comparisons = 0;
};

std::vector<Step> steps_of(std::uint64_t seed, std::size_t count);

// Plays the steps, then lets the provider be quiet until everything is settled. The first violation: a
// counter fell, counted what nobody used, or has not counted in the end what was.
std::optional<Failure> play(std::span<const Step> steps, Tally& tally);

// As few of the steps as still fail.
std::vector<Step> shrink(std::vector<Step> steps);

// One step in words.
std::string describe(const Step& step);

}  // namespace cpaas::ledger::model
