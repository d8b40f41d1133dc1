#include "sandbox/server.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <stdexcept>

#include "sandbox/control.h"

namespace sandbox {

namespace {

constexpr std::size_t kBlock = 64 << 10;
constexpr std::int64_t kMaxControlBody = 1 << 20;

// A pause that ends at once when the server stops.
class Pauses {
 public:
  // False when stopped.
  bool pause(std::int64_t ms) {
    std::unique_lock lock{mutex_};
    return !stopped_.wait_for(lock, std::chrono::milliseconds{ms}, [&] { return stop_; });
  }
  void stop() {
    {
      const std::scoped_lock lock{mutex_};
      stop_ = true;
    }
    stopped_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
};

int hex_digit(char letter) {
  int value = -1;
  const auto [end, error] = std::from_chars(&letter, &letter + 1, value, 16);
  return error == std::errc{} && end != &letter ? value : -1;
}

std::string url_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0;
    if (escaped && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> parse_query(std::string_view text) {
  std::map<std::string, std::string> values;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (pair.empty()) continue;
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    values.insert_or_assign(url_decoded(pair.substr(0, equals)), url_decoded(value));
  }
  return values;
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& letter : out) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return out;
}

// A request cut at its first path segment: `name` is that segment.
struct Incoming {
  std::string name;
  Ask ask;
};

Incoming read_request(const mg_request_info& info, const std::string& server_url) {
  const std::string_view uri = info.local_uri_raw == nullptr ? "/" : info.local_uri_raw;
  const auto second = uri.find('/', 1);
  const std::string_view name = uri.substr(1, second == std::string_view::npos ? second : second - 1);
  Incoming incoming{.name = std::string{name}, .ask = {}};
  Ask& ask = incoming.ask;
  ask.method = info.request_method;
  ask.path = second == std::string_view::npos ? std::string{} : std::string{uri.substr(second)};
  ask.prefix = name == "sandbox" ? server_url : fmt::format("{}/{}", server_url, name);
  ask.query = parse_query(info.query_string == nullptr ? "" : info.query_string);
  for (int i = 0; i < info.num_headers; ++i) {
    ask.headers.emplace(lower(info.http_headers[i].name), info.http_headers[i].value);
  }
  return incoming;
}

// Nothing when it is longer than a control body may be.
std::optional<std::string> read_body(mg_connection* connection, const mg_request_info& info) {
  if (info.content_length > kMaxControlBody) return std::nullopt;
  std::string body;
  std::array<char, 4096> buffer{};
  for (int got = 0; (got = mg_read(connection, buffer.data(), buffer.size())) > 0;) {
    body.append(buffer.data(), static_cast<std::size_t>(got));
    if (body.size() > static_cast<std::size_t>(kMaxControlBody)) return std::nullopt;
  }
  return body;
}

std::string head_text(const Response& response, TimePoint date, std::int64_t length, bool close) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n",
                                 response.status, mg_get_response_code_text(nullptr, response.status),
                                 http_date_text(date), response.type, length);
  for (const auto& [name, value] : response.headers) head += fmt::format("{}: {}\r\n", name, value);
  return head + (close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n");
}

class Sender {
 public:
  Sender(mg_connection* connection, Pauses& pauses) : connection_(connection), pauses_(pauses) {}

  void send(const Response& response, TimePoint date) {
    if (response.delay_ms > 0 && !pauses_.pause(response.delay_ms)) return hang_up();
    if (response.hang_up) return hang_up();
    const bool close = response.close || response.cut_body.has_value();
    if (close) mg_disable_connection_keep_alive(connection_);
    const auto length =
        static_cast<std::int64_t>(response.body.size() + response.tail.size()) + response.filler;
    const std::string head = head_text(response, date, length, close);
    if (response.byte_ms > 0) {
      write(head);
      return drip(response.body, response.byte_ms);
    }
    if (response.filler > 0) {
      write(head + response.body);
      fill(response.filler);
      write(response.tail);
      return;
    }
    write(head + response.body.substr(0, response.cut_body.value_or(std::string::npos)));
  }

 private:
  void hang_up() { mg_disable_connection_keep_alive(connection_); }
  bool write(std::string_view text) {
    if (!text.empty() && alive_) alive_ = mg_write(connection_, text.data(), text.size()) > 0;
    if (!alive_) hang_up();
    return alive_;
  }
  void drip(const std::string& body, std::int64_t ms) {
    for (const char& byte : body) {
      if (!pauses_.pause(ms)) return hang_up();
      if (!write({&byte, 1})) return;
    }
  }
  void fill(std::int64_t size) {
    const std::string block(kBlock, 'x');
    for (std::int64_t left = size; left > 0;) {
      const auto part = std::min(left, static_cast<std::int64_t>(kBlock));
      if (!pauses_.pause(0) || !write(std::string_view{block}.substr(0, static_cast<std::size_t>(part)))) {
        return hang_up();
      }
      left -= part;
    }
  }

