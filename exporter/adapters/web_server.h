// The HTTP server in front of Prometheus, probes and people: one thread that waits for events of all
// connections (Boost.Asio), so that an idle one costs a socket and some 2 KiB.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "exporter/adapters/web_guard.h"
#include "exporter/adapters/web_listener.h"
#include "exporter/core/clock.h"
#include "exporter/core/log.h"
#include "exporter/core/result.h"

namespace cpaas {

// Valid during the handler's call only.
struct WebRequest {
  std::string_view method;  // GET (for HEAD too: the server leaves the body out), POST, ...
  std::string_view path;    // begins with a slash; percent-decoded
  std::string_view query;   // what followed the question mark, as received; empty without one
  std::string_view accept;  // these headers, or empty
  std::string_view accept_encoding;
  std::string_view host{};
  std::string_view origin{};
  std::string_view fetch_site{};  // Sec-Fetch-Site: how a browser's page stands to this server
  std::string_view authorization{};
  std::string_view body{};  // its first KiB
};

struct WebResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::shared_ptr<const std::string> body{};  // null: empty. Sent from where it is
  bool gzipped = false;                       // the body is gzip already: says so in Content-Encoding
  std::vector<std::pair<std::string, std::string>> headers{};  // further ones
};

// Answers one request. Called on the server's thread, and for what `slow` names on another one at the same
// time. An exception becomes a 500 without detail.
using WebHandler = std::function<WebResponse(const WebRequest&)>;

struct WebServerOptions {
  // Over it the connection that was idle longest is closed for a new one; if none is idle, the new one gets
  // 503. Those to a listener for health have as many again.
  std::size_t max_connections = 512;
  Duration request_timeout{10'000};   // for a whole request, from its first byte to its last
  Duration response_timeout{30'000};  // for a client to take a response, and a second more for each 100 kB
  Duration idle_timeout{300'000};     // between requests on one connection
  Duration refusal_delay{1'000};      // before the answer to a wrong password
  std::shared_ptr<const WebGuard> guard{};  // of all but listeners for health; null: none
  // Requests whose answer may take long: the handler is called for them on a thread of its own, one after the
  // other. Called on the server's thread; none without it.
  std::function<bool(const WebRequest&)> slow{};
};

class WebLoop;

// HTTP/1.1 with keep-alive; serves nothing but what the handler gives. To listeners for health only
// GET and HEAD of /-/healthy and /-/ready are handed on; the rest is 404.
class WebServer {
 public:
  // Serves what comes to the listeners, from now on. An error is internal.
  static Result<std::unique_ptr<WebServer>> start(std::vector<WebListener> listeners, WebHandler handler,
                                                  Log log, WebServerOptions options = {});

  ~WebServer();  // running requests are answered first, within a second
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  // Another guard from now on, null for none: connections that wait for a request are closed, others after
  // their answer. Any thread.
  void guard(std::shared_ptr<const WebGuard> guard);

  const std::vector<std::uint16_t>& ports() const { return ports_; }  // in the order of the listeners

 private:
  WebServer();

  std::vector<std::uint16_t> ports_;
  std::unique_ptr<WebLoop> loop_;
  std::thread thread_;
};

}  // namespace cpaas
