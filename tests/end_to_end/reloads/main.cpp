// cpaas_reloads: the proof behind ./dev reloads.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "tests/end_to_end/reloads/reloads.h"

int main(int argc, char** argv) {
  using namespace cpaas::end_to_end;
  int duration = 60;
  CLI::App cli("Reloads the configuration 10 times a second under scrapes and compares page with page.");
  cli.add_option("--seconds", duration, "How long")->check(CLI::Range(1, 3600))->capture_default_str();
  CLI11_PARSE(cli, argc, argv);
  Reloads reloads{seconds(duration)};
  const bool good = reloads.run();
  for (const std::string& finding : reloads.findings()) fmt::print("{}\n", finding);
  fmt::print("reloads:\n{}", reloads.tally().table());
  return good ? 0 : 1;
}
