// Certificates and TLS servers made for one test.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
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

// A client of TLS, which trusts whatever it meets.
class TlsClient {
 public:
  struct Options {
    const Credentials* credentials = nullptr;  // null: none
    int max_version = 0;                       // as TlsOptions
    const char* ciphers = nullptr;             // of TLS 1.2
  };
  explicit TlsClient(std::uint16_t port) : TlsClient(port, Options{}) {}
  TlsClient(std::uint16_t port, const Options& options);
  bool connected() const { return connected_; }
  // What comes for these bytes, to the end of the connection.
  std::string ask(std::string_view request);
  std::string version() const { return SSL_get_version(connection_.get()); }
  std::string server_name() const;  // of its certificate

 private:
  FileDescriptor socket_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> connection_;
  bool connected_;
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
