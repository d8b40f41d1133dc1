// cpaas_chaos: the proof behind ./dev chaos.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tests/end_to_end/chaos/chaos.h"

int main(int argc, char** argv) {
  using namespace cpaas::end_to_end;
  ChaosOptions options;
  CLI::App cli("Kills the exporter at random points and compares its counters with the sandbox's books.");
  cli.add_option("--kills", options.kills, "How many kills")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  cli.add_option("--seed", options.seed, "Of all chance")->capture_default_str();
  cli.add_flag("--prometheus", options.prometheus,
               "Let a Prometheus scrape, and compare the increases that it saw too");
  CLI11_PARSE(cli, argc, argv);
  Chaos chaos(options);
  const bool good = chaos.run();
  for (const std::string& finding : chaos.findings()) fmt::print("{}\n", finding);
  fmt::print("chaos, seed {}:\n{}", options.seed, chaos.tally().table());
  return good ? 0 : 1;
}
