#include "exporter/adapters/openssl_library.h"

#include <csignal>

#include "exporter/core/shared_library.h"

namespace cpaas {
namespace {

Result<OpenSsl> load() {
  auto library = SharedLibrary::open("libssl.so.3", "OpenSSL");  // what it needs is found through it
  if (!library) return tl::unexpected(library.error());
  OpenSsl found{};
#define CPAAS_FIND(name) library->find(#name, found.name);
  CPAAS_OPENSSL_FUNCTIONS(CPAAS_FIND)
#undef CPAAS_FIND
  if (library->missing()) return tl::unexpected(*library->missing());
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
