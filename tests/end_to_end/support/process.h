// A program that runs beside the test.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cpaas::end_to_end {

// A new folder, removed with all that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

class Process {
 public:
  // Starts `command` with its standard output and error in files of `folder`. `environment` is added to the
  // test's own. Throws when it cannot be started.
  Process(const std::vector<std::string>& command, const std::filesystem::path& folder,
          const std::vector<std::string>& environment = {});
  ~Process();  // kills it
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Waits for its end: the exit status, or 128 and the number of the signal that ended it; nothing if it
  // still runs.
  std::optional<int> wait(std::chrono::microseconds at_most);
  void signal(int number) const;
  void kill_now();  // SIGKILL; returns when it is gone

  std::string output() const { return read_file(output_); }
  std::string errors() const { return read_file(errors_); }

 private:
  std::filesystem::path output_;
  std::filesystem::path errors_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::optional<int> status_;
};

}  // namespace cpaas::end_to_end
