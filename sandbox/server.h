// The sandbox on a loopback socket: each provider below its own prefix (/tingting, /vobiz, /teli,
// /agentphone), or recorded answers at any path, and the control paths below /sandbox. Every answer's Date
// header shows the sandbox's clock. Listens from construction to destruction; destruction takes some
// milliseconds, even with slow answers under way.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sandbox/sandbox.h"

namespace sandbox {

struct ListenAddress {
  std::string host;
  int port = 0;
};
// HOST:PORT whose host is localhost or in 127.0.0.0/8, else nothing: the sandbox has no business on a
// network.
std::optional<ListenAddress> parse_listen_address(const std::string& text);

struct ServerOptions {
  SandboxOptions sandbox;
  std::string listen = "127.0.0.1:0";  // port 0: any free one
  int threads = 64;                    // connections served at a time, kept-alive and delayed ones included
  int keep_alive_ms = 5000;            // how long an idle connection stays open
};

class Server {
 public:
  // Throws std::runtime_error when the address is not a loopback one or cannot be listened on.
  explicit Server(const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  std::string url() const;  // http://127.0.0.1:PORT
  // The base URL for a provider's configuration: tingting has /api/v1 below its prefix, the others nothing.
  std::string base_url(const std::string& provider) const;
  // Clock, events, variants, faults and truth, from any thread.
  Sandbox& sandbox();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sandbox
