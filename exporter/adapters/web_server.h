// The HTTP server in front of Prometheus, probes and people.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/core/clock.h"
#include "exporter/core/log.h"
#include "exporter/core/result.h"

namespace cpaas {

// Valid during the handler's call only. All as received: nothing is percent-decoded.
struct WebRequest {
  std::string_view method;  // GET (for HEAD too: the server leaves the body out) or POST
  std::string_view path;    // begins with a slash
  std::string_view query;   // what followed the question mark; empty without one
  std::string_view accept;  // these headers, or empty
  std::string_view accept_encoding;
  std::string_view authorization;
};

struct WebResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::shared_ptr<const std::string> body{};  // null: empty. Sent from where it is, never copied
  bool gzipped = false;                       // the body is gzip already: says so in Content-Encoding
  std::vector<std::pair<std::string, std::string>> headers{};  // further ones
};

// Answers one request. Called on several threads at once. An exception becomes a 500 without detail.
using WebHandler = std::function<WebResponse(const WebRequest&)>;

struct WebServerOptions {
  std::size_t threads = 2;            // at least 1; that many handlers run at once. Connections need none
  std::size_t max_connections = 512;  // beyond, the one that has been waiting longest makes room
  Duration request_timeout{10'000};   // from a request's first byte to its last
  Duration response_timeout{60'000};  // to take a whole response
  Duration idle_timeout{300'000};     // between requests on one connection
};

// HTTP/1.1 with keep-alive and pipelining; GET, HEAD and POST (bodies are read over, and small). Clients that
// are slow or silent hold no thread. Everything is done on the server's own threads, which inherit the
// caller's signal mask.
class WebServer {
 public:
  // Listens on all `addresses` or on none: "127.0.0.1:9090", "[::1]:9090", "name:9090", ":9090" for every
  // address of both families; port 0 takes a free one. An error is internal and names the address.
  static Result<std::unique_ptr<WebServer>> start(const std::vector<std::string>& addresses,
                                                  WebHandler handler, Log log, WebServerOptions options = {});

  ~WebServer();  // running requests are answered, their clients given a second to take it; all else ends at
                 // once
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  std::vector<std::uint16_t> ports() const;  // in the order of the addresses

 private:
  class Loop;
  explicit WebServer(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace cpaas
