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

// Reset headers hold seconds to wait, or a Unix time in seconds.
std::optional<TimePoint> reset_time(std::string_view text, TimePoint now) {
  const auto value = parse_decimal(text);
  if (!value || *value < 0 || *value > 1e11) return std::nullopt;
  constexpr double unix_times_begin = 1e9;
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

Reason reason_of(int status) {
  if (status >= 300 && status < 400) return Reason::redirect;
  if (status == 401 || status == 403 || status == 407) return Reason::auth;
  if (status == 429) return Reason::rate_limited;
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
  limit.reset =
      reset_time(first_header(response, {"ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"}), now);
  return limit;
}

std::optional<seconds> retry_after_of(const HttpResponse& response, TimePoint now) {
  constexpr seconds longest = std::chrono::hours{24};
  const std::string_view text = response.header("retry-after");
  if (text.empty()) return std::nullopt;
  if (const auto date = parse_http_date(text)) {
    const TimePoint provider_now = provider_time_of(response).value_or(now);  // both by the same clock
    return std::clamp(std::chrono::ceil<seconds>(*date - provider_now), seconds{0}, longest);
  }
  const auto value = parse_decimal(text);
  if (!value || *value < 0) return std::nullopt;
  const double limited = std::min(*value, static_cast<double>(longest.count()));
  return std::chrono::ceil<seconds>(std::chrono::duration<double>(limited));
}

std::optional<TimePoint> provider_time_of(const HttpResponse& response) {
  const auto date = parse_http_date(response.header("date"));
  if (!date) return std::nullopt;
  const auto age = parse_decimal(response.header("age")).value_or(0);
  constexpr double longest_age = 86400;
  return *date + std::chrono::duration_cast<Duration>(
                     std::chrono::duration<double>(std::clamp(age, 0.0, longest_age)));
}

std::optional<Error> error_of(const HttpResponse& response, TimePoint now) {
  if (response.status >= 200 && response.status < 300) return std::nullopt;
  std::string message = "HTTP status " + std::to_string(response.status);
  if (const auto body = decode(response)) {
    if (const std::string text = error_text(*body); !text.empty()) message += ": " + text;
  }
  return Error{reason_of(response.status), message, retry_after_of(response, now)};
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
