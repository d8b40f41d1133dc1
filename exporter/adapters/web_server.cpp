#include "exporter/adapters/web_server.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include "exporter/adapters/listen_socket.h"
#include "exporter/adapters/web_loop.h"

namespace cpaas {

WebServer::WebServer(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

WebServer::~WebServer() = default;

std::vector<std::uint16_t> WebServer::ports() const {
  return loop_->ports();
}

Result<std::unique_ptr<WebServer>> WebServer::start(const std::vector<std::string>& addresses,
                                                    WebHandler handler, Log log, WebServerOptions options) {
  std::vector<FileDescriptor> listeners;
  for (const std::string& address : addresses) {
    auto listener = listen_on(address);
    if (!listener) return tl::unexpected(std::move(listener).error());
    listeners.push_back(*std::move(listener));
  }
  auto loop = std::make_unique<Loop>(std::move(listeners), std::move(handler), std::move(log), options);
  try {
    if (!loop->start()) throw std::system_error(errno, std::generic_category());
  } catch (const std::system_error& error) {
    return fail(Reason::internal, fmt::format("cannot start the web server: {}", error.code().message()));
  }
  return std::unique_ptr<WebServer>(new WebServer(std::move(loop)));
}

}  // namespace cpaas
