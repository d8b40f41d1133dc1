// TLS on the server's side, by OpenSSL.
#pragma once

#include <memory>

#include "exporter/adapters/web_stream.h"
#include "exporter/core/result.h"
#include "exporter/core/web_settings.h"

namespace cpaas {

// What all connections share. Immutable; streams keep what they need of it.
class TlsContext {
 public:
  virtual ~TlsContext() = default;
  // Of a connected, non-blocking socket, which stays the caller's.
  virtual std::unique_ptr<WebStream> stream(int socket) const = 0;
};

// An error is internal and says what of the settings is not good; no text of the key is in it.
Result<std::shared_ptr<const TlsContext>> make_tls(const WebTlsSettings& settings);

}  // namespace cpaas
