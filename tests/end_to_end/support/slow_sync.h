// What slow_sync.cpp, preloaded into a program, shares with the test beside it, in a file that both map.
#pragma once

#include <atomic>
#include <cstdint>

namespace cpaas::end_to_end {

struct SlowSync {
  std::atomic<std::int64_t> milliseconds;  // that each of the next `left` syncs takes longer
  std::atomic<std::int64_t> left;
  std::atomic<std::int64_t> begun;  // of those
  std::atomic<std::int64_t> ended;
};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);  // or it could not be shared

}  // namespace cpaas::end_to_end
