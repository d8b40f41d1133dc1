// cpaas_soak: the proof behind ./dev soak.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tests/end_to_end/soak/soak.h"

namespace {

bool soak(const cpaas::end_to_end::SoakOptions& options) {
  cpaas::end_to_end::Soak soak(options);
  const bool good = soak.run();
  for (const std::string& finding : soak.findings()) fmt::print("{}\n", finding);
  fmt::print("soak, seed {}:\n{}", options.seed, soak.tally().table());
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  cpaas::end_to_end::SoakOptions options;
  CLI::App cli(
      "Runs the engine through days in driven time and compares its counters with the sandbox's books.");
  cli.add_option("--days", options.days, "How many days")->check(CLI::Range(2, 400))->capture_default_str();
  cli.add_option("--seed", options.seed, "Of all chance")->capture_default_str();
  CLI11_PARSE(cli, argc, argv);
  return soak(options) ? 0 : 1;
}
