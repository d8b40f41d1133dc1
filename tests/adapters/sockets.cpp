#include "tests/adapters/sockets.h"

#include <poll.h>
#include <sys/socket.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <stdexcept>

namespace cpaas::test {
namespace {

sockaddr_in ipv4(std::uint32_t host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(host);
  return address;
}

}  // namespace

FileDescriptor listen_on_loopback(int backlog) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = ipv4(INADDR_LOOPBACK, 0);
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(socket.get(), backlog) != 0) {
    throw std::runtime_error("no listening socket");
  }
  return socket;
}

FileDescriptor connect_to(std::uint16_t port, std::uint32_t ipv4_address) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = ipv4(ipv4_address, port);
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  return socket;
}

std::uint16_t port_of_socket(const FileDescriptor& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

bool readable_within(const FileDescriptor& socket, Duration at_most) {
  pollfd waiting{socket.get(), POLLIN, 0};
  return poll(&waiting, 1, static_cast<int>(at_most.count())) == 1;
}

bool send_all(const FileDescriptor& socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::string receive_some(const FileDescriptor& socket) {
  std::array<char, 65536> buffer{};
  const ssize_t count = recv(socket.get(), buffer.data(), buffer.size(), 0);
  return count <= 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(count));
}

std::string receive_until(const FileDescriptor& socket, std::string_view mark) {
  std::string text;
  char c = 0;
  while (!text.ends_with(mark) && recv(socket.get(), &c, 1, 0) == 1) text.push_back(c);
  return text;
}

std::string receive_exactly(const FileDescriptor& socket, std::size_t size) {
  std::string text(size, '\0');
  if (text.empty()) return text;  // a read of nothing would wait all the same
  const ssize_t count = recv(socket.get(), text.data(), size, MSG_WAITALL);
  text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return text;
}

std::string receive_to_end(const FileDescriptor& socket) {
  std::string text;
  for (std::string part = receive_some(socket); !part.empty(); part = receive_some(socket)) text += part;
  return text;
}

void reset_on_close(const FileDescriptor& socket) {
  const linger now{1, 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

TestServer::TestServer(Session session)
    : session_(std::move(session)),
      listener_(listen_on_loopback()),
      port_(port_of_socket(listener_)),
      acceptor_([this] { accept_all(); }) {}

TestServer::~TestServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const int socket : open_) shutdown(socket, SHUT_RDWR);
  }
  shutdown(listener_.get(), SHUT_RDWR);
  acceptor_.join();
  for (std::thread& session : sessions_) session.join();
}

std::string TestServer::url(std::string_view path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
}

std::size_t TestServer::accepted() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

void TestServer::accept_all() {
  for (;;) {
    FileDescriptor socket(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) return;
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    ++accepted_;
    open_.insert(socket.get());
    sessions_.emplace_back(
        [this, kept = std::make_shared<FileDescriptor>(std::move(socket))] { serve(std::move(*kept)); });
  }
}

void TestServer::serve(FileDescriptor socket) {
  session_(socket);
  const std::lock_guard lock(mutex_);
  open_.erase(socket.get());
}

TestServer::Session answer_with(std::string response) {
  return [response = std::move(response)](const FileDescriptor& peer) {
    while (!receive_until(peer, "\r\n\r\n").empty()) {
      if (!send_all(peer, response)) return;
    }
  };
}

std::string ok(std::string_view body, std::string_view headers) {
  return std::string("HTTP/1.1 200 OK\r\n")
      .append(headers)
      .append("Content-Length: ")
      .append(std::to_string(body.size()))
      .append("\r\n\r\n")
      .append(body);
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string result(deflateBound(&stream, text.size()), '\0');
  std::string input(text);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

}  // namespace cpaas::test
