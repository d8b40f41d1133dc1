// OpenSSL, loaded only when the web server needs it: linking it would cost every start the time to load it.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <openssl/err.h>

#include "exporter/core/result.h"

namespace cpaas {

// The functions that this program calls, under their own names.
#define CPAAS_OPENSSL_FUNCTIONS(each)                                                                      \
  each(SSL_CTX_new) each(SSL_CTX_free) each(SSL_CTX_ctrl) each(SSL_CTX_set_options)                        \
      each(SSL_CTX_set_cipher_list) each(SSL_CTX_use_certificate) each(SSL_CTX_use_PrivateKey)             \
          each(SSL_CTX_check_private_key) each(SSL_CTX_get_cert_store) each(SSL_CTX_add_client_CA)         \
              each(SSL_CTX_set_verify) each(SSL_CTX_set_cert_verify_callback)                              \
                  each(SSL_CTX_set_alpn_select_cb) each(SSL_CTX_set_session_id_context) each(SSL_new)      \
                      each(SSL_free) each(SSL_set_fd) each(SSL_set_accept_state) each(SSL_read)            \
                          each(SSL_write) each(SSL_shutdown) each(SSL_get_error) each(TLS_server_method)   \
                              each(ERR_clear_error) each(ERR_peek_error) each(BIO_new_mem_buf)             \
                                  each(BIO_free) each(PEM_read_bio_X509) each(PEM_read_bio_PrivateKey)     \
                                      each(X509_free) each(EVP_PKEY_free) each(X509_STORE_add_cert)        \
                                          each(X509_verify_cert) each(X509_STORE_CTX_get0_cert)            \
                                              each(X509_get_ext_d2i) each(GENERAL_NAMES_free)              \
                                                  each(OPENSSL_sk_num) each(OPENSSL_sk_value)              \
                                                      each(ASN1_STRING_get0_data) each(ASN1_STRING_length) \
                                                          each(EVP_Digest) each(EVP_sha256)

struct OpenSsl {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a member's name
#define CPAAS_MEMBER(name) decltype(&::name) name;
  CPAAS_OPENSSL_FUNCTIONS(CPAAS_MEMBER)
#undef CPAAS_MEMBER
};

// Loads libssl.so.3 and libcrypto.so.3, which stay loaded; the next call gives the same. The process ignores
// SIGPIPE from then on. Any thread. An error is internal and says what is missing.
Result<const OpenSsl*> load_openssl();

}  // namespace cpaas
