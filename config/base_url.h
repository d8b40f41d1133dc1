// The rule for a provider's base URL.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cpaas::config {

struct BaseUrl {
  std::string text;    // without a trailing slash
  bool tls = false;    // https
  bool local = false;  // the host is localhost or a loopback address
};

// Nothing unless `text` is an absolute http or https URL with a host, perhaps a port and a path, and nothing
// else: no user name (it would be a secret in the open), no query, no fragment.
std::optional<BaseUrl> parse_base_url(std::string_view text);

}  // namespace cpaas::config
