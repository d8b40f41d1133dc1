#include "exporter/adapters/process_stats.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <ctime>
#include <optional>
#include <string>

#include "exporter/adapters/open_descriptors.h"

namespace cpaas {
namespace {

constexpr int user_ticks = 14, system_ticks = 15, threads = 20, start_ticks = 22, virtual_bytes = 23,
              resident_pages = 24;

std::string first_page_of(const char* path) {
  std::string text(4096, '\0');
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const ssize_t size = read(file, text.data(), text.size());
  close(file);
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return text;
}

// /proc/self/stat, its fields numbered from 1 as proc(5) does. The second holds the program's name and may
// contain spaces, so counting starts behind it.
class ProcessStatFile {
 public:
  // Nothing where the file cannot be read or has no such number.
  std::optional<double> field(int number) const {
    std::size_t at = text_.rfind(')');
    for (int field = 2; field < number && at != std::string::npos; ++field) at = text_.find(' ', at + 1);
    if (at == std::string::npos) return std::nullopt;
    double value = 0;
    const char* const begin = text_.data() + at + 1;
    const auto read = std::from_chars(begin, text_.data() + text_.size(), value);
    return read.ec == std::errc{} ? std::optional(value) : std::nullopt;
  }

 private:
  std::string text_ = first_page_of("/proc/self/stat");
};

double ticks_per_second() {
  return static_cast<double>(sysconf(_SC_CLK_TCK));
}

double clock_seconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

std::optional<double> open_files() {
  const auto descriptors = open_descriptors();
  return descriptors ? std::optional(static_cast<double>(descriptors->size())) : std::nullopt;
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
  static const double boot = clock_seconds(CLOCK_REALTIME) - clock_seconds(CLOCK_BOOTTIME);
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
      plus(times(stat.field(start_ticks), tick), boot));
  add("process_threads", Kind::gauge, "Number of OS threads in the process.", stat.field(threads));
  return result;
}

}  // namespace cpaas
