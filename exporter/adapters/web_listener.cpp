#include "exporter/adapters/web_listener.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "exporter/core/utf8.h"

namespace cpaas {
namespace {

constexpr std::string_view unix_prefix = "unix:";

// An address of any family, with its length.
struct Place {
  sockaddr_storage address{};
  socklen_t size = 0;
};

std::string reason_of(int error) {
  return std::generic_category().message(error);
}

std::optional<int> number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole && text.front() != '-' ? std::optional(value) : std::nullopt;
}

struct HostPort {
  std::string host;  // empty: every address
  std::uint16_t port;
};

// Of an address without a problem.
HostPort split(std::string_view address) {
  const auto colon = address.rfind(':');
  std::string_view host = address.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return {std::string(host), static_cast<std::uint16_t>(number(address.substr(colon + 1)).value_or(0))};
}

std::optional<std::string> host_problem(std::string_view host) {
  const bool bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (!bracketed && host.find(':') != std::string_view::npos) {
    return "an IPv6 address must stand in brackets, such as [::1]:10777";
  }
  constexpr std::string_view others = ".-_:%";
  const std::string_view inner = bracketed ? host.substr(1, host.size() - 2) : host;
  const bool good = std::ranges::all_of(inner, [&](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || others.find(c) != std::string_view::npos;
  });
  return good ? std::nullopt : std::optional<std::string>("the host has a character that none has");
}

std::optional<std::string> path_problem(std::string_view path) {
  if (!path.starts_with('/')) return "the path of a unix socket must be whole, such as unix:/run/cpaas.sock";
  if (path.size() >= sizeof(sockaddr_un::sun_path)) return "the path of a unix socket is too long";
  if (path.find('\0') != std::string_view::npos) return "the path of a unix socket must not hold a NUL";
  return std::nullopt;
}

Place place_of(const addrinfo& found) {
  Place place;
  place.size = found.ai_addrlen;
  std::copy_n(reinterpret_cast<const char*>(found.ai_addr), found.ai_addrlen,
              reinterpret_cast<char*>(&place.address));
  return place;
}

// One of the addresses that a host has, an IPv4 one before others.
Result<Place> look_up(const HostPort& wanted, int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(wanted.host.c_str(), std::to_string(wanted.port).c_str(), &hints, &list);
  if (error != 0) return fail(Reason::internal, gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(list, freeaddrinfo);
  const addrinfo* best = list;
  for (const addrinfo* each = list; each != nullptr && best->ai_family != AF_INET; each = each->ai_next) {
    if (each->ai_family == AF_INET) best = each;
  }
  return place_of(*best);
}

Place every_address(int family, std::uint16_t port) {
  Place place;
  if (family == AF_INET6) {
    auto* address = reinterpret_cast<sockaddr_in6*>(&place.address);
    address->sin6_family = AF_INET6;
    address->sin6_port = htons(port);
    address->sin6_addr = in6addr_any;
    place.size = sizeof *address;
  } else {
    auto* address = reinterpret_cast<sockaddr_in*>(&place.address);
    address->sin_family = AF_INET;
    address->sin_port = htons(port);
    place.size = sizeof *address;
  }
  return place;
}

Place unix_place(std::string_view path) {
  Place place;
  auto* address = reinterpret_cast<sockaddr_un*>(&place.address);
  address->sun_family = AF_UNIX;
  std::ranges::copy(path, address->sun_path);
  place.size = sizeof *address;
  return place;
}

// A listening socket, or the error number.
tl::expected<FileDescriptor, int> listen_at(const Place& place, bool both_families) {
  FileDescriptor socket(::socket(place.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return tl::unexpected(errno);
  const int yes = 1;
  const int only_one = both_families ? 0 : 1;
  if (place.address.ss_family == AF_INET6) {
    setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_one, sizeof only_one);
  }
  if (place.address.ss_family != AF_UNIX) {
    setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  }
  constexpr int backlog = 4096;  // the kernel takes less where it allows less
  if (bind(socket.get(), reinterpret_cast<const sockaddr*>(&place.address), place.size) != 0 ||
      listen(socket.get(), backlog) != 0) {
    return tl::unexpected(errno);
  }
  return socket;
}

// Whether the file is a socket that nobody listens on any more.
bool left_behind(const Place& place, const char* path) {
  struct stat status {};
  if (lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
  const FileDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto* address = reinterpret_cast<const sockaddr*>(&place.address);
  return connect(probe.get(), address, place.size) != 0 && errno == ECONNREFUSED;
}

tl::expected<FileDescriptor, int> listen_at_path(const std::string& path) {
  const Place place = unix_place(path);
  auto socket = listen_at(place, false);
  if (socket || socket.error() != EADDRINUSE || !left_behind(place, path.c_str())) return socket;
  unlink(path.c_str());
  return listen_at(place, false);
}

tl::expected<FileDescriptor, int> listen_everywhere(std::uint16_t port) {
  auto both = listen_at(every_address(AF_INET6, port), true);
  if (both || (both.error() != EAFNOSUPPORT && both.error() != EADDRNOTAVAIL)) return both;
  return listen_at(every_address(AF_INET, port), false);
}

tl::unexpected<Error> cannot(std::string_view address, std::string_view why) {
  return fail(Reason::internal, "cannot listen on " + one_line(address) + ": " + one_line(why));
}

Result<WebListener> listener(tl::expected<FileDescriptor, int> socket, const std::string& address) {
  if (!socket) return cannot(address, reason_of(socket.error()));
  return WebListener{std::move(*socket), address};
}

// --- systemd

std::string variable(const char* name) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing in here sets any
  return text == nullptr ? std::string{} : std::string(text);
}

// The n-th of a list with colons between.
std::string_view nth(std::string_view list, int n) {
  for (; n > 0; --n) {
    const auto colon = list.find(':');
    if (colon == std::string_view::npos) return {};
    list.remove_prefix(colon + 1);
  }
  return list.substr(0, list.find(':'));
}

bool listens(int descriptor) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0;
}

}  // namespace

std::optional<std::string> listen_address_problem(std::string_view address) {
  if (address.starts_with(unix_prefix)) return path_problem(address.substr(unix_prefix.size()));
  const auto colon = address.rfind(':');
  const bool in_brackets = address.ends_with(']');
  if (colon == std::string_view::npos || in_brackets) {
    return "it must be HOST:PORT, :PORT, [IPV6]:PORT or unix:/PATH";
  }
  const std::string_view port = address.substr(colon + 1);
  const auto value = number(port);
  if (!value || *value > 65'535) return "the port must be a number from 0 to 65535";
  return host_problem(address.substr(0, colon));
}

std::uint16_t WebListener::port() const {
  sockaddr_storage place{};
  socklen_t size = sizeof place;
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&place), &size) != 0) return 0;
  if (place.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&place)->sin_port);
  if (place.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&place)->sin6_port);
  return 0;
}

