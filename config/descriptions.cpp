#include "config/descriptions.h"

#include <algorithm>

namespace cpaas::config {
namespace {

bool is_description(const std::string& name) {
  return !name.starts_with('.') && (name.ends_with(".yml") || name.ends_with(".yaml"));
}

// The file itself, or the descriptions in the folder.
std::vector<std::string> files_of(const std::string& path, const Environment& environment) {
  const auto names =
      environment.list_folder ? environment.list_folder(path) : std::optional<std::vector<std::string>>();
  if (!names) return {path};
  std::vector<std::string> files;
  for (const std::string& name : *names) {
    if (is_description(name)) files.push_back((std::filesystem::path(path) / name).string());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::vector<Diagnostic> read_descriptions(const Node& node, const std::filesystem::path& folder,
                                          const Environment& environment, Providers& providers,
                                          Problems& problems) {
  std::vector<Diagnostic> found;
  if (node.type != Node::Type::sequence) {
    problems.add(node, "'providers' must be a list of files and folders");
    return found;
  }
  for (const Node* each : node.values) {
    if (each->type != Node::Type::scalar || each->text.empty()) {
      problems.add(*each, "an element of 'providers' must be the name of a file or a folder");
      continue;
    }
    const auto files = files_of((folder / each->text).string(), environment);
    if (files.empty()) problems.warn(*each, "the folder has no description of a provider (*.yml, *.yaml)");
    for (const std::string& file : files) {
      const auto text = environment.read_file(file);
      if (!text) {
        problems.add(*each, "a description of a provider cannot be read: " + text.error());
        continue;
      }
      Problems in_file(file);
      const std::string note = providers.describe(*text, in_file);
      if (!note.empty()) problems.warn(*each, note);
      for (Diagnostic& problem : in_file.sorted()) found.push_back(std::move(problem));
    }
  }
  return found;
}

}  // namespace cpaas::config
