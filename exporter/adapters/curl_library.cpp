#include "exporter/adapters/curl_library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <csignal>

#include "exporter/adapters/program_pages.h"
#include "exporter/core/utf8.h"

namespace cpaas {
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

bool find_all(void* library, CurlLibrary& curl) {
  return find(library, "curl_global_init", curl.global_init) &&
         find(library, "curl_easy_init", curl.easy_init) &&
         find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
         find(library, "curl_easy_reset", curl.easy_reset) &&
         find(library, "curl_easy_setopt", curl.easy_setopt) &&
         find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
         find(library, "curl_easy_strerror", curl.easy_strerror) &&
         find(library, "curl_slist_append", curl.slist_append) &&
         find(library, "curl_slist_free_all", curl.slist_free_all) &&
         find(library, "curl_multi_init", curl.multi_init) &&
         find(library, "curl_multi_cleanup", curl.multi_cleanup) &&
         find(library, "curl_multi_setopt", curl.multi_setopt) &&
         find(library, "curl_multi_add_handle", curl.multi_add_handle) &&
         find(library, "curl_multi_remove_handle", curl.multi_remove_handle) &&
         find(library, "curl_multi_perform", curl.multi_perform) &&
         find(library, "curl_multi_poll", curl.multi_poll) &&
         find(library, "curl_multi_wakeup", curl.multi_wakeup) &&
         find(library, "curl_multi_info_read", curl.multi_info_read);
}

}  // namespace

Result<CurlLibrary> load_curl(const char* file) {
  // Local: its many libraries must not lend their symbols to ours. Lazy costs nothing and spares binding what
  // is never called.
  void* library = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return fail(Reason::internal, "cannot load libcurl: " + loader_error());
  CurlLibrary curl{};
  if (!find_all(library, curl)) {
    return fail(Reason::internal, "cannot use libcurl: " + loader_error());
  }
  const CURLcode code = curl.global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) {
    return fail(Reason::internal, fmt::format("cannot start libcurl: {}", curl.easy_strerror(code)));
  }
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c)
  release_code_pages();
  return curl;
}

}  // namespace cpaas
