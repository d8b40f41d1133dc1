#include "tests/house/source_tree.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

namespace cpaas::house {
namespace {

namespace fs = std::filesystem;

bool kept_by_git(const fs::path& path) {
  static constexpr std::array skipped{"build", ".git", ".cache", "node_modules"};
  return std::ranges::find(skipped, path.filename().string()) == skipped.end();
}

bool is_text(const fs::path& path) {
  static constexpr std::array pictures{".png", ".gif", ".ico", ".webp"};
  return std::ranges::find(pictures, path.extension().string()) == pictures.end();
}

SourceFile read(const fs::path& file) {
  SourceFile source{file.lexically_relative(CPAAS_SOURCE_DIR).generic_string(), {}};
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) source.lines.push_back(line);
  return source;
}

std::vector<SourceFile> read_project() {
  std::vector<SourceFile> sources;
  for (auto entry = fs::recursive_directory_iterator(CPAAS_SOURCE_DIR); entry != fs::end(entry); ++entry) {
    if (!kept_by_git(entry->path())) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && is_text(entry->path())) {
      sources.push_back(read(entry->path()));
    }
  }
  std::ranges::sort(sources, {}, &SourceFile::path);
  return sources;
}

}  // namespace

const std::vector<SourceFile>& project_files() {
  static const std::vector<SourceFile> files = read_project();
  return files;
}

std::vector<SourceFile> files_in(const std::vector<std::string_view>& prefixes,
                                 const std::vector<std::string_view>& endings) {
  std::vector<SourceFile> chosen;
  std::ranges::copy_if(project_files(), std::back_inserter(chosen), [&](const SourceFile& file) {
    return std::ranges::any_of(prefixes,
                               [&](std::string_view prefix) { return file.path.starts_with(prefix); }) &&
           std::ranges::any_of(endings, [&](std::string_view ending) { return file.path.ends_with(ending); });
  });
  return chosen;
}

}  // namespace cpaas::house
