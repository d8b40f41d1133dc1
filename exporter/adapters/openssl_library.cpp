#include "exporter/adapters/openssl_library.h"

#include <dlfcn.h>

#include <csignal>

#include "exporter/core/utf8.h"

namespace cpaas {
namespace {

std::string loader_error() {
  const char* text = dlerror();  // NOLINT(concurrency-mt-unsafe): glibc keeps it per thread
  return text == nullptr ? "unknown" : one_line(text);
}

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Result<OpenSsl> load() {
  // What libssl needs is found through it.
  void* library = dlopen("libssl.so.3", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return fail(Reason::internal, "cannot load OpenSSL: " + loader_error());
  OpenSsl found{};
#define CPAAS_FIND(name)                 \
  if (!find(library, #name, found.name)) \
    return fail(Reason::internal, "cannot use OpenSSL: " + loader_error());
  CPAAS_OPENSSL_FUNCTIONS(CPAAS_FIND)
#undef CPAAS_FIND
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): it writes to connections that may be gone
  return found;
}

}  // namespace

Result<const OpenSsl*> load_openssl() {
  static const Result<OpenSsl> loaded = load();
  if (!loaded) return tl::unexpected(loaded.error());
  return &*loaded;
}

}  // namespace cpaas
