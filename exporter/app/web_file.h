// The web configuration file, loaded again when it or a file that it names changes.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "exporter/adapters/own_metrics.h"
#include "exporter/adapters/web_guard.h"
#include "exporter/app/reloader.h"
#include "exporter/core/log.h"

namespace cpaas::app {

struct LoadedGuard {
  std::shared_ptr<const WebGuard> guard;  // null if there is a problem
  std::vector<std::string> problems;      // as "file:line:column: message"
};
// What the file at `path` says, certificates and all.
LoadedGuard load_guard(const std::string& path, const config::Environment& environment);

// Thread-safe.
class WebFile {
 public:
  // `file` empty: there is none, and nothing is done.
  WebFile(std::string file, OwnMetrics& own_metrics, Log log)
      : file_(std::move(file)), own_metrics_(own_metrics), log_(std::move(log)) {}

  // Reads it for the first time. Gives the problems, as above; none: guard() is what it says.
  std::vector<std::string> load();
  std::shared_ptr<const WebGuard> guard() const;

  // Reads it again, if it is `changed` or whatever it is; with a problem, which is logged, the guard stays.
  // Else gives the new one to `take_over`.
  void reload(const std::function<void(std::shared_ptr<const WebGuard>)>& take_over, bool only_if_changed);

 private:
  std::vector<std::string> read();

  std::string file_;
  OwnMetrics& own_metrics_;
  Log log_;
  mutable std::mutex mutex_;
  FilesRead files_;
  std::shared_ptr<const WebGuard> guard_;
};

}  // namespace cpaas::app
