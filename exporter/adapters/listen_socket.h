// Sockets that wait for connections.
#pragma once

#include <cstdint>
#include <string>

#include "exporter/adapters/file_descriptor.h"
#include "exporter/core/result.h"

namespace cpaas {

// A listening, non-blocking TCP socket on "127.0.0.1:9090", "[::1]:9090", "name:9090", or ":9090" for every
// address of both families. What it accepts sends without delay (TCP_NODELAY). An error is internal and names
// the address.
Result<FileDescriptor> listen_on(const std::string& address);

// The port that a bound socket has, or 0.
std::uint16_t port_of(const FileDescriptor& socket);

}  // namespace cpaas
