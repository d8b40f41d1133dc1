#include "exporter/app/web_file.h"

#include "config/web_config.h"

namespace cpaas::app {

std::vector<std::string> WebFile::read() {
  files_ = FilesRead{};
  const auto loaded = config::load_web(file_, files_.environment(config::system_environment()));
  std::vector<std::string> problems;
  for (const config::Diagnostic& problem : loaded.problems) problems.push_back(to_string(problem));
  if (problems.empty()) {
    auto guard = make_guard(loaded.settings);
    if (guard) {
      guard_ = std::move(*guard);
    } else {
      problems.push_back(file_ + ":1:1: " + guard.error().message);
    }
  }
  own_metrics_.web_config_loaded(problems.empty());
  return problems;
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
