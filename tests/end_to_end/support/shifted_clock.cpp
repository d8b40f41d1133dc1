// Preloaded into a program, sets its wall clock: the real time plus the nanoseconds in the file that
// SHIFTED_CLOCK names. The file may be changed while the program runs. The steady clock stays as it is.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

const volatile std::int64_t* offset = nullptr;

// When the library is loaded, not at the first call, which may come from a sanitizer that is not ready yet.
[[gnu::constructor]] void map_offset() {
  const char* path = std::getenv("SHIFTED_CLOCK");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  const int file = path == nullptr ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void* mapped = mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) offset = static_cast<const std::int64_t*>(mapped);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto result = static_cast<int>(syscall(SYS_clock_gettime, clock, time));
  if (result != 0 || offset == nullptr || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) {
    return result;
  }
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t shifted = time->tv_sec * second + time->tv_nsec + *offset;
  *time = {.tv_sec = shifted / second, .tv_nsec = shifted % second};
  return 0;
}
