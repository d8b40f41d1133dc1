// How the web server is protected: what the web configuration file says, with the files that it names read.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporter/core/clock.h"
#include "exporter/core/secret.h"

namespace cpaas {

enum class ClientCertificate : std::uint8_t {
  none,
  request,          // asked for, and not looked at
  require_any,      // must be there, and is not verified
  verify_if_given,  // by the authorities
  require_and_verify,
};

struct WebTlsSettings {
  std::string certificate;         // PEM, with those between it and its authority
  Secret key;                      // PEM
  std::string client_authorities;  // PEM
  ClientCertificate client = ClientCertificate::none;
  std::vector<std::string> client_names;  // one must be among the certificate's alternative names; empty: any
  int min_version = 0x0303;               // as on the wire: 0x0301 is TLS 1.0, 0x0304 is TLS 1.3
  int max_version = 0x0304;
  std::vector<std::string> ciphers;  // of TLS 1.2 and older, as OpenSSL calls them; empty: good ones
  std::vector<std::string> curves;   // the same; empty: its defaults
  bool prefer_server_ciphers = true;
};

// One request an interval, `burst` in a row.
struct WebRateLimit {
  Duration interval;
  std::size_t burst;
};

struct WebSettings {
  std::optional<WebTlsSettings> tls;
  std::vector<std::pair<std::string, std::string>> headers;
  std::map<std::string, Secret, std::less<>> users;  // hashes of bcrypt; empty: no login
  std::optional<WebRateLimit> rate_limit;
};

}  // namespace cpaas
