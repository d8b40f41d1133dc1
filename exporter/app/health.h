// Whether an exporter that serves on this machine is well: for health checks of containers, which have no
// shell and no curl.
#pragma once

#include <ostream>

#include "exporter/app/command_line.h"

namespace cpaas::app {

// Asks it, at --web.health-address if that is given, else the first --web.listen-address, for /-/healthy, or
// with line.ready /-/ready. Only over plain HTTP. 0 if it answers 200 within 5 seconds; else 1, and why.
int health(const CommandLine& line, std::ostream& errors);

}  // namespace cpaas::app
