#include "described/request.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "described/encoding.h"

namespace cpaas::described {
namespace {

void add_parameter(std::string& url, std::string_view name, std::string_view value) {
  url.append(1, url.find('?') == std::string::npos ? '?' : '&');
  url.append(percent_encode(name)).append("=").append(percent_encode(value));
}

void add_parameters(std::string& url, const Asked& asked, const std::vector<NamedTemplate>& parameters,
                    const std::optional<Parameter>& page) {
  for (const auto& [name, value] : parameters) {
    if (page && page->first == name) continue;
    const std::string text = value.fill(asked.filling());
    if (!text.empty()) add_parameter(url, name, text);
  }
}

void add_header(HttpRequest& request, std::string name, std::string value) {
  if (!value.empty()) request.headers.push_back({std::move(name), Secret(std::move(value))});
}

std::string user_of(const Asked& asked) {
  for (const Template& user : asked.endpoint.description->authentication.user) {
    std::string name = user.fill(asked.filling());
    if (!name.empty()) return name;
  }
  return {};
}

void add_headers(HttpRequest& request, const Asked& asked) {
  const Description& description = *asked.endpoint.description;
  const Authentication& authentication = description.authentication;
  if (!authentication.user.empty()) {
    const std::string password = authentication.password.fill(asked.filling());
    add_header(request, "Authorization", "Basic " + base64(user_of(asked) + ":" + password));
  }
  if (asked.token != nullptr) add_header(request, "Authorization", "Bearer " + asked.token->reveal());
  for (const auto* headers : {&authentication.headers, &description.headers}) {
    for (const auto& [name, value] : *headers) add_header(request, name, value.fill(asked.filling()));
  }
}

// The body with its marks, which stand in quotes, replaced.
std::string body_of(const Asked& asked) {
  const RequestSpec& spec = asked.endpoint.request;
  std::string body = *spec.body;
  for (const auto& [mark, value] : spec.body_values) {
    const std::string text = value.fill(asked.filling());
    const std::string quoted = "\"" + mark + "\"";
    const std::string json =
        value.is_number()
            ? text
            : nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto at = body.find(quoted);
    if (at != std::string::npos) body.replace(at, quoted.size(), json);
  }
  return body;
}

void add_body(HttpRequest& request, const Asked& asked) {
  if (!asked.endpoint.request.body) return;
  request.body = body_of(asked);
  add_header(request, "Content-Type", "application/json");
}

// Last, since it is made of the whole URL.
void sign(HttpRequest& request, const Asked& asked) {
  const auto& signature = asked.endpoint.description->authentication.signature;
  if (!signature) return;
  signature->sign(request, signature->key.fill(asked.filling()), signature->secret.fill(asked.filling()));
}

// "https://host:port" of a URL, in lower case.
std::string origin_of(std::string_view url) {
  const auto begin = url.find("://");
  if (begin == std::string_view::npos) return {};
  std::string origin(url.substr(0, url.find_first_of("/?#", begin + 3)));
  std::ranges::transform(origin, origin.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return origin;
}

bool is_url_text(std::string_view text) {
  constexpr std::size_t longest = 8192;
  constexpr std::string_view refused = "\"<>\\^`{|}#";
  return text.size() <= longest && std::ranges::all_of(text, [&](unsigned char c) {
           return c > 0x20 && c < 0x7F && refused.find(static_cast<char>(c)) == std::string_view::npos;
         });
}

std::optional<std::string> resolved(std::string_view link, std::string_view current_url) {
  if (link.empty() || !is_url_text(link)) return std::nullopt;
  const std::string origin = origin_of(current_url);
  if (link.front() == '?') return std::string(current_url.substr(0, current_url.find('?'))).append(link);
  if (link.starts_with("//")) return std::nullopt;
  if (link.front() == '/') return origin + std::string(link);
  if (origin_of(link) != origin) return std::nullopt;
  return origin + std::string(link.substr(origin.size()));
}

void add_to_form(std::string& form, std::string_view name, const std::string& value) {
  if (value.empty()) return;
  form.append(form.empty() ? "" : "&").append(percent_encode(name)).append("=").append(percent_encode(value));
}

}  // namespace

HttpRequest login_request_of(const Asked& asked) {
  const Description& description = *asked.endpoint.description;
  const Login& login = *description.authentication.login;
  const std::string id = login.client_id.fill(asked.filling());
  const std::string secret = login.client_secret.fill(asked.filling());
  HttpRequest request;
  request.url = (login.url.starts_with('/') ? asked.settings->base_url : "") + login.url;
  std::string form = "grant_type=client_credentials";
  if (login.basic) {
    add_header(request, "Authorization",
               "Basic " + base64(percent_encode(id) + ":" + percent_encode(secret)));
  } else {
    add_to_form(form, "client_id", id);
    add_to_form(form, "client_secret", secret);
  }
  for (const auto& [name, value] : login.form) add_to_form(form, name, value.fill(asked.filling()));
  for (const auto& [name, value] : description.headers) {
    add_header(request, name, value.fill(asked.filling()));
  }
  request.body = std::move(form);
  add_header(request, "Content-Type", "application/x-www-form-urlencoded");
  return request;
}

std::shared_ptr<const Secret> token_in(const Login& login, const nlohmann::json& answer) {
  constexpr std::size_t longest = 16384;
  const nlohmann::json* value = find(answer, login.token.keys);
  if (value == nullptr || !value->is_string()) return nullptr;
  const auto& text = value->get_ref<const std::string&>();
  const bool fits = !text.empty() && text.size() <= longest &&
                    std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
  return fits ? std::make_shared<const Secret>(text) : nullptr;
}

HttpRequest request_of(const Asked& asked, const std::optional<Parameter>& page) {
  const RequestSpec& spec = asked.endpoint.request;
  HttpRequest request;
  request.url = asked.settings->base_url + spec.path.fill_path(asked.filling());
  add_parameters(request.url, asked, spec.query, page);
  if (page) add_parameter(request.url, page->first, page->second);
  add_parameters(request.url, asked, asked.endpoint.description->authentication.query, {});
  add_headers(request, asked);
  add_body(request, asked);
  sign(request, asked);
  return request;
}

HttpRequest list_request_of(const Asked& asked, const ListSpec& list) {
  HttpRequest request;
  request.url = asked.settings->base_url + list.path.fill_path(asked.filling());
  add_parameters(request.url, asked, list.query, {});
  add_parameters(request.url, asked, asked.endpoint.description->authentication.query, {});
  add_headers(request, asked);
  sign(request, asked);
  return request;
}

std::optional<HttpRequest> request_of_link(const Asked& asked, std::string_view link,
                                           std::string_view current_url) {
  auto url = resolved(link, current_url);
  if (!url) return std::nullopt;
  HttpRequest request;
  request.url = std::move(*url);
  add_parameters(request.url, asked, asked.endpoint.description->authentication.query, {});
  add_headers(request, asked);
  add_body(request, asked);
  sign(request, asked);
  return request;
}

std::string_view next_in_header(std::string_view value) {
  if (value.find('<') == std::string_view::npos) return value;
  while (!value.empty()) {
    const auto open = value.find('<');
    const auto close = value.find('>', open);
    if (open == std::string_view::npos || close == std::string_view::npos) return {};
    const auto end = std::min(value.find('<', close), value.size());
    const std::string_view parameters = value.substr(close, end - close);
    if (parameters.find("rel=\"next\"") != std::string_view::npos ||
        parameters.find("rel=next") != std::string_view::npos) {
      return value.substr(open + 1, close - open - 1);
    }
    value.remove_prefix(end);
  }
  return {};
}

}  // namespace cpaas::described
