// What certificates a server shows, for doctor: seen without being believed, and without a request.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporter/adapters/curl_library.h"
#include "exporter/core/clock.h"
#include "exporter/core/http.h"

namespace cpaas {

struct SeenCertificate {
  std::string subject{};
  std::string issuer{};
  TimePoint from{};
  TimePoint until{};
};

struct TlsTarget {
  std::string url;                                         // https; only its host and port matter
  std::shared_ptr<const ConnectionSettings> connection{};  // its proxy is gone through; null: none
};

// Of each target the chain as the server sends it, its own certificate first; empty if no handshake came
// about in time. All at once, on this thread. Nothing but the handshake is sent, and no client certificate:
// whoever answers is not known. The calls that send keys verify for themselves.
std::vector<std::vector<SeenCertificate>> certificates_of(const CurlLibrary& curl,
                                                          const std::vector<TlsTarget>& targets,
                                                          Duration timeout);

}  // namespace cpaas
