// Certificates and TLS servers made for one test.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "tests/adapters/sockets.h"

namespace cpaas::test {

// A folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::filesystem::path file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

struct Credentials {
  std::string certificate_file;  // PEM
  std::string key_file;          // PEM
};

struct CertificateSpec {
  std::string name = "test";                 // of the subject, and of the files
  std::string alternative = "IP:127.0.0.1";  // whom it is for
  std::chrono::seconds from{-3600};          // from now
  std::chrono::seconds until{3600};
  const Credentials* issuer = nullptr;  // null: itself
};

// A P-256 key and its certificate.
Credentials make_credentials(const TemporaryFolder& folder, const CertificateSpec& spec = {});

struct TlsOptions {
  int max_version = 0;           // TLS1_1_VERSION and so on; 0: the newest
  std::string client_ca_file{};  // asks for a client certificate that this one signed; empty: asks for none
};

// An HTTPS server that answers everything with 200 "secure", or ends the connection when the handshake fails.
class TlsServer {
 public:
  explicit TlsServer(const Credentials& credentials, const TlsOptions& options = {});
  std::string url(const std::string& host = "127.0.0.1") const;
  std::size_t accepted() const { return server_.accepted(); }

 private:
  void serve(const FileDescriptor& peer);

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  TestServer server_;
};

}  // namespace cpaas::test
