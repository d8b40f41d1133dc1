#include "exporter/adapters/process_stats.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <sstream>
#include <string>

namespace cpaas {
namespace {

constexpr int user_ticks = 14, system_ticks = 15, threads = 20, start_ticks = 22, virtual_bytes = 23,
              resident_pages = 24;

// The fields of /proc/self/stat, numbered from 1 as proc(5) does; empty if it cannot be read. The second
// holds the program's name and may contain spaces, so counting starts behind it.
class ProcessStatFile {
 public:
  ProcessStatFile() {
    std::ifstream file("/proc/self/stat");
    std::string text;
    std::getline(file, text);
    const auto end_of_name = text.rfind(')');
    if (end_of_name == std::string::npos) return;
    std::istringstream rest(text.substr(end_of_name + 1));
    fields_.assign(std::istream_iterator<std::string>(rest), {});
  }

  std::optional<double> field(int number) const {
    const auto index = static_cast<std::size_t>(number) - 3;
    return index < fields_.size() ? std::optional(std::stod(fields_[index])) : std::nullopt;
  }

 private:
  std::vector<std::string> fields_;
};

double ticks_per_second() {
  return static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  std::string key;
  while (file >> key) {
    double value = 0;
    if (key == "btime" && file >> value) return value;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::nullopt;
}

std::optional<double> open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator folder("/proc/self/fd", error);
  if (error) return std::nullopt;
  return static_cast<double>(std::distance(begin(folder), end(folder)) -
                             1);  // not the one that reads the folder
}

template <class Resource>
std::optional<double> limit(Resource resource) {
  rlimit value{};
  if (getrlimit(resource, &value) != 0) return std::nullopt;
  return static_cast<double>(value.rlim_cur);
}

std::optional<double> times(std::optional<double> value, double factor) {
  return value ? std::optional(*value * factor) : std::nullopt;
}

std::optional<double> plus(std::optional<double> a, std::optional<double> b) {
  return a && b ? std::optional(*a + *b) : std::nullopt;
}

}  // namespace

std::vector<ProcessStat> process_stats() {
  static const auto boot = boot_time();  // a long file to read, for what stays the same
  const ProcessStatFile stat;
  const double tick = 1 / ticks_per_second();
  std::vector<ProcessStat> result;
  const auto add = [&](std::string_view name, Kind kind, std::string_view help, std::optional<double> value) {
    if (value) result.push_back({name, kind, help, *value});
  };
  add("process_cpu_seconds_total", Kind::counter, "Total user and system CPU time spent in seconds.",
      times(plus(stat.field(user_ticks), stat.field(system_ticks)), tick));
  add("process_open_fds", Kind::gauge, "Number of open file descriptors.", open_files());
  add("process_max_fds", Kind::gauge, "Maximum number of open file descriptors.", limit(RLIMIT_NOFILE));
  add("process_virtual_memory_bytes", Kind::gauge, "Virtual memory size in bytes.",
      stat.field(virtual_bytes));
  add("process_virtual_memory_max_bytes", Kind::gauge, "Maximum amount of virtual memory available in bytes.",
      limit(RLIMIT_AS));
  add("process_resident_memory_bytes", Kind::gauge, "Resident memory size in bytes.",
      times(stat.field(resident_pages), static_cast<double>(sysconf(_SC_PAGESIZE))));
  add("process_start_time_seconds", Kind::gauge, "Start time of the process since unix epoch in seconds.",
      plus(boot, times(stat.field(start_ticks), tick)));
  add("process_threads", Kind::gauge, "Number of OS threads in the process.", stat.field(threads));
  return result;
}

}  // namespace cpaas