  mg_connection* connection_;
  Pauses& pauses_;
  bool alive_ = true;
};

// Ends every connection of the server at `port`, and its listening: the web server has no call for that and
// would wait for idle connections to time out.
void shut_sockets(int port) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd", ignored}) {
    const auto fd = whole(entry.path().filename().string());
    sockaddr_in local{};
    socklen_t size = sizeof local;
    if (!fd || getsockname(static_cast<int>(*fd), reinterpret_cast<sockaddr*>(&local), &size) != 0) continue;
    if (local.sin_family == AF_INET && ntohs(local.sin_port) == port)
      shutdown(static_cast<int>(*fd), SHUT_RDWR);
  }
}

}  // namespace

std::optional<ListenAddress> parse_listen_address(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const std::string host = text.substr(0, colon) == "localhost" ? "127.0.0.1" : text.substr(0, colon);
  const auto port = whole(std::string_view{text}.substr(colon + 1));
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) != 1 || ntohl(address.s_addr) >> 24U != 127)
    return std::nullopt;
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  return ListenAddress{host, static_cast<int>(*port)};
}

class Server::Impl {
 public:
  explicit Impl(const ServerOptions& options) : sandbox(options.sandbox) {
    const auto address = parse_listen_address(options.listen);
    if (!address) throw std::runtime_error("the sandbox listens on loopback only: " + options.listen);
    host_ = address->host;
    start(options, fmt::format("{}:{}", address->host, address->port));
  }

  ~Impl() {
    pauses_.stop();
    shut_sockets(port);
    mg_stop(context_);
    mg_exit_library();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::string url() const { return fmt::format("http://{}:{}", host_, port); }

  Sandbox sandbox;
  int port = 0;

 private:
  void start(const ServerOptions& options, const std::string& listen) {
    const std::string threads = std::to_string(options.threads);
    const std::string keep_alive = std::to_string(options.keep_alive_ms);
    const std::array<const char*, 13> settings{"listening_ports",
                                               listen.c_str(),
                                               "num_threads",
                                               threads.c_str(),
                                               "enable_keep_alive",
                                               "yes",
                                               "keep_alive_timeout_ms",
                                               keep_alive.c_str(),
                                               "tcp_nodelay",
                                               "1",
                                               "listen_backlog",
                                               "1024",
                                               nullptr};
    mg_init_library(0);
    context_ = mg_start(nullptr, this,
                        const_cast<const char**>(settings.data()));  // NOLINT: the C API lacks a const
    if (context_ == nullptr) {
      mg_exit_library();
      throw std::runtime_error("cannot listen on " + listen);
    }
    mg_server_port found{};
    mg_get_server_ports(context_, 1, &found);
    port = found.port;
    mg_set_request_handler(context_, "/", handle, this);
  }

  // No exception may cross the C code above.
  static int handle(mg_connection* connection, void* self) noexcept {
    return static_cast<Impl*>(self)->respond(connection);
  }

  int respond(mg_connection* connection) {
    const mg_request_info& info = *mg_get_request_info(connection);
    const Incoming incoming = read_request(info, url());
    const auto body = read_body(connection, info);
    Response response;
    if (!body) {
      response.status = 413;
      response.close = true;
    } else if (Sandbox::is_provider(incoming.name)) {
      response = sandbox.provider_response(incoming.name, incoming.ask);
    } else if (incoming.name == "sandbox") {
      const Answer answer = control_answer(sandbox, incoming.ask, *body);
      response.status = answer.status;
      response.body = answer.body.dump();
    } else {
      response.status = 404;
      response.body = R"({"error":"no such path"})";
    }
    Sender{connection, pauses_}.send(response, sandbox.date());
    return response.status;
  }

  std::string host_;
  Pauses pauses_;
  mg_context* context_ = nullptr;
};

Server::Server(const ServerOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Server::~Server() = default;
int Server::port() const {
  return impl_->port;
}
std::string Server::url() const {
  return impl_->url();
}
std::string Server::base_url(const std::string& provider) const {
  return fmt::format("{}/{}{}", impl_->url(), provider, provider == "tingting" ? "/api/v1" : "");
}
Sandbox& Server::sandbox() {
  return impl_->sandbox;
}

}  // namespace sandbox
