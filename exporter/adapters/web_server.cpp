#include "exporter/adapters/web_server.h"

#include <exception>

#include "exporter/adapters/web_loop.h"

namespace cpaas {

WebServer::WebServer() = default;

Result<std::unique_ptr<WebServer>> WebServer::start(std::vector<WebListener> listeners, WebHandler handler,
                                                    Log log, WebServerOptions options) {
  try {
    auto server = std::unique_ptr<WebServer>(new WebServer());
    server->loop_ = std::make_unique<WebLoop>(std::move(handler), std::move(log), std::move(options));
    for (WebListener& listener : listeners) {
      server->ports_.push_back(listener.port());
      server->loop_->listen(std::move(listener));
    }
    server->thread_ = std::thread([loop = server->loop_.get()] { loop->run(); });
    return server;
  } catch (const std::exception& error) {  // no descriptor for epoll, or no thread
    return fail(Reason::internal, std::string("cannot start the web server: ") + error.what());
  }
}

void WebServer::guard(std::shared_ptr<const WebGuard> guard) {
  loop_->guard(std::move(guard));
}

WebServer::~WebServer() {
  if (!thread_.joinable()) return;
  loop_->start_stopping();
  thread_.join();
}

}  // namespace cpaas
