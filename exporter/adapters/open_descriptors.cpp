#include "exporter/adapters/open_descriptors.h"

#include <dirent.h>

#include <charconv>
#include <string_view>

namespace cpaas {

std::optional<std::vector<int>> open_descriptors() {
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) return std::nullopt;
  std::vector<int> result;
  while (const dirent* entry =
             readdir(folder)) {  // NOLINT(concurrency-mt-unsafe): the stream is this function's own
    const std::string_view name = entry->d_name;
    int descriptor = -1;
    const bool number = std::from_chars(name.data(), name.data() + name.size(), descriptor).ec == std::errc{};
    if (number && descriptor != dirfd(folder)) result.push_back(descriptor);
  }
  closedir(folder);
  return result;
}

}  // namespace cpaas
