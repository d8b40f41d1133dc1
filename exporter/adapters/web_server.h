// The HTTP server in front of Prometheus, probes and people: civetweb.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/core/clock.h"
#include "exporter/core/log.h"
#include "exporter/core/result.h"

struct mg_connection;
struct mg_context;

namespace cpaas {

// Valid during the handler's call only.
struct WebRequest {
  std::string_view method;  // GET (for HEAD too: the server leaves the body out), POST, ...
  std::string_view path;    // begins with a slash; percent-decoded
  std::string_view query;   // what followed the question mark, as received; empty without one
  std::string_view accept;  // these headers, or empty
  std::string_view accept_encoding;
};

struct WebResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::shared_ptr<const std::string> body{};  // null: empty. Sent from where it is
  bool gzipped = false;                       // the body is gzip already: says so in Content-Encoding
  std::vector<std::pair<std::string, std::string>> headers{};  // further ones
};

// Answers one request. Called on several threads at once. An exception becomes a 500 without detail.
using WebHandler = std::function<WebResponse(const WebRequest&)>;

struct WebServerOptions {
  std::size_t threads = 16;         // connections that are served side by side, idle ones included
  Duration request_timeout{5'000};  // between two parts of a request, and for a client to take a response
  Duration idle_timeout{20'000};    // between requests on one connection
};

// HTTP/1.1 with keep-alive; serves nothing but what the handler gives.
class WebServer {
 public:
  // Listens on all `addresses` or on none: "127.0.0.1:9090", or ":9090" for every address; port 0 takes a
  // free one. IPv6 only where the packaged civetweb has it (Debian 12's has not). An error is internal and
  // names the addresses.
  static Result<std::unique_ptr<WebServer>> start(const std::vector<std::string>& addresses,
                                                  WebHandler handler, Log log, WebServerOptions options = {});

  ~WebServer();  // running requests are answered first, within a second
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  std::vector<std::uint16_t> ports() const;  // in the order of the addresses

 private:
  WebServer(WebHandler handler, Log log) : handler_(std::move(handler)), log_(std::move(log)) {}
  static int begin_request(mg_connection* connection);
  static int log_message(const mg_connection* connection, const char* message);
  WebResponse answer(const WebRequest& request) const;
  void count_running(int change) const;
  void await_running_requests();
  void wake_threads() const;

  WebHandler handler_;
  Log log_;
  mutable std::mutex mutex_;
  mutable std::condition_variable done_;
  mutable int running_ = 0;  // requests that are being answered
  mg_context* context_ = nullptr;
};

}  // namespace cpaas
