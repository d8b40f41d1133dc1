// Reads an account's secrets, each from the file itself, another file or a variable.
#pragma once

#include <array>
#include <filesystem>
#include <string>

#include "config/diagnostic.h"
#include "config/environment.h"
#include "exporter/core/settings.h"

namespace cpaas::config {

// The three ways to give the secret `name`: NAME, NAME_file, NAME_env.
std::array<std::string, 3> secret_keys(std::string_view name);

// "'NAME', 'NAME_file' or 'NAME_env'"
std::string secret_choice(std::string_view name);

// What is odd about a key, which is one word of ASCII, and the cure: "has a blank in it; give the key alone".
// Empty if nothing is. Holds nothing of the key.
std::string doubt_of_key(std::string_view key);

// A secret's key, and the section that it stands in, if any.
struct SecretName {
  std::string_view name;
  std::string_view section{};
  bool is_key = false;  // one word of ASCII, so that anything else is worth a warning
};

// The secret `name` of `map`, without blanks, line breaks and a byte order mark at its ends; empty if it is
// not given or, with a problem added, not usable. Relative files are looked for in `folder`. No message holds
// any text of the file but the key.
Secret read_secret(SecretName name, const Node& map, const std::filesystem::path& folder,
                   const Environment& environment, Problems& problems);

}  // namespace cpaas::config
