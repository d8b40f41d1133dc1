// What libcurl's error codes mean for a poll.
#pragma once

#include <string>
#include <string_view>

#include "exporter/adapters/curl_library.h"
#include "exporter/core/clock.h"
#include "exporter/core/result.h"

namespace cpaas {

// CURLE_TOO_LARGE of libcurl 8.6 and later, for headers that do not know it: the library is loaded while the
// program runs, and may be newer than they are.
inline constexpr auto curle_too_large = static_cast<CURLcode>(100);

// What is known of an exchange that failed.
struct CurlFailure {
  CURLcode code;
  std::string_view url;     // of the request; only what shown_url() keeps of it gets into the message
  std::string_view detail;  // libcurl's own words (CURLOPT_ERRORBUFFER)
  int os_errno;             // of the last attempt to connect, or 0
  bool reached;             // whom we connect to, the proxy if there is one, was there
  bool connected;           // a connection to the server was there
  std::string_view proxy;   // its URL, of which shown_url() is told; empty if there is none
  long proxy_status;        // the proxy's answer to CONNECT, or 0
  Duration timeout;         // that the request had
};

// The reason and a sentence that names the server, and the proxy where that is to blame, never a query,
// header, user name or password.
Error describe(const CurlLibrary& curl, const CurlFailure& failure);

}  // namespace cpaas
