#include "exporter/engine/response.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "exporter/core/calendar.h"
#include "exporter/core/number.h"
#include "exporter/core/utf8.h"

namespace cpaas::engine {
namespace {

using nlohmann::json;
using std::chrono::seconds;

std::string_view first_header(const HttpResponse& response, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const auto value = response.header(name); !value.empty()) return value;
  }
  return {};
}

// Reset headers hold seconds to wait, or a Unix time in seconds or milliseconds.
std::optional<TimePoint> reset_time(std::string_view text, TimePoint now) {
  const auto value = parse_decimal(text);
  if (!value || *value < 0 || *value > 1e14) return std::nullopt;
  constexpr double unix_times_begin = 1e9;
  constexpr double milliseconds_begin = 1e11;
  if (*value >= milliseconds_begin) return TimePoint{Duration{static_cast<Duration::rep>(*value)}};
  const auto given = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(*value));
  return *value < unix_times_begin ? now + given : TimePoint{given};
}

// Structure outside of strings, counted without building anything: cheap, and bounds what parsing may
// allocate.
std::optional<Error> check_size(std::string_view text) {
  constexpr std::size_t max_values = 3'000'000;
  constexpr std::size_t max_depth = 64;
  std::size_t values = 1;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == ',') ++values;
    if (c == '[' || c == '{') {
      ++values;
      if (++depth > max_depth) return Error{Reason::too_large, "the document is nested too deep"};
    }
    if ((c == ']' || c == '}') && depth > 0) --depth;
  }
  if (values > max_values) return Error{Reason::too_large, "the document has too many values"};
  return std::nullopt;
}

bool looks_like_html(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first != std::string_view::npos && text[first] == '<';
}

constexpr seconds longest_retry_after = std::chrono::hours{24};

seconds limited_wait(Duration wait) {
  return std::clamp(std::chrono::ceil<seconds>(wait), seconds{0}, longest_retry_after);
}

// Seconds, or a time by the provider's clock.
std::optional<seconds> wait_of(std::string_view text, TimePoint provider_now) {
  if (const auto date = parse_http_date(text)) return limited_wait(*date - provider_now);
  if (const auto value = parse_decimal(text)) {
    if (*value < 0) return std::nullopt;
    const double most = static_cast<double>(longest_retry_after.count());
    return std::chrono::ceil<seconds>(std::chrono::duration<double>(std::min(*value, most)));
  }
  const auto time = parse_time(text);
  return time ? std::optional(limited_wait(*time - provider_now)) : std::nullopt;
}

// "retryAfter", "retry_after_seconds", "Retry-After" -> "retryafter", "retryafterseconds", "retryafter".
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') plain.push_back(static_cast<char>(c - 'A' + 'a'));
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain.push_back(c);
  }
  return plain;
}

std::optional<seconds> wait_of_field(std::string_view name, const json& value, TimePoint provider_now) {
  const std::string plain = plain_name(name);
  if (plain.size() > std::string_view("retryafterseconds").size() || !plain.starts_with("retryafter"))
    return std::nullopt;
  if (value.is_string()) return wait_of(value.get_ref<const std::string&>(), provider_now);
  if (!value.is_number() || value.get<double>() < 0) return std::nullopt;
  const double unit = plain.ends_with("ms") ? 0.001 : 1;
  const double most = static_cast<double>(longest_retry_after.count());
  return std::chrono::ceil<seconds>(
      std::chrono::duration<double>(std::min(value.get<double>() * unit, most)));
}

std::optional<seconds> wait_in(const json& body, TimePoint provider_now, int levels) {
  if (!body.is_structured() || levels == 0) return std::nullopt;
  for (const auto& [name, value] : body.items()) {
    if (const auto wait = wait_of_field(name, value, provider_now)) return wait;
  }
  for (const json& value : body) {
    if (const auto wait = wait_in(value, provider_now, levels - 1)) return wait;
  }
  return std::nullopt;
}

// Where a redirect points to, for a log line.
std::string redirect_target(std::string_view header, std::string_view url) {
  std::string slashed(header);
  std::ranges::replace(slashed, '\\', '/');  // as browsers read it: nobody's name and password may hide there
  std::string_view location = slashed;
  if (location.find("://") < location.find_first_of("/?#")) return shown_url(location);
  const std::string base = shown_url(url);
  const auto host = base.find("://");
  if (host == std::string::npos) return shown_url(location);
  if (location.starts_with("//")) return shown_url(base.substr(0, host + 1).append(location));
  location = location.substr(0, location.find_first_of("?#"));
  const auto path = std::min(base.find('/', host + 3), base.size());
  if (location.starts_with('/')) return base.substr(0, path).append(location);
  const auto folder = base.rfind('/');
  return (folder > path ? base.substr(0, folder) : base.substr(0, path)).append("/").append(location);
}

