// The program's commands; each gives the exit status.
#pragma once

#include <ostream>

#include "exporter/app/command_line.h"

namespace cpaas::app {

int check(const CommandLine& line, std::ostream& errors);
int once(const CommandLine& line, std::ostream& out, std::ostream& errors);
int print_catalogue(const CommandLine& line, std::ostream& out);
// Returns when SIGTERM or SIGINT came.
int serve(const CommandLine& line, std::ostream& errors);

}  // namespace cpaas::app
