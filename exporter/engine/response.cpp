#include "exporter/engine/response.h"

#include <algorithm>
#include <array>
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

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// The UTF-16 code unit of the escape (backslash, u, four digits) at `at`; nothing if there is none.
std::optional<unsigned> code_unit(std::string_view text, std::size_t at) {
  if (text.size() < at + 6 || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(at + 2, 4)) {
    if (!is_hex(c)) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return value;
}

// Copies what a backslash at `at` begins, or U+FFFD in its place: half a surrogate pair is no character, and
// an unknown escape none either. Gives where to go on.
std::size_t copy_escape(std::string_view text, std::size_t at, std::string& out) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  const auto unit = code_unit(text, at);
  if (!unit) {
    const bool known =
        at + 1 < text.size() && std::string_view("\"\\/bfnrt").find(text[at + 1]) != std::string_view::npos;
    out.append(known ? text.substr(at, 2) : replacement);
    return known ? at + 2 : at + 1;
  }
  const auto second = code_unit(text, at + 6);
  const bool high = *unit >= 0xD800 && *unit < 0xDC00;
  const bool low = *unit >= 0xDC00 && *unit < 0xE000;
  const bool pair = high && second && *second >= 0xDC00 && *second < 0xE000;
  const std::size_t length = pair ? 12 : 6;
  out.append((high && !pair) || low ? replacement : text.substr(at, length));
  return at + length;
}

// Copies the string that begins at `at`, with its quotes. Control characters, which JSON wants escaped, are.
std::size_t copy_string(std::string_view text, std::size_t at, std::string& out) {
  constexpr std::string_view digits = "0123456789abcdef";
  out.push_back(text[at++]);
  while (at < text.size() && text[at] != '"') {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == '\\') {
      at = copy_escape(text, at, out);
    } else if (byte < 0x20) {
      out.append("\\u00").append(1, digits[byte >> 4U]).append(1, digits[byte & 0xFU]);
      ++at;
    } else {
      out.push_back(text[at++]);
    }
  }
  if (at < text.size()) out.push_back(text[at++]);
  return at;
}

bool in_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
         c == '.';
}

// What stands where a number should and is none in JSON, or none that a double holds: 1e400, 007, NaN.
bool is_bad_number(std::string_view word) {
  constexpr std::array no_numbers{"NaN", "nan", "Infinity", "inf", "undefined", "None"};
  const bool sign = word.starts_with('-') || word.starts_with('+');
  if (std::ranges::find(no_numbers, word.substr(sign ? 1 : 0)) != no_numbers.end()) return true;
  return std::string_view("+-.0123456789").find(word.front()) != std::string_view::npos &&
         !json::accept(word);
}

// JSON that is broken inside of single values, mended: such numbers become texts, for the reader to judge.
// Whatever else is wrong stays so.
std::string mended(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      at = copy_string(text, at, out);
    } else if (in_word(text[at])) {
      const std::size_t begin = at;
      while (at < text.size() && in_word(text[at])) ++at;
      const std::string_view word = text.substr(begin, at - begin);
      const std::string_view quote = is_bad_number(word) ? "\"" : "";
      out.append(quote).append(word).append(quote);
    } else {
      out.push_back(text[at++]);
    }
  }
  return out;
}

// The first character but blanks and a byte order mark; NUL if there is none.
char first_of(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first == std::string_view::npos ? '\0' : text[first];
}

bool looks_like_html(std::string_view text) {
  return first_of(text) == '<';
}

