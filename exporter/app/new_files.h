// Files that are written once and whole, with a mode of their own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cpaas::app {

struct NewFile {
  std::filesystem::path path;
  std::string text;
  mode_t mode;  // before the umask
};

// Writes them all, or none: then the result says what failed, with its cause. One that is there already
// fails, unless `overwrite`; then it is replaced whole, whatever its mode was. They belong to the user
// `owner` and its group; empty: to who runs this.
std::optional<std::string> write_files(const std::vector<NewFile>& files, bool overwrite,
                                       const std::string& owner);

}  // namespace cpaas::app
