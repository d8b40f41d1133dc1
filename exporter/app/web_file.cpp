#include "exporter/app/web_file.h"

#include "config/web_config.h"

namespace cpaas::app {

LoadedGuard load_guard(const std::string& path, const config::Environment& environment) {
  const auto loaded = config::load_web(path, environment);
  LoadedGuard result;
  for (const config::Diagnostic& problem : loaded.problems) result.problems.push_back(to_string(problem));
  if (!result.problems.empty()) return result;
  auto guard = make_guard(loaded.settings);
  if (guard) {
    result.guard = std::move(*guard);
  } else {
    result.problems.push_back(path + ":1:1: " + guard.error().message);
  }
  return result;
}

std::vector<std::string> WebFile::read() {
  files_ = FilesRead{};
  auto loaded = load_guard(file_, files_.environment(config::system_environment()));
  if (loaded.problems.empty()) guard_ = std::move(loaded.guard);
  own_metrics_.web_config_loaded(loaded.problems.empty());
  return loaded.problems;
}

std::vector<std::string> WebFile::load() {
  const std::lock_guard lock(mutex_);
  return file_.empty() ? std::vector<std::string>{} : read();
}

std::shared_ptr<const WebGuard> WebFile::guard() const {
  const std::lock_guard lock(mutex_);
  return guard_;
}

void WebFile::reload(const std::function<void(std::shared_ptr<const WebGuard>)>& take_over,
                     bool only_if_changed) {
  const std::lock_guard lock(mutex_);
  if (file_.empty()) return;
  if (only_if_changed && !files_.configuration_changed() && !files_.others_changed()) return;
  const auto problems = read();
  for (const std::string& problem : problems) {
    log_(LogLevel::error, "the web configuration was not reloaded", {{"error", problem}});
  }
  if (!problems.empty()) return;
  log_(LogLevel::info, "web configuration reloaded", {});
  take_over(guard_);
}

}  // namespace cpaas::app
