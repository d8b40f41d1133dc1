// cpaas_ledger_model: the proof behind ./dev model.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tests/ledger/model/model.h"

#include <cstdint>

namespace {

using namespace cpaas::ledger::model;

void print(const Tally& tally) {
  fmt::print(
      "  {:>12} steps\n  {:>12} polls\n  {:>12} wrong answers\n  {:>12} restarts\n  {:>12} kills\n"
      "  {:>12} lost states\n  {:>12} comparisons\n",
      tally.steps, tally.polls, tally.wrong_answers, tally.restarts, tally.kills, tally.lost_states,
      tally.comparisons);
}

void report(std::uint64_t seed, const std::vector<Step>& steps, const Failure& failure) {
  fmt::print("seed {}: after step {}: {}\n", seed, failure.step, failure.what);
  const auto fewest = shrink(steps);
  Tally ignored;
  const auto shortest = play(fewest, ignored);
  fmt::print("as few as {} steps fail, with: {}\n", fewest.size(), shortest ? shortest->what : "");
  for (const Step& step : fewest) fmt::print("  {}\n", describe(step));
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 1;
  std::uint64_t runs = 4000;
  std::size_t steps = 250;
  CLI::App cli("Plays a provider and an operator made up at random against the ledger.");
  cli.add_option("--seed", seed, "Of the first run; each has the next")->capture_default_str();
  cli.add_option("--runs", runs, "How many worlds")->capture_default_str();
  cli.add_option("--steps", steps, "Of each")->capture_default_str();
  CLI11_PARSE(cli, argc, argv);
  Tally tally;
  for (std::uint64_t i = 0; i < runs; ++i) {
    const auto taken = steps_of(seed + i, steps);
    if (const auto failure = play(taken, tally)) {
      report(seed + i, taken, *failure);
      return 1;
    }
  }
  fmt::print("model, seeds {} to {}:\n", seed, seed + runs - 1);
  print(tally);
  return 0;
}
