// cpaas_exporter: usage, credits and limits of telephony providers for Prometheus.
#include <malloc.h>
#include <unistd.h>

#include <iostream>

#include "exporter/app/commands.h"
#include "exporter/app/health.h"
#include "exporter/app/init.h"

int main(int argc, char** argv) {
  using namespace cpaas::app;
  // One for all threads: an arena for each would hold memory for nothing, and grows page by page, each time
  // with a system call that holds up the others.
  mallopt(M_ARENA_MAX, 1);  // NOLINT(concurrency-mt-unsafe): no thread yet
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
    case Action::init:
      if (!init(line, {std::cin, std::cout, isatty(STDIN_FILENO) == 1})) return 1;
      return line.no_doctor ? 0 : doctor(line, std::cout);
    case Action::health:
      return health(line, std::cerr);
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
