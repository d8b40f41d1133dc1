#include "exporter/adapters/process_stats.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "exporter/adapters/file_descriptor.h"
#include "exporter/adapters/program_pages.h"
#include "exporter/adapters/system_clock.h"

namespace cpaas::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::Gt;
using testing::Le;

std::map<std::string, double> values() {
  std::map<std::string, double> result;
  for (const ProcessStat& stat : process_stats()) result.emplace(stat.name, stat.value);
  return result;
}

TEST(ProcessStatsTest, HasTheNamesAndTypesOfClientLibraries) {
  std::vector<std::string> names;
  for (const ProcessStat& stat : process_stats()) {
    names.emplace_back(stat.name);
    EXPECT_EQ(stat.kind, stat.name.ends_with("_total") ? Kind::counter : Kind::gauge) << stat.name;
    EXPECT_FALSE(stat.help.empty());
  }
  EXPECT_THAT(names,
              ElementsAre("process_cpu_seconds_total", "process_open_fds", "process_max_fds",
                          "process_virtual_memory_bytes", "process_virtual_memory_max_bytes",
                          "process_resident_memory_bytes", "process_start_time_seconds", "process_threads"));
}

TEST(ProcessStatsTest, CountsOpenFiles) {
  const double before = values().at("process_open_fds");
  const FileDescriptor one(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const FileDescriptor two(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(values().at("process_open_fds"), before + 2);
}

TEST(ProcessStatsTest, TellsTheFileLimit) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(values().at("process_max_fds"), static_cast<double>(limit.rlim_cur));
}

TEST(ProcessStatsTest, CountsCpuTime) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double used = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                      static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  EXPECT_THAT(values().at("process_cpu_seconds_total"), AllOf(Ge(used - 0.1), Le(used + 0.1)));
}

TEST(ProcessStatsTest, StartedBeforeNow) {
  const double now = std::chrono::duration<double>(SystemClock().now().time_since_epoch()).count();
  EXPECT_THAT(values().at("process_start_time_seconds"), AllOf(Le(now + 1), Gt(now - 600)));
}

TEST(ProcessStatsTest, MeasuresMemory) {
  const auto before = values();
  const std::vector<char> block(50'000'000, 1);
  const auto after = values();
  EXPECT_GT(after.at("process_resident_memory_bytes"), before.at("process_resident_memory_bytes") + 45e6)
      << block[0];
  EXPECT_GE(after.at("process_virtual_memory_bytes"), after.at("process_resident_memory_bytes"));
  EXPECT_GE(after.at("process_virtual_memory_max_bytes"), after.at("process_virtual_memory_bytes"));
  EXPECT_GE(after.at("process_threads"), 1);
}

TEST(ProgramPagesTest, TheProgramGoesOnWithoutThem) {
  release_code_pages();
  release_code_pages();
  EXPECT_GT(values().at("process_resident_memory_bytes"), 0);
}

TEST(SystemClockTest, TellsTheTime) {
  const SystemClock clock;
  const auto real = std::chrono::system_clock::now();
  EXPECT_THAT(clock.now(), AllOf(Ge(real - std::chrono::seconds(1)), Le(real + std::chrono::seconds(1))));
  const SteadyPoint first = clock.steady();
  EXPECT_GE(clock.steady(), first);
}

}  // namespace
}  // namespace cpaas::test