Result<WebListener> listen_on(const std::string& address) {
  if (const auto problem = listen_address_problem(address)) return cannot(address, *problem);
  if (address.starts_with(unix_prefix)) {
    return listener(listen_at_path(address.substr(unix_prefix.size())), address);
  }
  const HostPort wanted = split(address);
  if (wanted.host.empty()) return listener(listen_everywhere(wanted.port), address);
  auto place = look_up(wanted, AI_NUMERICHOST);
  if (!place) place = look_up(wanted, 0);
  if (!place) return cannot(address, place.error().message);
  return listener(listen_at(*place, false), address);
}

Result<FileDescriptor> connect_to(const std::string& address, Duration timeout) {
  const auto cannot_connect = [&](std::string_view why) {
    return fail(Reason::connect, one_line(address) + ": " + one_line(why));
  };
  if (const auto problem = listen_address_problem(address)) return cannot_connect(*problem);
  Result<Place> place = Place{};
  if (address.starts_with(unix_prefix)) {
    place = unix_place(address.substr(unix_prefix.size()));
  } else {
    HostPort wanted = split(address);
    if (wanted.host.empty()) wanted.host = "127.0.0.1";
    place = look_up(wanted, 0);
  }
  if (!place) return cannot_connect(place.error().message);
  FileDescriptor socket(::socket(place->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{timeout.count() / 1000, timeout.count() % 1000 * 1000};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);  // connect() counts as sending
  const auto* where = reinterpret_cast<const sockaddr*>(&place->address);
  if (connect(socket.get(), where, place->size) != 0) return cannot_connect(reason_of(errno));
  return socket;
}

Result<std::vector<WebListener>> take_systemd_sockets() {
  constexpr int first = 3;
  constexpr int most = 256;
  const auto count = number(variable("LISTEN_FDS"));
  if (variable("LISTEN_PID") != std::to_string(getpid()) || !count || *count < 1 || *count > most) {
    return fail(Reason::internal, "systemd handed over no sockets (LISTEN_PID, LISTEN_FDS)");
  }
  const std::string names = variable("LISTEN_FDNAMES");
  std::vector<WebListener> result;
  for (int i = 0; i < *count; ++i) {
    WebListener each{FileDescriptor(first + i), "systemd:" + std::string(nth(names, i)),
                     nth(names, i) == "health"};
    if (!listens(first + i)) return cannot(each.address, "this is no listening stream socket");
    fcntl(first + i, F_SETFD, FD_CLOEXEC);
    fcntl(first + i, F_SETFL, fcntl(first + i, F_GETFL) | O_NONBLOCK);
    result.push_back(std::move(each));
  }
  return result;
}

}  // namespace cpaas
