// The configuration, loaded again while the program runs.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "exporter/adapters/own_metrics.h"
#include "exporter/core/account.h"
#include "exporter/core/clock.h"
#include "exporter/core/log.h"

namespace cpaas::app {

// The one path of every reload, whatever asked for it. Thread-safe; reloads run one after the other.
class Reloader {
 public:
  struct World {
    std::string file;
    const Clock& clock;
    OwnMetrics& own_metrics;
    Log log;
    std::function<void(std::vector<Account>)> take_over;
  };

  explicit Reloader(World world) : world_(std::move(world)) {}

  // Reads the file and every secret that it names. Gives the problems, as "file:line:column: message"; with
  // any, what runs goes on unchanged.
  std::vector<std::string> reload();

 private:
  World world_;
  std::mutex mutex_;
};

// Notices that a file was changed or replaced.
class FileWatch {
 public:
  explicit FileWatch(std::string path);
  bool changed();  // since the last call, or since construction

 private:
  std::string fingerprint() const;

  std::string path_;
  std::string last_;
};

}  // namespace cpaas::app
