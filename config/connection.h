// The `connection` of an account or of `defaults`.
#pragma once

#include <filesystem>

#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/keys.h"

namespace cpaas::config {

// Whether `text` is http://[user:password@]host:port and nothing more.
bool is_proxy_url(std::string_view text);

// Reads the connection of `map`, if it has one, over what `draft` has. A file that cannot be read is a
// problem. Relative files are looked for in `folder`.
void read_connection(const Node& map, const std::filesystem::path& folder, const Environment& environment,
                     Draft& draft, Problems& problems);

}  // namespace cpaas::config
