// The text of a jq program before libjq sees it, and where in it libjq's messages point.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "described/jq_program.h"

namespace cpaas::described {

// Calls of what a description's programs do not have: other inputs, the environment, the process, and what
// differs between versions of libjq.
std::vector<JqMistake> find_refused(std::string_view program);

// The program as it is compiled. It takes [document, now] and has the refused functions replaced, so that
// none is reached in a way that find_refused() does not see.
std::string wrapped(std::string_view program);

// What libjq says of wrapped(program), one message for each mistake.
JqMistake mistake_of(std::string_view program, std::string_view message);

}  // namespace cpaas::described
