// A first configuration: asked for on a terminal, or from what the command line says.
#pragma once

#include <istream>
#include <ostream>

#include "exporter/app/command_line.h"

namespace cpaas::app {

struct Conversation {
  std::istream& in;
  std::ostream& out;
  // Somebody is there to be asked, in words; secrets are then read without showing them. Else only secrets
  // are read, one a line.
  bool is_terminal = false;
};

// Writes line.config_file with comments, and each secret that was read into a file of mode 600 beside it.
// True if that was done; else nothing was written, and `out` says why and what to do. What is there already
// is overwritten only with line.force.
bool init(const CommandLine& line, Conversation conversation);

}  // namespace cpaas::app
