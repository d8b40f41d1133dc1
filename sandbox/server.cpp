#include "sandbox/server.h"

#include <fmt/format.h>
#include <poll.h>

#include <utility>  // Boost 1.74 needs it and does not say so

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <stdexcept>
#include <thread>

#include "sandbox/control.h"

namespace sandbox {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Error = boost::system::error_code;
using Request = http::request<http::string_body>;

constexpr std::size_t kBlock = 64 << 10;
constexpr std::uint64_t kMaxControlBody = 1 << 20;

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

std::string_view text_of(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

Incoming read_request(const Request& request, const std::string& server_url) {
  const std::string_view target = text_of(request.target());
  const std::string_view uri = target.substr(0, target.find('?'));
  const auto second = uri.find('/', 1);
  const std::string_view name = uri.substr(std::min<std::size_t>(uri.size(), 1),
                                           second == std::string_view::npos ? second : second - 1);
  Incoming incoming{.name = std::string{name}, .ask = {}};
  Ask& ask = incoming.ask;
  ask.method = text_of(request.method_string());
  ask.path = second == std::string_view::npos ? std::string{} : std::string{uri.substr(second)};
  ask.prefix = name == "sandbox" ? server_url : fmt::format("{}/{}", server_url, name);
  ask.body = request.body();
  ask.query = parse_query(target.substr(std::min(target.size(), uri.size() + 1)));
  for (const auto& field : request) {
    ask.headers.emplace(lower(text_of(field.name_string())), text_of(field.value()));
  }
  return incoming;
}

// Of a request to recorded answers, which are not below a name.
Ask whole_path(Ask ask, const Request& request, const std::string& server_url) {
  const std::string_view target = text_of(request.target());
  ask.path = url_decoded(target.substr(0, target.find('?')));
  ask.prefix = server_url;
  return ask;
}

std::string_view phrase_of(int status) {
  return text_of(http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status))));
}

std::string head_text(const Response& response, TimePoint date, std::int64_t length, bool close) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n", response.status,
                  phrase_of(response.status), http_date_text(date), response.type, length);
  for (const auto& [name, value] : response.headers) head += fmt::format("{}: {}\r\n", name, value);
  return head + (close ? "Connection: close\r\n\r\n" : "Connection: keep-alive\r\n\r\n");
}

class Sender {
 public:
  Sender(tcp::socket& socket, Pauses& pauses) : socket_(socket), pauses_(pauses) {}

  // Whether the connection may go on.
  bool send(const Response& response, TimePoint date, bool keep) {
    if (response.delay_ms > 0 && !pauses_.pause(response.delay_ms)) return false;
    if (response.hang_up) return false;
    const bool close = !keep || response.close || response.cut_body.has_value();
    const auto length =
        static_cast<std::int64_t>(response.body.size() + response.tail.size()) + response.filler;
    const std::string head = head_text(response, date, length, close);
    return send_parts(response, head) && !close;
  }

 private:
  bool send_parts(const Response& response, const std::string& head) {
    if (response.byte_ms > 0) return write(head) && drip(response.body, response.byte_ms);
    if (response.filler > 0)
      return write(head + response.body) && fill(response.filler) && write(response.tail);
    return write(head + response.body.substr(0, response.cut_body.value_or(std::string::npos)));
  }
  bool write(std::string_view text) {
    Error error;
    asio::write(socket_, asio::buffer(text.data(), text.size()), error);
    return !error;
  }
  bool drip(const std::string& body, std::int64_t ms) {
    return std::ranges::all_of(body, [&](const char& byte) {
      return pauses_.pause(ms) && write({&byte, 1});
    });
  }
  bool fill(std::int64_t size) {
    const std::string block(kBlock, 'x');
    for (std::int64_t left = size; left > 0;) {
      const auto part = std::min(left, static_cast<std::int64_t>(kBlock));
      if (!pauses_.pause(0) || !write(std::string_view{block}.substr(0, static_cast<std::size_t>(part)))) {
        return false;
      }
      left -= part;
    }
    return true;
  }

  tcp::socket& socket_;
  Pauses& pauses_;
};

// The connections, each served by a thread of its own, since answers may take as long as they like.
class Connections {
 public:
  explicit Connections(int most) : most_(static_cast<std::size_t>(std::max(most, 1))) {}

  // Waits until there is room; `serve` is called on the connection's thread and ends with it.
  template <class Serve>
  void add(tcp::socket socket, const Serve& serve) {
    std::unique_lock lock{mutex_};
    ended_.wait(lock, [&] { return stop_ || open_ < most_; });
    if (stop_) return;
    clear_ended();
    Connection& added = all_.emplace_back(std::move(socket));
    ++open_;
    added.thread = std::thread{[this, &added, serve] {
      serve(added.socket);
      end(added);
    }};
  }

