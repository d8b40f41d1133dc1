// Values that carry either what was asked for or why it could not be had.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace cpaas {

// Why a poll failed: the closed set behind cpaas_request_failures_total{reason}.
enum class Reason : std::uint8_t {
  dns,
  connect,
  tls,
  timeout,
  auth,          // 401, or 403 that is no rate limit
  rate_limited,  // 429, 409 (a read conflicts with nothing: too many at once), or 403 that says when to
                 // return
  http_4xx,
  http_5xx,
  proxy,      // the proxy cannot be reached, wants other credentials (407), or refuses the tunnel
  redirect,   // any 3xx: redirects are never followed
  too_large,  // body over the cap, or a document over the value or depth limit
  parse,      // not JSON
  schema,     // JSON, but not what the contract documents
  internal,
};

inline constexpr std::array all_reasons{
    Reason::dns,          Reason::connect,  Reason::tls,      Reason::timeout,  Reason::auth,
    Reason::rate_limited, Reason::http_4xx, Reason::http_5xx, Reason::proxy,    Reason::redirect,
    Reason::too_large,    Reason::parse,    Reason::schema,   Reason::internal,
};

// The label value: "dns", "http_4xx", ...
std::string_view name_of(Reason reason);

// `message` is one sentence for a log line. It names an endpoint or a JSON path, never a secret or a query
// string.
struct Error {
  Reason reason;
  std::string message;
  // What the provider asked for, if it did: of its credential if rate_limited, else of what was asked.
  std::optional<std::chrono::seconds> retry_after{};
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Reason reason, std::string message) {
  return tl::unexpected(Error{reason, std::move(message)});
}

}  // namespace cpaas
