// The requests of a described endpoint: the first ones of a poll, and those of further pages.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "described/description.h"
#include "exporter/core/collector.h"

namespace cpaas::described {

// Everything that the requests of one series of pages have in common.
struct Asked {
  const EndpointSpec& endpoint;
  std::shared_ptr<const Settings> settings;
  TimePoint now;
  std::map<std::string, std::string, std::less<>> each{};  // of `repeat`: its name and this value
  std::shared_ptr<const Secret> token{};                   // of the login, where there is one

  Filling filling() const { return {*settings, now, each, std::chrono::days{endpoint.days.value_or(1)}}; }
};

// Replaces or adds a parameter of the query.
using Parameter = std::pair<std::string, std::string>;

HttpRequest request_of(const Asked& asked, const std::optional<Parameter>& page = {});

// The one before all others, of a description with a login.
HttpRequest login_request_of(const Asked& asked);

// The token in the login's answer, for a header; nothing if there is none.
std::shared_ptr<const Secret> token_in(const Login& login, const nlohmann::json& answer);

// For the list that says what a request is repeated for.
HttpRequest list_request_of(const Asked& asked, const ListSpec& list);

// The request for the page that `link` leads to, which may begin with http(s)://, / or ?. Nothing if it leads
// away from the base URL's scheme, host and port, or is no URL.
std::optional<HttpRequest> request_of_link(const Asked& asked, std::string_view link,
                                           std::string_view current_url);

// Of an RFC 8288 Link header the target whose relation is "next"; of any other text that itself.
std::string_view next_in_header(std::string_view value);

}  // namespace cpaas::described
