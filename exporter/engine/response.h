// What an HTTP response means, before any collector sees it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/core/clock.h"
#include "exporter/core/http.h"
#include "exporter/core/result.h"

namespace cpaas::engine {

// What the provider's rate limit headers say (RateLimit-*, X-RateLimit-*, X-Rate-Limit-*).
struct RateLimit {
  std::optional<double> remaining;
  std::optional<TimePoint> reset;
  std::optional<Duration> wait{};  // to the reset, by the provider's clock where the response tells it
};
RateLimit rate_limit_of(const HttpResponse& response, TimePoint now);

// How long the provider wants to be left alone, 0 s to 24 h; nothing if it does not say. The Retry-After
// header, as seconds or as a date (by the provider's clock, where the response tells it); without one that
// can be read, the body's field: retry_after, retryAfter and the like, wherever an error body puts it
// (error.details.retryAfter). A number there is seconds, or milliseconds if the name ends in "ms".
std::optional<std::chrono::seconds> retry_after_of(const HttpResponse& response, TimePoint now);

// The provider's clock by its Date (and Age) headers; nothing if absent or unreadable.
std::optional<TimePoint> provider_time_of(const HttpResponse& response);

// The error that a status other than 2xx stands for; nothing for 2xx. The message has the status and the
// provider's own error text; of a redirect the target's scheme, host and path instead. Where a rate limit is
// told without a time to wait, its reset is that time. `url` is the request's.
std::optional<Error> error_of(const HttpResponse& response, TimePoint now, std::string_view url = {});

// The body as JSON. parse: it is not JSON (the message says when it looks like HTML); too_large: more than 3
// million values or nested deeper than 64. What is broken inside of one value costs that value: invalid
// UTF-8, half a surrogate pair and unknown escapes become U+FFFD; numbers that JSON or a double does not have
// (1e400, NaN) come as texts, which no reader takes for a number.
Result<nlohmann::json> decode(const HttpResponse& response);

// `error`, of a body that was read: of reason parse if that was no JSON as it stood, and nothing useful was
// left.
Error with_state_of(const HttpResponse& response, Error error);

// The error that a body stands for although its status is 2xx: `success` is false, `status` says error (or is
// an error's number), or there is an `error`. With the provider's own words, whose reason is theirs too:
// auth, rate_limited, else schema. Nothing if the body says nothing of the kind; it may lack what was asked
// for even so.
std::optional<Error> refusal_of(const nlohmann::json& body);

// `error` of reason schema, with what the body says about it in the provider's own words, and their reason.
Error with_words_of(const nlohmann::json& body, Error error);

// The text in a provider's error body (message, detail, error.message, detail[0].msg, ...) as one line; "" if
// there is none. In full, since only whole secrets can be found and struck out: cut it after that.
std::string error_text(const nlohmann::json& body);

}  // namespace cpaas::engine
