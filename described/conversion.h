// From what a provider writes to a number in a base unit.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "described/description.h"

namespace cpaas::described {

struct Converted {
  std::optional<double> value{};  // finite
  bool absent = false;            // the provider says that there is none; else, without a value, it is drift
};

// `currency`: of money in minor units, an ISO 4217 code; "" where there is none.
Converted convert(const nlohmann::json& value, const Conversion& conversion, std::string_view currency);

// The `part`-th word of `text`, from 1; the whole text for 0. Nothing if it has fewer.
std::optional<std::string_view> part_of(std::string_view text, std::size_t part);

}  // namespace cpaas::described
