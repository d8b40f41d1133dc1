// HTTP requests and responses as values, and who carries them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/clock.h"
#include "exporter/core/result.h"
#include "exporter/core/secret.h"

namespace cpaas {

struct Header {
  std::string name;
  Secret value;  // any request header may hold a credential
};

// How to reach a server, where the defaults do not do. Verification of the server's certificate cannot be
// turned off.
struct ConnectionSettings {
  std::string ca_file{};           // PEM authorities to trust instead of the system's; empty: the system's
  std::string certificate_file{};  // PEM client certificate, with its chain; empty: none
  std::string key_file{};          // PEM, of that certificate; not encrypted
  // http://[user:password@]host:port; empty: none, whatever the environment says.
  Secret proxy_url{};
  friend bool operator==(const ConnectionSettings&, const ConnectionSettings&) = default;
};

struct HttpRequest {
  std::string url;  // absolute; its query is never shown
  std::vector<Header> headers;
  std::optional<std::string> body{};                       // sent with POST; nothing: GET
  Duration timeout{10'000};                                // for the whole exchange
  std::size_t max_body = std::size_t{16} * 1024 * 1024;    // bytes, after content decoding
  std::shared_ptr<const ConnectionSettings> connection{};  // null: the defaults
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string, std::less<>>
      headers;       // names in lower case; the last value of a repeated header
  std::string body;  // content-decoded

  // Empty if absent. `name` in lower case.
  std::string_view header(std::string_view name) const;
};

// `url` without query and fragment, and without any user name or password: what may be shown.
std::string shown_url(std::string_view url);

// `text` percent-encoded for one path segment or one query value.
std::string percent_encode(std::string_view text);

// Sends requests side by side from one thread. All but wake() belong to that thread.
class Transport {
 public:
  using Id = std::uint64_t;
  struct Completion {
    Id id;
    Result<HttpResponse> result;  // any HTTP status is a response; an error is dns, connect, tls, timeout,
                                  // too_large or internal
  };

  virtual ~Transport() = default;
  // Begins an exchange; `id` must not be in flight.
  virtual void start(Id id, HttpRequest request) = 0;
  // Forgets an exchange; it will not complete. Unknown ids are fine.
  virtual void cancel(Id id) = 0;
  // Gives what has completed, waiting at most `at_most` for the first; returns early, perhaps with nothing,
  // after wake().
  virtual std::vector<Completion> wait(Duration at_most) = 0;
  // Ends a present or the next wait(). Any thread.
  virtual void wake() = 0;
};

}  // namespace cpaas
