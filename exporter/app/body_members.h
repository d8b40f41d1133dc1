// What the body of a request says, in the form in which recordings tell requests apart.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace cpaas::app {

// JSON pointers to what is no list or map, and what is there as text; of a body that is no JSON "" and
// itself. Empty where there is none.
std::map<std::string, std::string, std::less<>> body_members(const std::optional<std::string>& body);

}  // namespace cpaas::app
