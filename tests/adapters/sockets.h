// Plain sockets on loopback: peers that behave as a test wants.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "exporter/adapters/file_descriptor.h"
#include "exporter/core/clock.h"

namespace cpaas::test {

// A listening socket on a free port of 127.0.0.1.
FileDescriptor listen_on_loopback(int backlog = 1024);
// A connection, by default to 127.0.0.1; nothing if it is refused.
FileDescriptor connect_to(std::uint16_t port, std::uint32_t ipv4_address = INADDR_LOOPBACK);
std::uint16_t port_of_socket(const FileDescriptor& socket);

// True if there is something to read, or the end, within the time.
bool readable_within(const FileDescriptor& socket, Duration at_most);
bool send_all(const FileDescriptor& socket, std::string_view text);
// One read: empty at the end or on an error.
std::string receive_some(const FileDescriptor& socket);
// Up to and with `mark`, or to the end.
std::string receive_until(const FileDescriptor& socket, std::string_view mark);
std::string receive_exactly(const FileDescriptor& socket, std::size_t size);
std::string receive_to_end(const FileDescriptor& socket);
// Makes the close of `socket` a reset.
void reset_on_close(const FileDescriptor& socket);

// Serves each connection by one function on a thread of its own.
class TestServer {
 public:
  using Session = std::function<void(const FileDescriptor&)>;
  explicit TestServer(Session session);
  ~TestServer();  // ends the connections that are left

  std::uint16_t port() const { return port_; }
  std::string url(std::string_view path = "/") const;
  std::size_t accepted() const;

 private:
  void accept_all();
  void serve(FileDescriptor socket);

  const Session session_;
  const FileDescriptor listener_;
  const std::uint16_t port_;
  mutable std::mutex mutex_;
  std::size_t accepted_ = 0;
  bool stopping_ = false;
  std::set<int> open_;
  std::vector<std::thread> sessions_;
  std::thread acceptor_;
};

// A session that answers every request of a connection with the same bytes.
TestServer::Session answer_with(std::string response);
// "HTTP/1.1 200 OK" with these headers (each with its line end), Content-Length and the body.
std::string ok(std::string_view body, std::string_view headers = "");

std::string gzip(std::string_view text);

}  // namespace cpaas::test
