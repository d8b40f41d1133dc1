// Completion of the command line, for shells: from the options as they are declared.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <string>
#include <string_view>

namespace cpaas::app {

inline constexpr std::array<std::string_view, 3> completed_shells{"bash", "zsh", "fish"};

// A script that completes `cli` in the shell, which is one of completed_shells: commands, the options of
// each, and values where there are only a few, or files.
std::string completion(std::string_view shell, const CLI::App& cli);

}  // namespace cpaas::app
