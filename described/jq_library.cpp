#include "described/jq_library.h"

#include <dlfcn.h>

#include "exporter/core/utf8.h"

namespace cpaas::described {
namespace {

// Why the last call of this thread to the loader failed; glibc keeps it per thread.
std::string loader_error() {
  const char* text = dlerror();  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? "unknown" : one_line(text);
}

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

Result<JqLibrary> load() {
  void* library = dlopen("libjq.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return fail(Reason::internal, "cannot load libjq: " + loader_error());
  JqLibrary jq{};
#define CPAAS_FIND(name) \
  if (!find(library, #name, jq.name)) return fail(Reason::internal, "cannot use libjq: " + loader_error());
  CPAAS_JQ_FUNCTIONS(CPAAS_FIND)
#undef CPAAS_FIND
  return jq;
}

}  // namespace

Result<const JqLibrary*> load_jq() {
  static const Result<JqLibrary> library = load();
  if (!library) return tl::unexpected(library.error());
  return &*library;
}

}  // namespace cpaas::described
