#include "exporter/adapters/listen_socket.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>

#include "exporter/core/utf8.h"

namespace cpaas {
namespace {

constexpr int backlog = 1024;

struct HostAndPort {
  std::string host;
  std::string port;
};

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

tl::unexpected<Error> cannot_listen(const std::string& address, const std::string& why) {
  return fail(Reason::internal, fmt::format("cannot listen on {}: {}", one_line(address), why));
}

std::string error_text(int code) {
  return std::generic_category().message(code);
}

bool is_port(const std::string& text) {
  const bool digits =
      !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string::npos;
  return digits && std::stoul(text) <= 65535;
}

std::optional<HostAndPort> split(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  HostAndPort result{address.substr(0, colon), address.substr(colon + 1)};
  std::string& host = result.host;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (!is_port(result.port) || (!bracketed && host.find(':') != std::string::npos)) return std::nullopt;
  return result;
}

Addresses look_up(const HostAndPort& where, int flags) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV | flags;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  return Addresses(getaddrinfo(where.host.c_str(), where.port.c_str(), &hints, &found) == 0 ? found
                                                                                            : nullptr);
}

// Numbers first: names would load the system's name services.
Addresses addresses_of(const HostAndPort& where) {
  Addresses found = look_up(where, AI_NUMERICHOST);
  return found ? std::move(found) : look_up(where, 0);
}

void turn_on(const FileDescriptor& socket, int level, int option, int value = 1) {
  setsockopt(socket.get(), level, option, &value, sizeof value);
}

// A socket that listens, or errno.
FileDescriptor open_listener(const addrinfo& address, bool both_families) {
  FileDescriptor socket(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return {};
  turn_on(socket, SOL_SOCKET, SO_REUSEADDR);
  turn_on(socket, SOL_SOCKET, SO_KEEPALIVE);  // this one and the next are inherited by what it accepts
  turn_on(socket, IPPROTO_TCP, TCP_NODELAY);
  if (address.ai_family == AF_INET6) turn_on(socket, IPPROTO_IPV6, IPV6_V6ONLY, both_families ? 0 : 1);
  if (bind(socket.get(), address.ai_addr, address.ai_addrlen) != 0) return {};
  if (listen(socket.get(), backlog) != 0) return {};
  return socket;
}

Result<FileDescriptor> listen_at(const std::string& address, const HostAndPort& where, bool both_families) {
  const Addresses found = addresses_of(where);
  if (!found) return cannot_listen(address, "the name does not resolve");
  FileDescriptor socket = open_listener(*found, both_families);
  if (!socket) return cannot_listen(address, error_text(errno));
  return socket;
}

}  // namespace

Result<FileDescriptor> listen_on(const std::string& address) {
  const auto where = split(address);
  if (!where) return cannot_listen(address, "expected HOST:PORT, [IPV6]:PORT or :PORT");
  if (!where->host.empty()) return listen_at(address, *where, false);
  auto socket = listen_at(address, {"::", where->port}, true);
  const bool no_ipv6 = !socket && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
  return no_ipv6 ? listen_at(address, {"0.0.0.0", where->port}, false) : std::move(socket);
}

std::uint16_t port_of(const FileDescriptor& socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  const auto* ipv4 = reinterpret_cast<const sockaddr_in*>(&address);
  const auto* ipv6 = reinterpret_cast<const sockaddr_in6*>(&address);
  return ntohs(address.ss_family == AF_INET6 ? ipv6->sin6_port : ipv4->sin_port);
}

}  // namespace cpaas
