#include "exporter/app/health.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "exporter/adapters/web_listener.h"
#include "exporter/core/utf8.h"

namespace cpaas::app {
namespace {

constexpr Duration patience{5'000};

// The first line of the answer, or why there is none.
Result<std::string> status_line(const std::string& address, const std::string& path) {
  const auto socket = connect_to(address, patience);
  if (!socket) return tl::unexpected(socket.error());
  const auto failure = [&] {
    return fail(Reason::connect, address + ": " + std::generic_category().message(errno));
  };
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  if (::send(socket->get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return failure();
  }
  std::string answer;
  std::array<char, 256> buffer{};
  while (answer.find('\n') == std::string::npos) {
    const ssize_t size = ::recv(socket->get(), buffer.data(), buffer.size(), 0);
    if (size < 0) return failure();
    if (size == 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return answer.substr(0, answer.find_first_of("\r\n"));
}

}  // namespace

int health(const CommandLine& line, std::ostream& errors) {
  const std::string& address =
      line.health_address.empty() ? line.listen_addresses.front() : line.health_address;
  const std::string path = line.ready ? "/-/ready" : "/-/healthy";
  const auto status = status_line(address, path);
  if (status && status->starts_with("HTTP/1.1 200 ")) return 0;
  errors << (status ? address + path + " answered: " + one_line(*status) : one_line(status.error().message))
         << "\n";
  return 1;
}

}  // namespace cpaas::app
