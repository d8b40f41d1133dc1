#include "exporter/adapters/curl_errors.h"

#include <fmt/format.h>

#include <system_error>

#include "exporter/core/http.h"
#include "exporter/core/utf8.h"

namespace cpaas {
namespace {

Reason reason_of(const CurlFailure& failure) {
  if (failure.code == curle_too_large) return Reason::too_large;
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return Reason::dns;
    case CURLE_OPERATION_TIMEDOUT:
      return Reason::timeout;
    case CURLE_FILESIZE_EXCEEDED:
      return Reason::too_large;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_PEER_FAILED_VERIFICATION:
      return Reason::tls;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      // With TLS 1.3 a server refuses the client's certificate after the handshake, by an alert.
      return failure.detail.find("alert") == std::string_view::npos ? Reason::connect : Reason::tls;
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_PROXY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // an answer that is not HTTP/1 or /2; the URL's own scheme was checked
                                      // before
    case CURLE_BAD_CONTENT_ENCODING:
      return Reason::connect;
    default:
      return Reason::internal;
  }
}

// The provider was not even asked.
bool proxy_is_to_blame(const CurlFailure& failure) {
  if (failure.proxy.empty()) return false;
  if (failure.proxy_status >= 400 && failure.proxy_status < 500) return true;
  return failure.code == CURLE_COULDNT_RESOLVE_PROXY || failure.code == CURLE_COULDNT_CONNECT ||
         failure.code == CURLE_PROXY || (failure.code == CURLE_OPERATION_TIMEDOUT && !failure.reached);
}

std::string timeout_text(const CurlFailure& failure) {
  return fmt::format("{} within {} ms", failure.connected ? "no complete answer" : "no connection",
                     failure.timeout.count());
}

std::string what_the_proxy_did(const CurlFailure& failure) {
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
      return "its name cannot be resolved";
    case CURLE_OPERATION_TIMEDOUT:
      return timeout_text(failure);
    case CURLE_COULDNT_CONNECT:
      return "cannot connect: " + std::generic_category().message(failure.os_errno);
    default:
      return "it does not speak as a proxy";
  }
}

std::string what_happened(const CurlLibrary& curl, const CurlFailure& failure, Reason reason) {
  const std::string proxy = "the proxy " + shown_url(failure.proxy);
  if (failure.proxy_status >= 300) {
    return fmt::format("{} answered {}{}", proxy, failure.proxy_status,
                       failure.proxy_status == 407 ? ": it wants other credentials" : "");
  }
  if (reason == Reason::proxy) return proxy + ": " + what_the_proxy_did(failure);
  if (reason == Reason::timeout) return timeout_text(failure);
  if (reason == Reason::tls) return "TLS: " + one_line(failure.detail);
  if (failure.code == CURLE_COULDNT_CONNECT && failure.os_errno != 0) {
    return "cannot connect: " + std::generic_category().message(failure.os_errno);
  }
  return curl.easy_strerror(failure.code);
}

}  // namespace

Error describe(const CurlLibrary& curl, const CurlFailure& failure) {
  const Reason reason = proxy_is_to_blame(failure) ? Reason::proxy : reason_of(failure);
  return {reason, fmt::format("{}: {}", shown_url(failure.url), what_happened(curl, failure, reason))};
}

}  // namespace cpaas
