#include "exporter/adapters/curl_library.h"

#include <fmt/format.h>

#include <csignal>

#include "exporter/adapters/program_pages.h"
#include "exporter/core/shared_library.h"

namespace cpaas {
namespace {

void find_all(SharedLibrary& library, CurlLibrary& curl) {
  library.find("curl_global_init", curl.global_init);
  library.find("curl_easy_init", curl.easy_init);
  library.find("curl_easy_cleanup", curl.easy_cleanup);
  library.find("curl_easy_reset", curl.easy_reset);
  library.find("curl_easy_setopt", curl.easy_setopt);
  library.find("curl_easy_getinfo", curl.easy_getinfo);
  library.find("curl_easy_strerror", curl.easy_strerror);
  library.find("curl_slist_append", curl.slist_append);
  library.find("curl_slist_free_all", curl.slist_free_all);
  library.find("curl_multi_init", curl.multi_init);
  library.find("curl_multi_cleanup", curl.multi_cleanup);
  library.find("curl_multi_setopt", curl.multi_setopt);
  library.find("curl_multi_add_handle", curl.multi_add_handle);
  library.find("curl_multi_remove_handle", curl.multi_remove_handle);
  library.find("curl_multi_perform", curl.multi_perform);
  library.find("curl_multi_poll", curl.multi_poll);
  library.find("curl_multi_wakeup", curl.multi_wakeup);
  library.find("curl_multi_info_read", curl.multi_info_read);
}

}  // namespace

Result<CurlLibrary> load_curl(const char* file) {
  auto library = SharedLibrary::open(file, "libcurl");
  if (!library) return tl::unexpected(library.error());
  CurlLibrary curl{};
  find_all(*library, curl);
  if (library->missing()) return tl::unexpected(*library->missing());
  const CURLcode code = curl.global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) {
    return fail(Reason::internal, fmt::format("cannot start libcurl: {}", curl.easy_strerror(code)));
  }
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c)
  release_code_pages();
  return curl;
}

}  // namespace cpaas