std::string status_message(const HttpResponse& response, std::string_view url, const json& body) {
  const std::string message = "HTTP status " + std::to_string(response.status);
  const std::string text = error_text(body);
  const std::string_view location = response.header("location");
  if (response.status >= 300 && response.status < 400 && !location.empty())
    return message + ": redirects to " + redirect_target(location, url) + ", which is not followed";
  if (response.status == 407) {
    return message + ": the proxy, not the provider, wants other credentials" +
           (text.empty() ? "" : ": " + text);
  }
  return text.empty() ? message : message + ": " + text;
}

// A read conflicts with nothing: providers that answer 409 to one mean too many at once.
bool is_rate_limit(const HttpResponse& response, bool says_when, const RateLimit& limit) {
  if (response.status == 429 || response.status == 409) return true;
  return response.status == 403 && (says_when || (limit.remaining && *limit.remaining < 1));
}

Reason reason_of(int status) {
  if (status >= 300 && status < 400) return Reason::redirect;
  if (status == 401 || status == 403) return Reason::auth;
  if (status == 407) return Reason::proxy;
  if (status == 408) return Reason::timeout;
  if (status >= 400 && status < 500) return Reason::http_4xx;
  return Reason::http_5xx;
}

}  // namespace

RateLimit rate_limit_of(const HttpResponse& response, TimePoint now) {
  RateLimit limit;
  const auto remaining = parse_decimal(
      first_header(response, {"ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining"}));
  if (remaining && *remaining >= 0) limit.remaining = remaining;
  const std::string_view reset =
      first_header(response, {"ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"});
  limit.reset = reset_time(reset, now);
  const TimePoint provider_now = provider_time_of(response).value_or(now);
  if (const auto time = reset_time(reset, provider_now))
    limit.wait = std::max<Duration>(*time - provider_now, Duration{0});
  return limit;
}

std::optional<seconds> retry_after_of(const HttpResponse& response, TimePoint now) {
  const TimePoint provider_now = provider_time_of(response).value_or(now);
  if (const auto wait = wait_of(response.header("retry-after"), provider_now)) return wait;
  constexpr int levels = 5;
  return wait_in(decode(response).value_or(json{}), provider_now, levels);
}

std::optional<TimePoint> provider_time_of(const HttpResponse& response) {
  const auto date = parse_http_date(response.header("date"));
  if (!date) return std::nullopt;
  const auto age = parse_decimal(response.header("age")).value_or(0);
  constexpr double longest_age = 86400;
  return *date + std::chrono::duration_cast<Duration>(
                     std::chrono::duration<double>(std::clamp(age, 0.0, longest_age)));
}

std::optional<Error> error_of(const HttpResponse& response, TimePoint now, std::string_view url) {
  if (response.status >= 200 && response.status < 300) return std::nullopt;
  const json body = decode(response).value_or(json{});
  auto wait = retry_after_of(response, now);
  const RateLimit limit = rate_limit_of(response, now);
  const bool limited = is_rate_limit(response, wait.has_value(), limit);
  if (limited && !wait && limit.wait) wait = limited_wait(*limit.wait);
  return Error{limited ? Reason::rate_limited : reason_of(response.status),
               status_message(response, url, body), wait};
}

Result<json> decode(const HttpResponse& response) {
  if (const auto error = check_size(response.body)) return tl::unexpected(*error);
  json body = json::parse(valid_utf8(response.body), nullptr, /*allow_exceptions=*/false);
  if (!body.is_discarded()) return body;
  if (response.body.empty()) return fail(Reason::parse, "the body is empty");
  return fail(Reason::parse,
              looks_like_html(response.body) ? "the body is HTML, not JSON" : "the body is not JSON");
}

std::string error_text(const json& body) {
  if (body.is_string()) {
    const auto& text = body.get_ref<const std::string&>();
    return one_line(text, text.size());
  }
  if (body.is_array()) return body.empty() ? std::string{} : error_text(body.front());
  if (!body.is_object()) return {};
  for (const char* key : {"message", "msg", "detail", "error", "error_message"}) {
    const auto found = body.find(key);
    if (found == body.end()) continue;
    if (std::string text = error_text(*found); !text.empty()) return text;
  }
  return {};
}

}  // namespace cpaas::engine
