#include "exporter/app/reloader.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "collectors/registry.h"
#include "config/config.h"

namespace cpaas::app {

std::vector<std::string> Reloader::reload() {
  const std::lock_guard lock(mutex_);
  auto loaded = config::load(world_.file, collectors(), config::system_environment());
  std::vector<std::string> problems;
  for (const config::Diagnostic& problem : loaded.problems) problems.push_back(to_string(problem));
  world_.own_metrics.config_loaded(problems.empty(), world_.clock.now());
  for (const std::string& problem : problems) {
    world_.log(LogLevel::error, "the configuration was not reloaded", {{"error", problem}});
  }
  if (problems.empty()) {
    world_.log(LogLevel::info, "configuration reloaded",
               {{"accounts", std::to_string(loaded.config.accounts.size())}});
    world_.take_over(std::move(loaded.config.accounts));
  }
  return problems;
}

FileWatch::FileWatch(std::string path) : path_(std::move(path)), last_(fingerprint()) {}

std::string FileWatch::fingerprint() const {
  struct stat status {};
  if (stat(path_.c_str(), &status) != 0) return {};
  return fmt::format("{} {} {} {}.{}", status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec);
}

bool FileWatch::changed() {
  const std::string now = fingerprint();
  if (now == last_) return false;
  last_ = now;
  return true;
}

}  // namespace cpaas::app
