#include "exporter/app/reloader.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

namespace cpaas::app {
namespace {

// Of what the path leads to; empty if there is nothing.
std::string fingerprint(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
  return fmt::format("{} {} {} {}.{} {}.{}", status.st_dev, status.st_ino, status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                     status.st_ctim.tv_nsec);
}

// The names of what could be a description: others may come and go, as journals of a database do.
std::string listing(const std::optional<std::vector<std::string>>& names) {
  std::vector<std::string> shown;
  for (const std::string& name : names.value_or(std::vector<std::string>())) {
    const bool counts = !name.starts_with('.') && (name.ends_with(".yml") || name.ends_with(".yaml"));
    if (counts) shown.push_back(name);
  }
  std::ranges::sort(shown);
  std::string text;
  for (const std::string& name : shown) text.append(name).append("/");
  return text;
}

std::vector<std::string> lines(const std::vector<config::Diagnostic>& problems) {
  std::vector<std::string> result;
  for (const config::Diagnostic& problem : problems) result.push_back(to_string(problem));
  return result;
}

}  // namespace

config::Environment FilesRead::environment(config::Environment world) {
  config::Environment remembering = world;
  remembering.read_file = [this, read = std::move(world.read_file)](const std::string& path) {
    const bool is_first = first_.empty();
    if (is_first) first_ = path;
    fingerprints_.insert_or_assign(path, fingerprint(path));  // before, so that no change is missed
    auto content = read(path);
    if (is_first && content) text_ = *content;
    return content;
  };
  list_ = world.list_folder;
  remembering.list_folder = [this, list = std::move(world.list_folder)](const std::string& path) {
    auto names = list ? list(path) : std::optional<std::vector<std::string>>();
    if (names) folders_.insert_or_assign(path, listing(names));
    return names;
  };
  return remembering;
}

bool FilesRead::configuration_changed() const {
  const auto found = fingerprints_.find(first_);
  return found != fingerprints_.end() && found->second != fingerprint(first_);
}

bool FilesRead::folders_changed() const {
  return std::ranges::any_of(folders_,
                             [&](const auto& each) { return each.second != listing(list_(each.first)); });
}

bool FilesRead::others_changed() const {
  return std::ranges::any_of(fingerprints_, [&](const auto& each) {
    return each.first != first_ && each.second != fingerprint(each.first);
  });
}

std::vector<std::string> Reloader::reload() {
  const std::lock_guard lock(mutex_);
  FilesRead files;
  auto loaded = config::load(world_.file, world_.providers, files.environment(config::system_environment()));
  tried_ = std::move(files);
  std::vector<std::string> problems = lines(loaded.problems);
  world_.own_metrics.config_loaded(problems.empty(), world_.clock.now());
  for (const std::string& problem : problems) {
    world_.log(LogLevel::error, "the configuration was not reloaded", {{"error", problem}});
  }
  if (problems.empty()) {
    running_ = tried_;
    world_.log(LogLevel::info, "configuration reloaded",
               {{"accounts", std::to_string(loaded.config.accounts.size())}});
    world_.take_over(std::move(loaded.config.accounts));
  }
  return problems;
}

bool Reloader::files_changed() const {
  const std::lock_guard lock(mutex_);
  return tried_.configuration_changed() || tried_.others_changed() || tried_.folders_changed();
}

void Reloader::read_secrets() {
  const std::lock_guard lock(mutex_);
  constexpr std::chrono::minutes pause{1};
  const SteadyPoint now = world_.clock.steady();
  if ((secrets_read_ && now < *secrets_read_ + pause) || !running_.others_changed()) return;
  auto loaded = config::parse(running_.text(), world_.file, world_.providers,
                              running_.environment(config::system_environment()));
  for (const std::string& problem : lines(loaded.problems)) {
    world_.log(LogLevel::error, "the secrets were not read again", {{"error", problem}});
  }
  if (!loaded.problems.empty()) return;
  secrets_read_ = now;
  world_.log(LogLevel::info, "credentials were refused and files changed: the secrets were read again", {});
  world_.take_over(std::move(loaded.config.accounts));
}

}  // namespace cpaas::app
