// The Transport that talks to providers: many exchanges side by side on one thread, over connections that are
// kept and shared.
#pragma once

#include <atomic>
#include <memory>
#include <unordered_map>
#include <vector>

#include "exporter/adapters/curl_exchange.h"
#include "exporter/adapters/curl_library.h"
#include "exporter/core/http.h"

namespace cpaas {

struct TransportOptions {
  // Open at once, those kept for later included; each takes a file descriptor. An exchange beyond waits for
  // one, within its time-out.
  std::size_t max_connections = 2048 + 512;
  Duration connect_timeout{5'000};  // name, connection and TLS; never more than the request's own time-out
};

// GET over HTTP/1.1, or HTTP/2 where a TLS server offers it. Redirects come back as responses. Certificates
// are always verified, TLS is 1.2 or later. http_proxy and its kin in the environment are not honoured: only
// ConnectionSettings names a proxy. A short-lived thread of libcurl resolves names; all else happens inside
// the calls.
class CurlTransport final : public Transport {
 public:
  // An error is internal.
  static Result<std::unique_ptr<CurlTransport>> create(const CurlLibrary& curl,
                                                       TransportOptions options = {});

  ~CurlTransport() override;  // drops what is in flight
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  void start(Id id, HttpRequest request) override;
  void cancel(Id id) override;
  std::vector<Completion> wait(Duration at_most) override;
  void wake() override;

 private:
  CurlTransport(const CurlLibrary& curl, CURLM* multi, const TransportOptions& options);
  CURL* fresh_handle();
  void retire(CURL* easy);
  void complete(std::unique_ptr<CurlExchange> exchange, CURLcode code);
  void advance();
  std::unique_ptr<CurlExchange> take(Id id);

  const CurlLibrary curl_;
  CURLM* multi_;
  const ExchangeDefaults defaults_;
  std::unordered_map<Id, std::unique_ptr<CurlExchange>> in_flight_;
  std::vector<CURL*> idle_;        // reset, for the next exchanges
  std::vector<Completion> ready_;  // not yet given to the caller
  std::atomic<bool> woken_ = false;
};

}  // namespace cpaas