  // Ends all of them, and add() for good.
  void stop() {
    {
      const std::scoped_lock lock{mutex_};
      stop_ = true;
      for (Connection& each : all_) shut(each);
    }
    ended_.notify_all();
    for (Connection& each : all_) each.thread.join();
  }

 private:
  struct Connection {
    explicit Connection(tcp::socket from) : socket(std::move(from)) {}
    tcp::socket socket;
    std::thread thread;
    bool ended = false;
  };

  static void shut(Connection& connection) {
    Error ignored;
    if (!connection.ended) connection.socket.shutdown(tcp::socket::shutdown_both, ignored);
  }
  void end(Connection& connection) {
    Error ignored;
    const std::scoped_lock lock{mutex_};
    connection.socket.shutdown(tcp::socket::shutdown_send, ignored);
    connection.socket.close(ignored);
    connection.ended = true;
    --open_;
    ended_.notify_all();
  }
  void clear_ended() {
    for (Connection& each : all_) {
      if (each.ended) each.thread.join();
    }
    all_.remove_if([](const Connection& each) { return each.ended; });
  }

  std::size_t most_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::list<Connection> all_;
  std::size_t open_ = 0;
  bool stop_ = false;
};

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
  explicit Impl(const ServerOptions& options)
      : sandbox(options.sandbox), keep_alive_ms_(options.keep_alive_ms), connections_(options.threads) {
    const auto address = parse_listen_address(options.listen);
    if (!address) throw std::runtime_error("the sandbox listens on loopback only: " + options.listen);
    host_ = address->host;
    listen({asio::ip::make_address(address->host), static_cast<std::uint16_t>(address->port)});
    accepting_ = std::thread{[this] { accept(); }};
  }

  ~Impl() {
    pauses_.stop();
    shutdown(acceptor_.native_handle(), SHUT_RDWR);  // wakes the thread that accepts
    connections_.stop();
    accepting_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::string url() const { return fmt::format("http://{}:{}", host_, port); }

  Sandbox sandbox;
  int port = 0;

 private:
  void listen(const tcp::endpoint& endpoint) {
    constexpr int backlog = 1024;
    Error error;
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(backlog, error);
    if (error) throw std::runtime_error(fmt::format("cannot listen on {}:{}", host_, endpoint.port()));
    port = acceptor_.local_endpoint().port();
  }

  void accept() {
    Error error;
    while (!error) {
      tcp::socket socket{io_};
      acceptor_.accept(socket, error);
      if (error) return;
      Error ignored;
      socket.set_option(tcp::no_delay(true), ignored);
      connections_.add(std::move(socket), [this](tcp::socket& each) { serve(each); });
    }
  }

  // A request comes within the time that a connection may be idle, or the connection ends.
  bool comes_more(tcp::socket& socket) const {
    pollfd waiting{.fd = socket.native_handle(), .events = POLLIN, .revents = 0};
    return poll(&waiting, 1, keep_alive_ms_) > 0;
  }

  void serve(tcp::socket& socket) {
    boost::beast::flat_buffer buffer;
    bool keep = true;
    while (keep) {
      if (buffer.size() == 0 && !comes_more(socket)) return;
      http::request_parser<http::string_body> parser;
      parser.body_limit(kMaxControlBody);
      Error error;
      http::read(socket, buffer, parser, error);
      const bool too_large = error == http::error::body_limit;
      if (error && !too_large) return;
      const Response response = too_large ? refused(413) : respond(parser.get());
      keep = Sender{socket, pauses_}.send(response, sandbox.date(), parser.keep_alive());
    }
  }

  static Response refused(int status) {
    Response response;
    response.status = status;
    response.close = true;
    return response;
  }

  Response respond(const Request& request) {
    Incoming incoming = read_request(request, url());
    if (sandbox.replays() && incoming.name != "sandbox")
      return sandbox.provider_response("replay", whole_path(std::move(incoming.ask), request, url()));
    if (Sandbox::is_provider(incoming.name)) return sandbox.provider_response(incoming.name, incoming.ask);
    Response response;
    if (incoming.name == "sandbox") {
      const Answer answer = control_answer(sandbox, incoming.ask, request.body());
      response.status = answer.status;
      response.body = answer.body.dump();
    } else {
      response.status = 404;
      response.body = R"({"error":"no such path"})";
    }
    return response;
  }

  std::string host_;
  int keep_alive_ms_;
  Pauses pauses_;
  asio::io_context io_{1};
  Connections connections_;
  tcp::acceptor acceptor_{io_};
  std::thread accepting_;
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
