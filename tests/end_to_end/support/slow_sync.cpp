// Preloaded into a program, lets its disk take its time: as many calls of fsync and fdatasync as the file
// that SLOW_SYNC names says take as long as it says. See slow_sync.h. Without that variable nothing changes.
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/end_to_end/support/slow_sync.h"

namespace {

using cpaas::end_to_end::SlowSync;

SlowSync* slow = nullptr;

[[gnu::constructor]] void map_file() {
  const char* path = std::getenv("SLOW_SYNC");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  const int file = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* mapped = mmap(nullptr, sizeof(SlowSync), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) slow = static_cast<SlowSync*>(mapped);
}

int sync(long call, int file) {
  if (slow == nullptr || slow->left <= 0) return static_cast<int>(syscall(call, file));
  --slow->left;
  ++slow->begun;
  poll(nullptr, 0, static_cast<int>(slow->milliseconds));
  const auto result = static_cast<int>(syscall(call, file));
  ++slow->ended;
  return result;
}

}  // namespace

extern "C" int fsync(int file) {
  return sync(SYS_fsync, file);
}

extern "C" int fdatasync(int file) {
  return sync(SYS_fdatasync, file);
}
