#include "exporter/adapters/tls_stream.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "exporter/adapters/openssl_library.h"

namespace cpaas {
namespace {

// --- certificates

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio text_source(const OpenSsl& ssl, const std::string& text) {
  const int size = static_cast<int>(std::min<std::size_t>(text.size(), std::numeric_limits<int>::max()));
  return {ssl.BIO_new_mem_buf(text.data(), size), ssl.BIO_free};
}

std::vector<Certificate> certificates(const OpenSsl& ssl, const std::string& pem) {
  const Bio source = text_source(ssl, pem);
  std::vector<Certificate> result;
  while (X509* found = ssl.PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)) {
    result.emplace_back(found, ssl.X509_free);
  }
  ssl.ERR_clear_error();
  return result;
}

// Never asks for a passphrase.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

// As people write an address or a name of a certificate; empty for kinds that have no such form.
std::string name_text(const OpenSsl& ssl, const GENERAL_NAME& name) {
  const auto text = [&](const ASN1_STRING* string) {
    const auto* data = reinterpret_cast<const char*>(ssl.ASN1_STRING_get0_data(string));
    return std::string(data, static_cast<std::size_t>(ssl.ASN1_STRING_length(string)));
  };
  if (name.type == GEN_DNS || name.type == GEN_URI || name.type == GEN_EMAIL) return text(name.d.ia5);
  if (name.type != GEN_IPADD) return {};
  const std::string bytes = text(name.d.ip);
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const int family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  if (family == AF_INET6 && bytes.size() != sizeof(in6_addr)) return {};
  return inet_ntop(family, bytes.data(), buffer.data(), buffer.size()) == nullptr ? "" : buffer.data();
}

bool has_name(const OpenSsl& ssl, const X509* certificate, const std::vector<std::string>& wanted) {
  auto* names =
      static_cast<GENERAL_NAMES*>(ssl.X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  if (names == nullptr) return false;
  const auto* stack = reinterpret_cast<const OPENSSL_STACK*>(names);
  bool found = false;
  for (int i = 0; i < ssl.OPENSSL_sk_num(stack); ++i) {
    const auto* name = static_cast<const GENERAL_NAME*>(ssl.OPENSSL_sk_value(stack, i));
    found = found || std::ranges::count(wanted, name_text(ssl, *name)) != 0;
  }
  ssl.GENERAL_NAMES_free(names);
  return found;
}

// --- streams

class TlsStream : public WebStream {
 public:
  // `owner` of the context is kept.
  TlsStream(const OpenSsl& ssl, SSL_CTX* context, std::shared_ptr<const TlsContext> owner, int socket)
      : ssl_(ssl),
        owner_(std::move(owner)),
        socket_(socket),
        connection_(ssl.SSL_new(context), ssl.SSL_free) {
    if (connection_ == nullptr) return;
    ssl_.SSL_set_fd(connection_.get(), socket);
    ssl_.SSL_set_accept_state(connection_.get());
  }

  Moved read(char* to, std::size_t size) override {
    if (connection_ == nullptr) return {};
    ssl_.ERR_clear_error();
    return moved(ssl_.SSL_read(connection_.get(), to, static_cast<int>(size)));
  }

  Moved write(std::string_view first, std::string_view second) override {
    if (connection_ == nullptr) return {};
    constexpr std::size_t record = 16 * 1024;
    std::string joined;
    if (!first.empty() && !second.empty()) {  // one record for the head and what follows
      joined.assign(first.substr(0, record));
      joined += second.substr(0, record - joined.size());
      first = joined;
    }
    const std::string_view text = first.empty() ? second.substr(0, record) : first.substr(0, record);
    ssl_.ERR_clear_error();
    return moved(ssl_.SSL_write(connection_.get(), text.data(), static_cast<int>(text.size())));
  }

  void end_of_output() override {
    if (connection_ == nullptr) return;
    ssl_.ERR_clear_error();
    ssl_.SSL_shutdown(connection_.get());
    shutdown(socket_, SHUT_WR);
  }

 private:
  Moved moved(int count) {
    if (count > 0) return {Moved::Kind::bytes, static_cast<std::size_t>(count)};
    const int error = ssl_.SSL_get_error(connection_.get(), count);
    if (error == SSL_ERROR_WANT_READ) return {Moved::Kind::wait_to_read};
    if (error == SSL_ERROR_WANT_WRITE) return {Moved::Kind::wait_to_write};
    if (error == SSL_ERROR_SSL && ERR_GET_REASON(ssl_.ERR_peek_error()) == SSL_R_HTTP_REQUEST) say_plainly();
    return {};
  }

  // Who speaks HTTP is told that it is HTTPS here.
  void say_plainly() const {
    static constexpr std::string_view answer =
        "HTTP/1.0 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "This is an HTTPS server\n";
    std::array<char, 16 * 1024> rest;  // closing with unread bytes would be a reset
    recv(socket_, rest.data(), rest.size(), MSG_DONTWAIT);
    send(socket_, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }

  const OpenSsl& ssl_;
  std::shared_ptr<const TlsContext> owner_;
  int socket_;
  std::unique_ptr<SSL, decltype(&SSL_free)> connection_;
};

// --- the context

int choose_http(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                unsigned in_size, void*) {
  constexpr std::string_view name = "http/1.1";
  for (unsigned at = 0; at < in_size; at += 1U + in[at]) {
    const std::string_view offered(reinterpret_cast<const char*>(in + at + 1), in[at]);
    if (at + 1U + in[at] > in_size || offered != name) continue;
    *out = in + at + 1;
    *out_size = in[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_NOACK;
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result.append(result.empty() ? "" : ":").append(word);
  return result;
}

class OpenSslContext : public TlsContext, public std::enable_shared_from_this<OpenSslContext> {
 public:
  OpenSslContext(const OpenSsl& ssl, const WebTlsSettings& settings)
      : ssl_(ssl),
        verify_(settings.client == ClientCertificate::verify_if_given ||
                settings.client == ClientCertificate::require_and_verify),
        names_(settings.client_names),
        context_(ssl.SSL_CTX_new(ssl.TLS_server_method()), ssl.SSL_CTX_free) {}
  OpenSslContext(const OpenSslContext&) = delete;
  OpenSslContext& operator=(const OpenSslContext&) = delete;

  std::unique_ptr<WebStream> stream(int socket) const override {
    return std::make_unique<TlsStream>(ssl_, context_.get(), shared_from_this(), socket);
  }

  // What is not good, or nothing.
  std::string apply(const WebTlsSettings& settings) {
    if (context_ == nullptr) return "OpenSSL has no memory";
    std::string problem = take_certificate(settings);
    if (!problem.empty()) return problem;
    take_versions(settings);
    if (!take_ciphers(settings)) return "the cipher suites cannot be used";
    return take_clients(settings);
  }

 private:
  long control(int what, long number, void* pointer = nullptr) {
    return ssl_.SSL_CTX_ctrl(context_.get(), what, number, pointer);
  }

  std::string take_certificate(const WebTlsSettings& settings) {
    auto chain = certificates(ssl_, settings.certificate);
    if (chain.empty()) return "the certificate is not PEM";
    const Bio source = text_source(ssl_, settings.key.reveal());
    const Key key(ssl_.PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr),
                  ssl_.EVP_PKEY_free);
    ssl_.ERR_clear_error();
    if (key == nullptr) return "the key is not PEM, or has a passphrase";
    if (ssl_.SSL_CTX_use_certificate(context_.get(), chain.front().get()) != 1) {
      return "the certificate is too weak or not for this";
    }
    for (std::size_t i = 1; i < chain.size(); ++i) control(SSL_CTRL_CHAIN_CERT, 1, chain[i].get());
    const bool fits = ssl_.SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1 &&
                      ssl_.SSL_CTX_check_private_key(context_.get()) == 1;
    return fits ? "" : "the key is not that of the certificate";
  }

  void take_versions(const WebTlsSettings& settings) {
    control(SSL_CTRL_SET_MIN_PROTO_VERSION, settings.min_version);
    control(SSL_CTRL_SET_MAX_PROTO_VERSION, settings.max_version);
    control(SSL_CTRL_MODE,
            SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    std::uint64_t options = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION;
    if (settings.prefer_server_ciphers) options |= SSL_OP_CIPHER_SERVER_PREFERENCE;
    // A resumed session would not be asked for its certificate again, though that may no longer be good.
    if (settings.client != ClientCertificate::none) options |= SSL_OP_NO_TICKET;
    control(SSL_CTRL_SET_SESS_CACHE_MODE, SSL_SESS_CACHE_OFF);
    ssl_.SSL_CTX_set_options(context_.get(), options);
    ssl_.SSL_CTX_set_alpn_select_cb(context_.get(), choose_http, nullptr);
    static constexpr std::array<unsigned char, 5> id{'c', 'p', 'a', 'a', 's'};
    ssl_.SSL_CTX_set_session_id_context(context_.get(), id.data(), id.size());
  }

  bool take_ciphers(const WebTlsSettings& settings) {
    // As Go's: all of them with forward secrecy, those without authenticated encryption last.
    constexpr const char* otherwise = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES+SHA1";
    const bool old = settings.min_version < TLS1_2_VERSION;  // the library's own level refuses their hashes
    const std::string list =
        (settings.ciphers.empty() ? otherwise : joined(settings.ciphers)) + (old ? ":@SECLEVEL=0" : "");
    std::string curves = joined(settings.curves);
    return ssl_.SSL_CTX_set_cipher_list(context_.get(), list.c_str()) == 1 &&
           (curves.empty() || control(SSL_CTRL_SET_GROUPS_LIST, 0, curves.data()) == 1);
  }

  std::string take_clients(const WebTlsSettings& settings) {
    if (settings.client == ClientCertificate::none) return {};
    const auto authorities = certificates(ssl_, settings.client_authorities);
    if (authorities.empty() && verify_) return "the clients' authorities are not PEM";
    X509_STORE* store = ssl_.SSL_CTX_get_cert_store(context_.get());
    for (const Certificate& each : authorities) {
      ssl_.X509_STORE_add_cert(store, each.get());
      ssl_.SSL_CTX_add_client_CA(context_.get(), each.get());
    }
    const bool required = settings.client == ClientCertificate::require_any ||
                          settings.client == ClientCertificate::require_and_verify;
    const int mode = SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
    ssl_.SSL_CTX_set_verify(context_.get(), mode, nullptr);
    ssl_.SSL_CTX_set_cert_verify_callback(context_.get(), verified, this);
    return {};
  }

  // Called while a handshake runs, so while the context lives.
  static int verified(X509_STORE_CTX* chain, void* self) {
    const auto& context = *static_cast<const OpenSslContext*>(self);
    if (!context.verify_) return 1;
    if (context.ssl_.X509_verify_cert(chain) != 1) return 0;
    const X509* certificate = context.ssl_.X509_STORE_CTX_get0_cert(chain);
    return context.names_.empty() || has_name(context.ssl_, certificate, context.names_) ? 1 : 0;
  }

  const OpenSsl& ssl_;
  bool verify_;
  std::vector<std::string> names_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

}  // namespace

Result<std::shared_ptr<const TlsContext>> make_tls(const WebTlsSettings& settings) {
  const auto ssl = load_openssl();
  if (!ssl) return tl::unexpected(ssl.error());
  auto context = std::make_shared<OpenSslContext>(**ssl, settings);
  if (const std::string problem = context->apply(settings); !problem.empty()) {
    return fail(Reason::internal, "tls_server_config: " + problem);
  }
  return context;
}

}  // namespace cpaas
