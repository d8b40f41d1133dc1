#include "exporter/adapters/web_server.h"

#include <civetweb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "exporter/adapters/open_descriptors.h"
#include "exporter/core/utf8.h"

namespace cpaas {
namespace {

std::string_view or_empty(const char* text) {
  return text == nullptr ? std::string_view{} : std::string_view(text);
}

// civetweb writes "every address of both families" as +PORT.
std::string port_list(const std::vector<std::string>& addresses) {
  const std::string every_address = mg_check_feature(MG_FEATURES_IPV6) != 0 ? "+" : "";
  std::string list;
  for (const std::string& address : addresses) {
    if (!list.empty()) list += ",";
    list += address.starts_with(':') ? every_address + address.substr(1) : address;
  }
  return list;
}

std::string header_of(const WebResponse& response, std::size_t size) {
  std::string header = "HTTP/1.1 " + std::to_string(response.status) + " ";
  header += mg_get_response_code_text(nullptr, response.status);
  header += "\r\nContent-Type: " + response.content_type + "\r\nContent-Length: " + std::to_string(size);
  if (response.gzipped) header += "\r\nContent-Encoding: gzip";
  for (const auto& [name, value] : response.headers) {
    if (value.find_first_of("\r\n") != std::string::npos) continue;  // would begin another header
    header.append("\r\n").append(name).append(": ").append(value);
  }
  return header += "\r\nX-Content-Type-Options: nosniff\r\n\r\n";
}

void send(mg_connection* connection, const WebResponse& response, bool with_body) {
  static const std::string empty;
  const std::string& body = response.body ? *response.body : empty;
  std::string header = header_of(response, body.size());
  constexpr std::size_t one_packet = 16 * 1024;  // small bodies go out with their header
  if (with_body && body.size() < one_packet) {
    header += body;
    mg_write(connection, header.data(), header.size());
    return;
  }
  mg_write(connection, header.data(), header.size());
  if (with_body) mg_write(connection, body.data(), body.size());
}

std::uint16_t local_port(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port);
  return 0;
}

}  // namespace

Result<std::unique_ptr<WebServer>> WebServer::start(const std::vector<std::string>& addresses,
                                                    WebHandler handler, Log log, WebServerOptions options) {
  auto server = std::unique_ptr<WebServer>(new WebServer(std::move(handler), std::move(log)));
  const std::string ports = port_list(addresses);
  const std::string threads = std::to_string(options.threads);
  const std::string request_timeout = std::to_string(options.request_timeout.count());
  const std::string idle_timeout = std::to_string(options.idle_timeout.count());
  const std::array<const char*, 15> settings{"listening_ports",
                                             ports.c_str(),
                                             "num_threads",
                                             threads.c_str(),
                                             "request_timeout_ms",
                                             request_timeout.c_str(),
                                             "keep_alive_timeout_ms",
                                             idle_timeout.c_str(),
                                             "enable_keep_alive",
                                             "yes",
                                             "tcp_nodelay",
                                             "1",
                                             "max_request_size",
                                             "16384",
                                             nullptr};
  mg_callbacks callbacks{};
  callbacks.begin_request = begin_request;
  callbacks.log_message = log_message;
  std::array<char, 256> text{};
  mg_error_data error{};
  error.text = text.data();
  error.text_buffer_size = text.size();
  mg_init_data init{};
  init.callbacks = &callbacks;
  init.user_data = server.get();
  init.configuration_options = const_cast<const char**>(settings.data());
  server->context_ = mg_start2(&init, &error);
  if (server->context_ == nullptr) {
    return fail(Reason::internal, "cannot listen on " + ports + ": " + one_line(text.data()));
  }
  return server;
}

WebServer::~WebServer() {
  if (context_ == nullptr) return;
  await_running_requests();  // mg_stop() would cut them off
  wake_threads();
  mg_stop(context_);
}

void WebServer::count_running(int change) const {
  const std::lock_guard lock(mutex_);
  running_ += change;
  done_.notify_all();
}

void WebServer::await_running_requests() {
  std::unique_lock lock(mutex_);
  done_.wait_for(lock, std::chrono::seconds{1}, [this] { return running_ == 0; });
}

// civetweb's threads look at its stop flag only every two seconds while they wait for a connection or a next
// request; the end of input wakes them.
void WebServer::wake_threads() const {
  const auto own = ports();
  for (const int descriptor : open_descriptors().value_or(std::vector<int>{})) {
    if (std::find(own.begin(), own.end(), local_port(descriptor)) != own.end()) shutdown(descriptor, SHUT_RD);
  }
}

std::vector<std::uint16_t> WebServer::ports() const {
  std::array<mg_server_port, 64> found{};
  const int count = mg_get_server_ports(context_, static_cast<int>(found.size()), found.data());
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < count; ++i)
    ports.push_back(static_cast<std::uint16_t>(found.at(static_cast<std::size_t>(i)).port));
  return ports;
}

int WebServer::log_message(const mg_connection* connection, const char* message) {
  const auto* self = static_cast<const WebServer*>(mg_get_user_data(mg_get_context(connection)));
  if (self != nullptr) self->log_(LogLevel::warn, "web server", {{"error", one_line(message)}});
  return 1;
}

WebResponse WebServer::answer(const WebRequest& request) const {
  try {
    return handler_(request);
  } catch (...) {  // what it was may hold a secret
    log_(LogLevel::error, "a page failed", {{"path", one_line(request.path)}});
    return {.status = 500, .body = std::make_shared<const std::string>("Internal error\n")};
  }
}

int WebServer::begin_request(mg_connection* connection) {
  const mg_request_info* info = mg_get_request_info(connection);
  const auto* self = static_cast<const WebServer*>(info->user_data);
  const std::string_view method = or_empty(info->request_method);
  const bool head = method == "HEAD";
  self->count_running(1);
  const WebResponse response =
      self->answer({head ? "GET" : method, or_empty(info->local_uri_raw), or_empty(info->query_string),
                    or_empty(mg_get_header(connection, "Accept")),
                    or_empty(mg_get_header(connection, "Accept-Encoding"))});
  send(connection, response, !head);
  self->count_running(-1);
  return response.status;  // any status above 0: answered
}

}  // namespace cpaas
