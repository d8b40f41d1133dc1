// cpaas_exporter: usage, credits and limits of telephony providers for Prometheus.
#include <unistd.h>

#include <iostream>

#include "exporter/app/commands.h"
#include "exporter/app/health.h"
#include "exporter/app/init.h"

// jemalloc's: one arena for all threads, since each would hold memory for nothing; what is free is given back
// within a second, also when nothing is polled.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "narenas:1,background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0";
}

int main(int argc, char** argv) {
  using namespace cpaas::app;
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
