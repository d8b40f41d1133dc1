// The configuration, loaded again while the program runs.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "exporter/adapters/own_metrics.h"
#include "exporter/core/account.h"
#include "exporter/core/clock.h"
#include "exporter/core/log.h"

namespace cpaas::app {

// The files that a configuration was read from, as they were just before they were read. Not thread-safe.
class FilesRead {
 public:
  // `world`, of which this remembers the files that are read and the text of the first, the configuration
  // itself. Must not outlive this.
  config::Environment environment(config::Environment world);

  // Whether one is another now: its content, or what a symbolic link leads to. The configuration itself, and
  // the others, which it names.
  bool configuration_changed() const;
  bool others_changed() const;
  // Whether a folder of descriptions has other files now.
  bool folders_changed() const;

  // Of the configuration; empty if it could not be read.
  const std::string& text() const { return text_; }

 private:
  std::string first_;
  std::string text_;
  std::map<std::string, std::string> fingerprints_;
  std::map<std::string, std::string> folders_;  // what they list
  std::function<std::optional<std::vector<std::string>>(const std::string&)> list_;
};

// The one path of every reload, whatever asked for it. Thread-safe; reloads run one after the other.
class Reloader {
 public:
  struct World {
    std::string file;
    config::Providers& providers;
    const Clock& clock;
    OwnMetrics& own_metrics;
    Log log;
    std::function<void(std::vector<Account>)> take_over;
  };

  // `files` are those of the configuration that runs.
  Reloader(World world, FilesRead files)
      : world_(std::move(world)), running_(std::move(files)), tried_(running_) {}

  // Reads the file and every secret that it names. Gives the problems, as "file:line:column: message"; with
  // any, what runs goes on unchanged.
  std::vector<std::string> reload();

  // Whether the configuration or a file that it names changed since it was last read, well or not.
  bool files_changed() const;

  // Reads the secrets of the configuration that runs again, where their files changed; not its own file,
  // which may be half edited. Bad ones are tried again once they change. Does nothing within a minute of the
  // last time that it read good ones.
  void read_secrets();

 private:
  World world_;
  FilesRead running_;                          // of the configuration that runs
  FilesRead tried_;                            // of the last one that was read, which may have been bad
  std::optional<SteadyPoint> secrets_read_{};  // well
  mutable std::mutex mutex_;
};

}  // namespace cpaas::app
