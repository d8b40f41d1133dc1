// JSON documents as libjq's values, and back.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "described/jq_library.h"

namespace cpaas::described {

// Whole numbers that a double cannot hold become texts: libjq 1.6 would round them, 1.7 at the first
// arithmetic. The caller frees what it gets.
jv to_jq(const JqLibrary& jq, const nlohmann::json& value);

// Takes `value`. Numbers without a fraction are whole ones, as a label shows them; those that are not finite
// are null. Takes the values that it gives off `budget`: nothing if there are more, or they are nested too
// deeply.
std::optional<nlohmann::json> from_jq(const JqLibrary& jq, jv value, std::size_t& budget);

}  // namespace cpaas::described
