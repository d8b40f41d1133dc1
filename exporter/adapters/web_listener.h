// Where the web server listens: addresses as people write them, and sockets that systemd hands over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/adapters/file_descriptor.h"
#include "exporter/core/clock.h"
#include "exporter/core/result.h"

namespace cpaas {

// What is wrong with an address, as a sentence without the address; nothing if it can be tried. Good are
// "HOST:PORT", ":PORT" for every address, "[IPV6]:PORT" and "unix:/PATH". Port 0 takes a free one.
std::optional<std::string> listen_address_problem(std::string_view address);

// A socket that listens. A unix socket's file stays when it is closed; the next start replaces it.
struct WebListener {
  FileDescriptor socket;
  std::string address;  // as it was written
  bool health = false;  // answers probes alone; see WebServerOptions

  std::uint16_t port() const;  // 0 for a unix socket
};

// Listens. ":PORT" takes connections of IPv6 and IPv4, or of IPv4 alone where the system has no IPv6. A name
// is looked up, which may block; its first IPv4 address counts, else its first. An error is internal and
// names the address.
Result<WebListener> listen_on(const std::string& address);

// A connection to what listens on the address, as it is written for listen_on(); of ":PORT", on loopback. It,
// and each call on the socket, takes at most `timeout`. An error is connect.
Result<FileDescriptor> connect_to(const std::string& address, Duration timeout);

// The sockets that systemd opened for this process (LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES), each to be
// called for once. One that is named "health" is for probes. An error, if there are none or one does not
// listen.
Result<std::vector<WebListener>> take_systemd_sockets();

}  // namespace cpaas
