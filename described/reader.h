// Reads a description: strict, and everything that is wrong at once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostic.h"
#include "described/description.h"
#include "described/family_pool.h"

namespace cpaas::described {

struct ReadDescription {
  Description description{};  // complete only if no problem was added
  FamilyPool::Declared declared{};
};

// Never throws. Families that it declares are added to `families`.
ReadDescription read_description(std::string_view text, FamilyPool& families, config::Problems& problems);

}  // namespace cpaas::described
