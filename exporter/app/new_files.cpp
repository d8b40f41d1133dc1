#include "exporter/app/new_files.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "exporter/adapters/file_descriptor.h"

namespace cpaas::app {
namespace {

struct Owner {
  uid_t user;
  gid_t group;
};

std::string last_error() {
  return std::error_code(errno, std::generic_category()).message();
}

std::optional<Owner> find_owner(const std::string& name) {
  const passwd* found = getpwnam(name.c_str());  // NOLINT(concurrency-mt-unsafe): one thread
  if (found == nullptr) return std::nullopt;
  return Owner{found->pw_uid, found->pw_gid};
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return fsync(file) == 0;
}

// Under another name, so that nobody ever sees half of it. False: errno tells.
bool write_beside(const std::filesystem::path& path, const NewFile& file, const std::optional<Owner>& owner) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const FileDescriptor out(::open(path.c_str(), flags, file.mode));
  if (out.get() < 0) return false;
  if (owner && fchown(out.get(), owner->user, owner->group) != 0) return false;
  return write_all(out.get(), file.text);
}

// link() does not replace what is there.
bool put_in_place(const std::filesystem::path& from, const std::filesystem::path& to, bool overwrite) {
  if (overwrite) return ::rename(from.c_str(), to.c_str()) == 0;
  const bool linked = ::link(from.c_str(), to.c_str()) == 0;
  const int error = errno;
  ::unlink(from.c_str());
  errno = error;
  return linked;
}

std::filesystem::path beside(const std::filesystem::path& path) {
  return path.string() + "." + std::to_string(getpid()) + ".new";
}

}  // namespace

std::optional<std::string> write_files(const std::vector<NewFile>& files, bool overwrite,
                                       const std::string& owner_name) {
  std::optional<Owner> owner;
  if (!owner_name.empty()) {
    owner = find_owner(owner_name);
    if (!owner) return "there is no user '" + owner_name + "'";
  }
  std::vector<std::filesystem::path> written;
  const auto failed = [&](const NewFile& file) {
    std::string why = file.path.string() + " cannot be written: " + last_error();
    for (const NewFile& each : files) ::unlink(beside(each.path).c_str());
    for (const auto& each : written) ::unlink(each.c_str());
    return why;
  };
  for (const NewFile& file : files) {
    if (!write_beside(beside(file.path), file, owner)) return failed(file);
  }
  for (const NewFile& file : files) {
    if (!put_in_place(beside(file.path), file.path, overwrite)) return failed(file);
    if (!overwrite) written.push_back(file.path);
  }
  return std::nullopt;
}

}  // namespace cpaas::app
