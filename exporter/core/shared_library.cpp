#include "exporter/core/shared_library.h"

#include <dlfcn.h>

#include "exporter/core/utf8.h"

namespace cpaas {
namespace {

// Why the last call of this thread to the loader failed; glibc keeps it per thread.
std::string loader_error() {
  const char* text = dlerror();  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? "unknown" : one_line(text);
}

}  // namespace

Result<SharedLibrary> SharedLibrary::open(const char* file, std::string_view title) {
  void* library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr)
    return fail(Reason::internal, "cannot load " + std::string(title) + ": " + loader_error());
  return SharedLibrary(library, title);
}

void* SharedLibrary::address_of(const char* name) {
  void* address = dlsym(library_, name);
  if (address == nullptr && !missing_)
    missing_ = Error{Reason::internal, "cannot use " + title_ + ": " + loader_error()};
  return address;
}

}  // namespace cpaas
