// `providers` of the configuration: files that describe providers, and folders of such files.
#pragma once

#include <filesystem>
#include <vector>

#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/providers.h"

namespace cpaas::config {

inline constexpr std::string_view providers_key = "providers";

// Has `providers` read what the list at `node` names. Gives what is wrong in those files; what is wrong with
// the list itself goes into `problems`.
std::vector<Diagnostic> read_descriptions(const Node& node, const std::filesystem::path& folder,
                                          const Environment& environment, Providers& providers,
                                          Problems& problems);

}  // namespace cpaas::config
