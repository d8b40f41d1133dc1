// libcurl, loaded while the program already runs. Linking it would load some 33 shared libraries before main:
// twice the time that a first scrape may take. Loaded on the polling thread, nobody waits for it.
#pragma once

#include <curl/curl.h>

#include "exporter/core/result.h"

namespace cpaas {

// The functions of libcurl that this program calls, under their own names without "curl_".
struct CurlLibrary {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_reset) easy_reset;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
  decltype(&curl_multi_init) multi_init;
  decltype(&curl_multi_cleanup) multi_cleanup;
  decltype(&curl_multi_setopt) multi_setopt;
  decltype(&curl_multi_add_handle) multi_add_handle;
  decltype(&curl_multi_remove_handle) multi_remove_handle;
  decltype(&curl_multi_perform) multi_perform;
  decltype(&curl_multi_poll) multi_poll;
  decltype(&curl_multi_wakeup) multi_wakeup;
  decltype(&curl_multi_info_read) multi_info_read;
};

// Loads and initialises the library `file`, a name for the loader or a path; takes some 5-10 ms the first
// time. It stays loaded for good, so the pointers never die. The process ignores SIGPIPE from then on:
// OpenSSL writes to connections that may be gone. Any thread. An error is internal and says what is missing.
Result<CurlLibrary> load_curl(const char* file = "libcurl.so.4");

}  // namespace cpaas
