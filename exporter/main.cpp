// cpaas_exporter: usage, credits and limits of telephony providers for Prometheus.
#include <malloc.h>

#include <iostream>

#include "exporter/app/commands.h"

namespace {

// Before there are threads. One arena for all of them: one for each would hold memory for nothing, and grows
// page by page, each time with a system call that holds up the others. What is large is mapped by itself and
// given back when a poll is over: by default the bound between large and small rises with what is freed, and
// then pages and answers leave holes behind that are never given back.
void keep_memory_small() {
  constexpr int large = 128 << 10;
  constexpr int free_at_the_end = 1 << 20;
  mallopt(M_ARENA_MAX, 1);                     // NOLINT(concurrency-mt-unsafe): no thread yet
  mallopt(M_MMAP_THRESHOLD, large);            // NOLINT(concurrency-mt-unsafe)
  mallopt(M_TRIM_THRESHOLD, free_at_the_end);  // NOLINT(concurrency-mt-unsafe)
}

}  // namespace

int main(int argc, char** argv) {
  using namespace cpaas::app;
  keep_memory_small();
  const auto parsed = parse_command_line(argc, argv);
  if (const auto* exit = std::get_if<Exit>(&parsed)) return exit->status;
  const auto& line = std::get<CommandLine>(parsed);
  switch (line.action) {
    case Action::check:
      return check(line, std::cerr);
    case Action::once:
      return once(line, std::cout, std::cerr);
    case Action::doctor:
      return doctor(line, std::cout);
    case Action::record:
      return record(line, std::cout, std::cerr);
    case Action::catalogue:
      return print_catalogue(line, std::cout);
    case Action::serve:
      return serve(line, std::cerr);
    case Action::completion:
      break;  // parse_command_line() has done it
  }
  return 2;
}
