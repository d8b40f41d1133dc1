// Reads the parts of the file that are made of declared keys.
#pragma once

#include <vector>

#include "config/diagnostic.h"
#include "config/keys.h"
#include "exporter/core/collector.h"

namespace cpaas::config {

// "'name'", or "'prefix.name'" inside a section.
std::string quoted(std::string_view prefix, std::string_view name);

// Reports each key of `map` that is not among `allowed`.
void refuse_unknown_keys(const Node& map, std::string_view prefix, const std::vector<std::string>& allowed,
                         Problems& problems);

// False, and a problem, if `node` is not a map.
bool expect_map(const Node& node, std::string_view name, Problems& problems);

// Reads those `keys` that `map` has into `target`; a required one that it lacks is a problem.
template <class Target>
void read_keys(const Node& map, std::span<const Key<Target>> keys, std::string_view prefix, Target& target,
               Problems& problems) {
  for (const Key<Target>& key : keys) {
    const Node* node = map.find(key.name);
    if (node == nullptr) {
      if (key.required) problems.add(map, quoted(prefix, key.name) + " is missing");
    } else if (const auto value = read(key.rule, *node)) {
      key.set(target, *value);
    } else {
      problems.add(*node, quoted(prefix, key.name) + " must be " + describe(key.rule));
    }
  }
}

// The names of `keys`, appended to `names`.
template <class Target>
void add_names(std::span<const Key<Target>> keys, std::vector<std::string>& names) {
  for (const Key<Target>& key : keys) names.emplace_back(key.name);
}

// The names of all keys that `defaults` may hold; an account may hold these too.
std::vector<std::string> shared_names();

// The values of `defaults` or of an account that do not depend on the provider, except endpoints and
// connection.
void read_shared(const Node& map, Draft& draft, Problems& problems);

// The `endpoints` of `map`, if it has any; `known` are the names that it may use, `whose` is for diagnostics
// (" of acme").
void read_endpoints(const Node& map, const std::vector<std::string>& known, const std::string& whose,
                    Draft& draft, Problems& problems);

}  // namespace cpaas::config
