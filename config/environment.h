// The outside world as the loader sees it; injected, so that tests own it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace cpaas::config {

struct Environment {
  // The content of a file, or why it cannot be read ("No such file or directory"), without its name.
  std::function<tl::expected<std::string, std::string>(const std::string& path)> read_file;
  // The value of an environment variable, if it is set.
  std::function<std::optional<std::string>(const std::string& name)> get_env;
  // The names of what is in a folder; nothing if `path` is no folder that can be read.
  std::function<std::optional<std::vector<std::string>>(const std::string& path)> list_folder{};
};

// The process's own files and variables. Files over 16 MiB are refused.
Environment system_environment();

}  // namespace cpaas::config
