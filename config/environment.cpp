#include "config/environment.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <system_error>

namespace cpaas::config {
namespace {

constexpr std::size_t max_file = 16 * 1024 * 1024;

tl::unexpected<std::string> last_error() {
  return tl::unexpected(std::error_code(errno, std::generic_category()).message());
}

struct CloseFile {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

tl::expected<std::string, std::string> read_file(const std::string& path) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rbe"));
  if (!file) return last_error();
  std::string content;
  std::array<char, 8192> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): fread() fills it
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
    content.append(buffer.data(), got);
    if (content.size() > max_file) return tl::unexpected(std::string("the file is over 16 MiB"));
  }
  if (std::ferror(file.get()) != 0) return last_error();
  return content;
}

std::optional<std::string> get_env(const std::string& name) {
  const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nothing here ever sets one
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::optional<std::vector<std::string>> list_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::directory_iterator each(path, error);
  if (error) return std::nullopt;
  std::vector<std::string> names;
  for (; each != std::filesystem::directory_iterator(); each.increment(error)) {
    names.push_back(each->path().filename().string());
    if (error) break;
  }
  return names;
}

}  // namespace

Environment system_environment() {
  return {read_file, get_env, list_folder};
}

}  // namespace cpaas::config
