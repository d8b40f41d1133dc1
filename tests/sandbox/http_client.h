// A small blocking HTTP client that shows what really came over the socket.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace sandbox::test {

struct Received {
  int status = 0;
  std::string head;  // with the status line
  std::string body;  // as it came, decoded by nobody

  // The value of a header, empty if there is none.
  std::string header(const std::string& name) const {
    const auto at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

class Connection {
 public:
  explicit Connection(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect_to(address);
  }
  // Of a unix socket.
  explicit Connection(const std::string& path) : fd_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    connect_to(address);
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send_text(const std::string& text) const { (void)send(fd_, text.data(), text.size(), MSG_NOSIGNAL); }

  // Reads one answer: up to its promised length, or to the end of the connection.
  Received receive() const {
    std::string all;
    std::size_t wanted = std::string::npos;
    std::size_t head = std::string::npos;
    while (all.size() < wanted && read_some(all)) {
      if (head == std::string::npos) head = all.find("\r\n\r\n");
      if (head != std::string::npos && wanted == std::string::npos)
        wanted = head + 4 + promised(all.substr(0, head));
    }
    Received got;
    if (head == std::string::npos) return got;
    got.head = all.substr(0, head + 2);
    got.body = all.substr(head + 4);
    got.status = std::stoi(got.head.substr(9, 3));
    return got;
  }
  // Reads up to `bytes` of whatever comes.
  std::string receive_bytes(std::size_t bytes) const {
    std::string all;
    while (all.size() < bytes && read_some(all)) {
    }
    return all;
  }

 private:
  template <class Address>
  void connect_to(const Address& address) const {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
    close(fd_);
    throw std::runtime_error("cannot connect");
  }
  static std::size_t promised(const std::string& head) {
    const std::string name = "Content-Length: ";
    const auto at = head.find(name);
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + name.size()));
  }
  bool read_some(std::string& into) const {
    std::array<char, 65536> buffer{};
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  int fd_;
};

inline std::string request_text(const std::string& method, const std::string& path,
                                const std::string& body = {}, const std::string& headers = {}) {
  return method + " " + path + " HTTP/1.1\r\nHost: sandbox\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline Received request(int port, const std::string& method, const std::string& path,
                        const std::string& body = {}, const std::string& headers = {}) {
  const Connection connection{port};
  connection.send_text(request_text(method, path, body, headers));
  return connection.receive();
}

}  // namespace sandbox::test
