// The project's own files, for the tests that check their conventions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cpaas::house {

struct SourceFile {
  std::string path;  // relative to the project's root, with /
  std::vector<std::string> lines;
};

// All text files of the project, sorted by path; without what git does not keep (build/, .git/, caches) and
// without pictures.
const std::vector<SourceFile>& project_files();

// Those of them whose path begins with one of `prefixes` and ends with one of `endings`.
std::vector<SourceFile> files_in(const std::vector<std::string_view>& prefixes,
                                 const std::vector<std::string_view>& endings);

// "path:line: text" of every line that `matches`, for messages of failed expectations.
template <class Predicate>
std::vector<std::string> lines_that(const std::vector<SourceFile>& files, Predicate matches) {
  std::vector<std::string> found;
  for (const SourceFile& file : files) {
    for (std::size_t line = 0; line < file.lines.size(); ++line) {
      if (matches(file.lines[line]))
        found.push_back(file.path + ":" + std::to_string(line + 1) + ": " + file.lines[line]);
    }
  }
  return found;
}

}  // namespace cpaas::house
