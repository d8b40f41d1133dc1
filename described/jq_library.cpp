#include "described/jq_library.h"

#include "exporter/core/shared_library.h"

namespace cpaas::described {
namespace {

Result<JqLibrary> load() {
  auto library = SharedLibrary::open("libjq.so.1", "libjq");
  if (!library) return tl::unexpected(library.error());
  JqLibrary jq{};
#define CPAAS_FIND(name) library->find(#name, jq.name);
  CPAAS_JQ_FUNCTIONS(CPAAS_FIND)
#undef CPAAS_FIND
  if (library->missing()) return tl::unexpected(*library->missing());
  return jq;
}

}  // namespace

Result<const JqLibrary*> load_jq() {
  static const Result<JqLibrary> library = load();
  if (!library) return tl::unexpected(library.error());
  return &*library;
}

}  // namespace cpaas::described
