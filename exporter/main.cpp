// cpaas_exporter: usage, credits and limits of telephony providers for Prometheus.
#include <malloc.h>

#include <iostream>

#include "exporter/app/commands.h"

namespace {

// Before any thread is started: an arena for each would hold memory for nothing, and each small step in which
// an arena grows stops all threads for a moment.
void use_memory_sparingly() {
  constexpr int arenas = 2, step = 1 << 20;
  mallopt(M_ARENA_MAX, arenas);  // NOLINT(concurrency-mt-unsafe)
  mallopt(M_TOP_PAD, step);      // NOLINT(concurrency-mt-unsafe)
}

}  // namespace

int main(int argc, char** argv) {
  using namespace cpaas::app;
  use_memory_sparingly();
  const auto parsed = parse_command_line(argc, argv);
  if (const auto* exit = std::get_if<Exit>(&parsed)) return exit->status;
  const auto& line = std::get<CommandLine>(parsed);
  switch (line.action) {
    case Action::check:
      return check(line, std::cerr);
    case Action::once:
      return once(line, std::cout, std::cerr);
    case Action::catalogue:
      return print_catalogue(line, std::cout);
    case Action::serve:
      return serve(line, std::cerr);
  }
  return 2;
}
