// What stands before the pages: TLS, users, a limit of requests, headers. Made of the web configuration.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exporter/adapters/tls_stream.h"
#include "exporter/adapters/web_login.h"

namespace cpaas {

// A bucket of tokens. Not thread-safe.
class RequestLimit {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  explicit RequestLimit(const WebRateLimit& limit) : limit_(limit) {}
  bool allows(TimePoint now);

 private:
  WebRateLimit limit_;
  TimePoint full_at_{};  // when the bucket will be full again
};

struct WebGuard {
  std::shared_ptr<const TlsContext> tls;                     // null: plain
  std::shared_ptr<WebLogin> login;                           // null: nobody needs one
  std::shared_ptr<RequestLimit> limit;                       // null: none
  std::vector<std::pair<std::string, std::string>> headers;  // of every response
};

// An error is internal: what cannot be used.
Result<std::shared_ptr<const WebGuard>> make_guard(const WebSettings& settings);

}  // namespace cpaas