bool has_structure(std::string_view text) {
  return first_of(text) == '{' || first_of(text) == '[';
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

// --- what a body says of itself

const json& member(const json& object, const char* key) {
  static const json none;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? none : *found;
}

std::string lower_text(const json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : "";
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

bool is_false(const json& value) {
  return value == false || (value.is_number() && value == 0) || lower_text(value) == "false";
}

bool is_true(const json& value) {
  return value == true || (value.is_number() && value == 1) || lower_text(value) == "true";
}

bool said_to_fail(const json& body) {
  return is_false(member(body, "success")) || is_false(member(body, "ok"));
}

// An HTTP status of 400 and more that stands in the body.
std::optional<int> error_number(const json& body) {
  for (const char* key : {"status", "status_code", "statusCode", "code"}) {
    const json& value = member(body, key);
    const auto number = value.is_number()   ? std::optional(value.get<double>())
                        : value.is_string() ? parse_decimal(value.get_ref<const std::string&>())
                                            : std::nullopt;
    if (number && *number >= 400 && *number < 600) return static_cast<int>(*number);
  }
  return std::nullopt;
}

bool failure_status(const json& body) {
  constexpr std::array words{"error", "fail", "failed", "failure"};
  return std::ranges::find(words, lower_text(member(body, "status"))) != words.end() ||
         error_number(body).has_value();
}

// An error beside an explicit success is a remark.
bool has_error(const json& body) {
  const auto is_error = [](const json& value) {
    return value == true || (value.is_string() && !value.get_ref<const std::string&>().empty()) ||
           (value.is_structured() && !value.empty());
  };
  const bool success = is_true(member(body, "success")) || is_true(member(body, "ok"));
  return !success && (is_error(member(body, "error")) || is_error(member(body, "errors")));
}

// "UNAUTHORIZED" of {"error": {"code": "UNAUTHORIZED"}}; "" if there is none.
std::string error_code(const json& body) {
  for (const json* from : {&member(body, "error"), &body}) {
    for (const char* key : {"code", "type"}) {
      const json& value = member(*from, key);
      if (value.is_string()) return one_line(value.get_ref<const std::string&>());
      if (value.is_number()) return value.dump();
    }
  }
  return {};
}

Reason reason_in(const json& body, const std::string& words) {
  constexpr std::array limits{"rate limit", "rate_limit", "rate-limit", "too many requests", "throttl"};
  constexpr std::array refusals{"unauthori",   "unauthenticated", "authentication", "forbidden",
                                "api key",     "api_key",         "api-key",        "apikey",
                                "credential",  "revoked",         "permission",     "access denied",
                                "not authori", "invalid token",   "token is",       "token expired",
                                "token has",   "expired token",   "invalid_token"};
  const auto found = [text = lower_text(words)](const char* word) {
    return text.find(word) != std::string::npos;
  };
  for (const json* from : {&body, &member(body, "error")}) {
    const int status = error_number(*from).value_or(0);
    if (status == 401 || status == 403 || status == 429) return reason_of(status);
  }
  if (std::ranges::any_of(limits, found)) return Reason::rate_limited;
  return std::ranges::any_of(refusals, found) ? Reason::auth : Reason::schema;
}

// What the provider says is wrong, and what that means.
struct Words {
  std::string text;  // "" if there are none
  Reason reason;
};

Words words_of(const json& body) {
  const std::string code = error_code(body);
  std::string text = error_text(body);
  const Reason reason = reason_in(body, text + " " + code);
  if (text.empty()) text = code;
  return {std::move(text), reason};
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
  const std::string text = valid_utf8(response.body);
  json body = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (body.is_discarded() && has_structure(text)) body = json::parse(mended(text), nullptr, false);
  if (!body.is_discarded()) return body;
  if (response.body.empty()) return fail(Reason::parse, "the body is empty");
  return fail(Reason::parse,
              looks_like_html(response.body) ? "the body is HTML, not JSON" : "the body is not JSON");
}

Error with_state_of(const HttpResponse& response, Error error) {
  if (error.reason != Reason::schema || json::accept(valid_utf8(response.body))) return error;
  return {Reason::parse, "the body is not JSON, and what can be read of it is no answer: " + error.message};
}

std::optional<Error> refusal_of(const json& body) {
  if (!said_to_fail(body) && !failure_status(body) && !has_error(body)) return std::nullopt;
  Words words = words_of(body);
  if (words.text.empty()) words.text = "the response says that the request failed";
  return Error{words.reason, std::move(words.text)};
}

Error with_words_of(const json& body, Error error) {
  if (error.reason != Reason::schema || body.is_array()) return error;  // an array holds rows, not words
  const Words words = words_of(body);
  if (!words.text.empty()) error.message += ": " + words.text;
  error.reason = words.reason;
  return error;
}

std::string error_text(const json& body) {
  if (body.is_string()) {
    const auto& text = body.get_ref<const std::string&>();
    return one_line(text, text.size());
  }
  if (body.is_array()) return body.empty() ? std::string{} : error_text(body.front());
  if (!body.is_object()) return {};
  for (const char* key : {"message", "msg", "detail", "error", "error_message", "errors"}) {
    const auto found = body.find(key);
    if (found == body.end()) continue;
    if (std::string text = error_text(*found); !text.empty()) return text;
  }
  return {};
}

}  // namespace cpaas::engine
