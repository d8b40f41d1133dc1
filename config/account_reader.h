// One entry of `accounts`, read and checked.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/keys.h"

namespace cpaas::config {

// What reading an account needs to know beside its node.
struct Context {
  std::vector<CollectorRef> collectors;     // that the accounts use, and all built-in ones
  std::vector<std::string> provider_names;  // of these, and of all others
  bool names_incomplete;                    // since a description could not be read
  const Environment& environment;
  std::filesystem::path folder;  // of the configuration file
  const Node* defaults;          // null if there are none
  Problems& problems;
};

// The account that `node` describes, on top of `defaults` as read by read_defaults(). Complete only if no
// problem was added.
Account read_account(const Node& node, const Draft& defaults, const Context& context);

// The declared defaults, and over them those that the file gives.
Draft read_defaults(const Context& context);

}  // namespace cpaas::config
