// What is served at which path.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "exporter/adapters/own_metrics.h"
#include "exporter/adapters/web_server.h"
#include "exporter/core/log.h"
#include "exporter/exposition/page.h"

namespace cpaas::app {

// Holds the newest snapshot. Thread-safe.
class LatestSnapshot {
 public:
  void set(std::shared_ptr<const exposition::Snapshot> snapshot);
  std::shared_ptr<const exposition::Snapshot> get() const;  // waits for the first
  bool is_set() const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable first_;
  std::shared_ptr<const exposition::Snapshot> snapshot_;
};

struct PageSources {
  std::string telemetry_path;
  const LatestSnapshot& snapshot;
  std::function<bool()> ready;
  std::function<std::vector<std::string>()> reload;  // gives the problems; see Reloader
  std::function<void(LogLevel)> set_log_level;
  bool lifecycle_allowed = false;  // reloads, and another log level, by request
  OwnMetrics& own_metrics;
};

// Answers GET and HEAD of the telemetry path, /, /-/healthy and /-/ready, and, where that is allowed, POST of
// /-/reload and PUT of /-/log-level with level=NAME in its query or body, unless a browser's page of another
// site sends it; 404 elsewhere. Causes no request to any provider. `sources` must outlive the handler, which
// may be called from several threads at once.
WebHandler make_pages(const PageSources& sources);

// Whether the answer may take long: a reload, metrics before the first snapshot, and a large page that has to
// be made of its compressed pieces. As make_pages().
std::function<bool(const WebRequest&)> slow_pages(const PageSources& sources);

}  // namespace cpaas::app
