#include "tests/adapters/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace cpaas::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
struct Close {  // not std::fclose itself: in newer C libraries its type has attributes, which a template
                // would lose
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
using File = std::unique_ptr<std::FILE, Close>;
using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Connection = std::unique_ptr<SSL, decltype(&SSL_free)>;

void require(bool condition, const char* what) {
  if (!condition) throw std::runtime_error(what);
}

File open(const std::string& path, const char* mode) {
  File file(std::fopen(path.c_str(), mode));
  require(file != nullptr, path.c_str());
  return file;
}

Key read_key(const std::string& path) {
  return {PEM_read_PrivateKey(open(path, "r").get(), nullptr, nullptr, nullptr), &EVP_PKEY_free};
}

Certificate read_certificate(const std::string& path) {
  return {PEM_read_X509(open(path, "r").get(), nullptr, nullptr, nullptr), &X509_free};
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  require(extension != nullptr, "a certificate extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void describe(X509* certificate, const CertificateSpec& spec, EVP_PKEY* key) {
  X509_set_version(certificate, 2);
  static long serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), spec.from.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate), spec.until.count());
  X509_set_pubkey(certificate, key);
  const auto* name = reinterpret_cast<const unsigned char*>(spec.name.c_str());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, name, -1, -1, 0);
  add_extension(certificate, NID_subject_alt_name, spec.alternative);
  if (spec.issuer == nullptr) add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
}

Context make_context(const Credentials& credentials, const TlsOptions& options) {
  Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  SSL_CTX_set_cipher_list(context.get(),
                          "DEFAULT@SECLEVEL=0");  // or the library itself would refuse old versions
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), options.max_version);
  const std::string& ca = options.client_ca_file;
  require(SSL_CTX_use_certificate_chain_file(context.get(), credentials.certificate_file.c_str()) == 1,
          "certificate");
  require(SSL_CTX_use_PrivateKey_file(context.get(), credentials.key_file.c_str(), SSL_FILETYPE_PEM) == 1,
          "key");
  require(ca.empty() || SSL_CTX_load_verify_locations(context.get(), ca.c_str(), nullptr) == 1,
          "client authority");
  if (!ca.empty())
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "cpaas_test_XXXXXX").string();
  require(mkdtemp(name.data()) != nullptr, "no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

Credentials make_credentials(const TemporaryFolder& folder, const CertificateSpec& spec) {
  const Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const Certificate certificate(X509_new(), &X509_free);
  describe(certificate.get(), spec, key.get());
  const Certificate issuer = spec.issuer == nullptr ? Certificate(nullptr, &X509_free)
                                                    : read_certificate(spec.issuer->certificate_file);
  const Key issuer_key =
      spec.issuer == nullptr ? Key(nullptr, &EVP_PKEY_free) : read_key(spec.issuer->key_file);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer ? issuer.get() : certificate.get()));
  require(X509_sign(certificate.get(), issuer_key ? issuer_key.get() : key.get(), EVP_sha256()) > 0,
          "signing");
  Credentials files{folder.file(spec.name + ".crt"), folder.file(spec.name + ".key")};
  PEM_write_X509(open(files.certificate_file, "w").get(), certificate.get());
  PEM_write_PrivateKey(open(files.key_file, "w").get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return files;
}

TlsClient::TlsClient(std::uint16_t port, const Options& options)
    : socket_(connect_to(port)),
      context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free),
      connection_(nullptr, &SSL_free) {
  if (options.max_version != 0 && options.max_version < TLS1_2_VERSION) {
    SSL_CTX_set_cipher_list(context_.get(), "DEFAULT@SECLEVEL=0");
  }
  if (options.ciphers != nullptr) SSL_CTX_set_cipher_list(context_.get(), options.ciphers);
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context_.get(), options.max_version);
  if (options.credentials != nullptr) {
    SSL_CTX_use_certificate_chain_file(context_.get(), options.credentials->certificate_file.c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), options.credentials->key_file.c_str(), SSL_FILETYPE_PEM);
  }
  connection_.reset(SSL_new(context_.get()));
  SSL_set_fd(connection_.get(), socket_.get());
  connected_ = SSL_connect(connection_.get()) == 1;
}

std::string TlsClient::ask(std::string_view request) {
  std::string response;
  std::array<char, 65536> part{};
  SSL_write(connection_.get(), request.data(), static_cast<int>(request.size()));
  int count = 0;
  while ((count = SSL_read(connection_.get(), part.data(), static_cast<int>(part.size()))) > 0) {
    response.append(part.data(), static_cast<std::size_t>(count));
  }
  return response;
}

std::string TlsClient::server_name() const {
  const Certificate certificate(SSL_get1_peer_certificate(connection_.get()), &X509_free);
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                            name.size());
  return name.data();
}

TlsServer::TlsServer(const Credentials& credentials, const TlsOptions& options)
    : context_(make_context(credentials, options)),
      server_([this](const FileDescriptor& peer) { serve(peer); }) {}

std::string TlsServer::url(const std::string& host) const {
  return "https://" + host + ":" + std::to_string(server_.port()) + "/";
}

void TlsServer::serve(const FileDescriptor& peer) {
  const Connection connection(SSL_new(context_.get()), &SSL_free);
  SSL_set_fd(connection.get(), peer.get());
  if (SSL_accept(connection.get()) != 1) {
    receive_to_end(peer);  // closing with unread bytes would be a reset, and take the alert with it
    return;
  }
  const std::string response = ok("secure");
  std::array<char, 4096> request{};
  while (SSL_read(connection.get(), request.data(), static_cast<int>(request.size())) > 0) {
    SSL_write(connection.get(), response.data(), static_cast<int>(response.size()));
  }
}

}  // namespace cpaas::test
