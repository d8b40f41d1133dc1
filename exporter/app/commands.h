// The program's commands; each gives the exit status.
#pragma once

#include <ostream>

#include "exporter/app/command_line.h"

namespace cpaas::app {

// Of the configuration and, if there is one, of the web configuration. 0, or 1 if there is a problem, or with
// --strict a warning.
int check(const CommandLine& line, std::ostream& errors);
// 0, or 1 if a poll failed or the configuration is bad.
int once(const CommandLine& line, std::ostream& out, std::ostream& errors);
// 0, or 1 if anything is wrong. Leaves the state alone.
int doctor(const CommandLine& line, std::ostream& out);
// Writes what the providers answer into a folder that `once` can replay; 0, or 1 if a poll failed, the folder
// cannot be written, or the configuration is bad.
int record(const CommandLine& line, std::ostream& out, std::ostream& errors);
int print_catalogue(const CommandLine& line, std::ostream& out);
// Returns 0 when SIGTERM or SIGINT came; 1 if it cannot start or poll.
int serve(const CommandLine& line, std::ostream& errors);

}  // namespace cpaas::app
