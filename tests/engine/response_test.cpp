// What HTTP responses mean, from real headers, documented error bodies and hostile documents.
#include "exporter/engine/response.h"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporter/core/calendar.h"

namespace cpaas::engine {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Headers = std::map<std::string, std::string, std::less<>>;

const TimePoint now = *parse_time("2026-04-15T10:00:00Z");

HttpResponse response(int status, Headers headers = {}, std::string body = {}) {
  return {status, std::move(headers), std::move(body)};
}

std::string testdata(const std::string& name) {
  std::ifstream file(CPAAS_SOURCE_DIR "/tests/engine/testdata/" + name);
  EXPECT_TRUE(file) << name;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// --- statuses

struct Status {
  int status;
  std::optional<Reason> reason;
};

class ErrorOfStatus : public testing::TestWithParam<Status> {};

TEST_P(ErrorOfStatus, HasItsReason) {
  const auto error = error_of(response(GetParam().status), now);
  ASSERT_EQ(error.has_value(), GetParam().reason.has_value());
  if (!error) return;
  EXPECT_EQ(name_of(error->reason), name_of(*GetParam().reason));
  EXPECT_THAT(error->message, StartsWith("HTTP status " + std::to_string(GetParam().status)));
}

INSTANTIATE_TEST_SUITE_P(All, ErrorOfStatus,
                         testing::Values(Status{200, {}}, Status{201, {}}, Status{204, {}}, Status{299, {}},
                                         Status{300, Reason::redirect}, Status{302, Reason::redirect},
                                         Status{304, Reason::redirect}, Status{308, Reason::redirect},
                                         Status{400, Reason::http_4xx}, Status{401, Reason::auth},
                                         Status{402, Reason::http_4xx}, Status{403, Reason::auth},
                                         Status{404, Reason::http_4xx}, Status{407, Reason::proxy},
                                         Status{408, Reason::timeout}, Status{409, Reason::rate_limited},
                                         Status{422, Reason::http_4xx}, Status{429, Reason::rate_limited},
                                         Status{451, Reason::http_4xx}, Status{499, Reason::http_4xx},
                                         Status{500, Reason::http_5xx}, Status{502, Reason::http_5xx},
                                         Status{503, Reason::http_5xx}, Status{504, Reason::http_5xx},
                                         Status{599, Reason::http_5xx}, Status{0, Reason::http_5xx},
                                         Status{199, Reason::http_5xx}, Status{600, Reason::http_5xx},
                                         Status{999, Reason::http_5xx}));

TEST(ErrorOf, HasTheProvidersTextAndWhenToComeBack) {
  const auto error = error_of(response(429, {{"retry-after", "30"}}, R"({"message": "slow down"})"), now);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message, "HTTP status 429: slow down");
  EXPECT_EQ(error->retry_after, 30s);
}

TEST(ErrorOf, IsNotConfusedByAnyBody) {
  for (const char* body : {"", "<html>502</html>", "null", "[]", "{", "7", "{\"error\":{}}",
                           "{\"error\":[[]]}", "{\"message\":null}", "\xFF"}) {
    EXPECT_EQ(error_of(response(502, {}, body), now)->message, "HTTP status 502") << body;
  }
}

TEST(ErrorOf, TellsARateLimitFromARefusedKey) {
  const auto reason = [](int status, Headers headers, std::string body = {}) {
    return name_of(error_of(response(status, std::move(headers), std::move(body)), now)->reason);
  };
  EXPECT_EQ(reason(403, {{"retry-after", "30"}}), "rate_limited");
  EXPECT_EQ(reason(403, {{"x-ratelimit-remaining", "0"}}), "rate_limited");
  EXPECT_EQ(reason(403, {}, R"({"error": {"retry_after": 5}})"), "rate_limited");
  EXPECT_EQ(reason(403, {{"x-ratelimit-remaining", "12"}}), "auth");
  EXPECT_EQ(reason(401, {{"retry-after", "30"}}), "auth");
  EXPECT_EQ(reason(503, {{"retry-after", "30"}}), "http_5xx");
}

TEST(ErrorOf, WaitsForTheResetWhereNothingElseIsSaid) {
  const Headers reset{{"x-ratelimit-reset", "1776247290"}};
  EXPECT_EQ(error_of(response(429, reset), now)->retry_after, 90s);
  EXPECT_EQ(
      error_of(response(403, {{"x-ratelimit-remaining", "0"}, {"ratelimit-reset", "7"}}), now)->retry_after,
      7s);
  EXPECT_EQ(error_of(response(500, reset), now)->retry_after, std::nullopt);
  EXPECT_EQ(
      error_of(response(429, {{"retry-after", "5"}, {"x-ratelimit-reset", "1776247290"}}), now)->retry_after,
      5s);
}

TEST(ErrorOf, NamesTheProxyWhereThatRefuses) {
  EXPECT_EQ(error_of(response(407, {}, "<html>"), now)->message,
            "HTTP status 407: the proxy, not the provider, wants other credentials");
}

struct Redirect {
  const char* location;
  const char* target;
};

class RedirectMessage : public testing::TestWithParam<Redirect> {};

TEST_P(RedirectMessage, NamesSchemeHostAndPathOfTheTarget) {
  const auto error = error_of(response(302, {{"location", GetParam().location}}), now,
                              "https://me:s3cret@api.test:8443/v1/usage?key=s3cret");
  EXPECT_EQ(error->message,
            "HTTP status 302: redirects to " + std::string(GetParam().target) + ", which is not followed");
}

INSTANTIATE_TEST_SUITE_P(
    All, RedirectMessage,
    testing::Values(Redirect{"https://login.test/sso?token=s3cret#x", "https://login.test/sso"},
                    Redirect{"http://me:s3cret@login.test:80/a/b", "http://login.test:80/a/b"},
                    Redirect{"https://login.test", "https://login.test"},
                    Redirect{"//me:s3cret@login.test/sso?s3cret", "https://login.test/sso"},
                    Redirect{"/login?next=https://a@b/", "https://api.test:8443/login"},
                    Redirect{"usage/", "https://api.test:8443/v1/usage/"},
                    Redirect{"?key=s3cret", "https://api.test:8443/v1/"},
                    Redirect{"https:\\\\me:s3cret@login.test\\sso", "https://login.test/sso"}));

TEST(ErrorOf, OfARedirectWithoutATargetIsItsStatus) {
  EXPECT_EQ(error_of(response(304), now, "https://api.test/")->message, "HTTP status 304");
}

// --- Retry-After

struct RetryAfter {
  const char* header;
  std::optional<std::chrono::seconds> time;
};

class RetryAfterOf : public testing::TestWithParam<RetryAfter> {};

TEST_P(RetryAfterOf, IsRead) {
  EXPECT_EQ(retry_after_of(response(429, {{"retry-after", GetParam().header}}), now), GetParam().time)
      << GetParam().header;
}

INSTANTIATE_TEST_SUITE_P(All, RetryAfterOf,
                         testing::Values(RetryAfter{"0", 0s}, RetryAfter{"1", 1s}, RetryAfter{"120", 120s},
                                         RetryAfter{" 5 ", 5s}, RetryAfter{"1.2", 2s},
                                         RetryAfter{"86400", 24h}, RetryAfter{"86401", 24h},
                                         RetryAfter{"99999999999999999999", 24h}, RetryAfter{"1e300", 24h},
                                         RetryAfter{"1e400", std::nullopt}, RetryAfter{"-1", std::nullopt},
                                         RetryAfter{"", std::nullopt}, RetryAfter{"soon", std::nullopt},
                                         RetryAfter{"NaN", std::nullopt}, RetryAfter{"inf", std::nullopt},
                                         RetryAfter{"10 seconds", std::nullopt},
                                         RetryAfter{"Wed, 15 Apr 2026 10:01:30 GMT", 90s},
                                         RetryAfter{"Wed, 15 Apr 2026 09:59:00 GMT", 0s},
                                         RetryAfter{"Thu, 01 Jan 1970 00:00:00 GMT", 0s},
                                         RetryAfter{"Fri, 31 Dec 9999 23:59:59 GMT", 24h},
                                         RetryAfter{"Wed, 99 Apr 2026 10:01:30 GMT", std::nullopt},
                                         RetryAfter{"Wednesday, 15-Apr-26 10:01:30 GMT", std::nullopt}));

TEST(RetryAfter, IsAbsentWithoutTheHeader) {
  EXPECT_EQ(retry_after_of(response(429), now), std::nullopt);
}

struct BodyField {
  const char* body;
  std::optional<std::chrono::seconds> time;
};

class RetryAfterInBody : public testing::TestWithParam<BodyField> {};

TEST_P(RetryAfterInBody, IsRead) {
  EXPECT_EQ(retry_after_of(response(429, {}, GetParam().body), now), GetParam().time) << GetParam().body;
}

INSTANTIATE_TEST_SUITE_P(
    All, RetryAfterInBody,
    testing::Values(BodyField{R"({"error": {"details": {"limitType": "cps", "retryAfter": 300}}})", 300s},
                    BodyField{R"({"retry_after": 1.2})", 2s}, BodyField{R"({"retry_after": "45"})", 45s},
                    BodyField{R"({"errors": [{"meta": {"retry_after_seconds": 9}}]})", 9s},
                    BodyField{R"({"retryAfterMs": 1500})", 2s}, BodyField{R"({"Retry-After": 7})", 7s},
                    BodyField{R"({"retryAfter": "2026-04-15T10:02:00Z"})", 120s},
                    BodyField{R"({"retryAfter": 1e300})", 24h},
                    BodyField{R"({"retryAfter": -1})", std::nullopt},
                    BodyField{R"({"retryAfter": null})", std::nullopt},
                    BodyField{R"({"retryAfter": "soon"})", std::nullopt},
                    BodyField{R"({"retryAfter": true})", std::nullopt},
                    BodyField{R"({"a":{"b":{"c":{"d":{"e":{"retryAfter": 1}}}}}})", std::nullopt},
                    BodyField{"[]", std::nullopt}, BodyField{"<html>", std::nullopt}));

TEST(RetryAfter, OfTheHeaderWins) {
  EXPECT_EQ(retry_after_of(response(429, {{"retry-after", "3"}}, R"({"retry_after": 300})"), now), 3s);
  EXPECT_EQ(retry_after_of(response(429, {{"retry-after", "soon"}}, R"({"retry_after": 300})"), now), 300s);
}

TEST(RetryAfter, TakesADateByTheProvidersClock) {
  const auto an_hour_behind = response(
      503, {{"date", "Wed, 15 Apr 2026 09:00:00 GMT"}, {"retry-after", "Wed, 15 Apr 2026 09:02:00 GMT"}});
  EXPECT_EQ(retry_after_of(an_hour_behind, now), 120s);
}

// --- rate limits

TEST(RateLimitOf, ReadsEveryFamilyOfHeaders) {
  for (const std::string prefix : {"ratelimit-", "x-ratelimit-", "x-rate-limit-"}) {
    const auto limit =
        rate_limit_of(response(200, {{prefix + "remaining", "41"}, {prefix + "reset", "60"}}), now);
    EXPECT_EQ(limit.remaining, 41) << prefix;
    EXPECT_EQ(limit.reset, now + 60s) << prefix;
  }
}

struct Reset {
  const char* header;
  std::optional<TimePoint> time;
};

class RateLimitReset : public testing::TestWithParam<Reset> {};

TEST_P(RateLimitReset, IsATimeToWaitOrAUnixTime) {
  EXPECT_EQ(rate_limit_of(response(200, {{"x-ratelimit-reset", GetParam().header}}), now).reset,
            GetParam().time)
      << GetParam().header;
}

INSTANTIATE_TEST_SUITE_P(All, RateLimitReset,
                         testing::Values(Reset{"0", now}, Reset{"3600", now + 1h}, Reset{"0.5", now + 500ms},
                                         Reset{"1776247200", now}, Reset{"1776247260.5", now + 60500ms},
                                         Reset{"1776247200500", now + 500ms}, Reset{"-1", std::nullopt},
                                         Reset{"tomorrow", std::nullopt}, Reset{"", std::nullopt}));

TEST(RateLimitOf, GivesNothingForNonsense) {
  EXPECT_EQ(rate_limit_of(response(200), now).remaining, std::nullopt);
  EXPECT_EQ(rate_limit_of(response(200, {{"ratelimit-remaining", "-1"}}), now).remaining, std::nullopt);
  EXPECT_EQ(rate_limit_of(response(200, {{"ratelimit-remaining", "many"}}), now).remaining, std::nullopt);
}

// --- the provider's clock

TEST(ProviderTime, IsTheDateHeaderPlusAge) {
  const std::string date = "Wed, 15 Apr 2026 09:59:58 GMT";
  EXPECT_EQ(provider_time_of(response(200, {{"date", date}})), now - 2s);
  EXPECT_EQ(provider_time_of(response(200, {{"date", date}, {"age", "30"}})), now + 28s);
  EXPECT_EQ(provider_time_of(response(200, {{"date", date}, {"age", "-5"}})), now - 2s);
  EXPECT_EQ(provider_time_of(response(200, {{"date", date}, {"age", "old"}})), now - 2s);
  EXPECT_EQ(provider_time_of(response(200, {{"date", date}, {"age", "1e18"}})), now - 2s + 24h);
}

TEST(ProviderTime, IsUnknownWithoutAReadableDate) {
  EXPECT_EQ(provider_time_of(response(200)), std::nullopt);
  EXPECT_EQ(provider_time_of(response(200, {{"age", "30"}})), std::nullopt);
  EXPECT_EQ(provider_time_of(response(200, {{"date", "yesterday"}})), std::nullopt);
}

// --- documents

struct Document {
  std::string body;
  std::string message;  // "": it is read
  Reason reason = Reason::parse;
};

class Decode : public testing::TestWithParam<Document> {};

TEST_P(Decode, SaysWhatIsWrong) {
  const auto result = decode(response(200, {}, GetParam().body));
  ASSERT_EQ(result.has_value(), GetParam().message.empty());
  if (result) return;
  EXPECT_EQ(result.error().message, GetParam().message);
  EXPECT_EQ(name_of(result.error().reason), name_of(GetParam().reason));
}

std::string nested(std::size_t depth, std::string_view open, std::string_view close) {
  std::string text;
  for (std::size_t i = 0; i < depth; ++i) text += open;
  text += "1";
  for (std::size_t i = 0; i < depth; ++i) text += close;
  return text;
}

const std::string not_json = "the body is not JSON";
const std::string html = "the body is HTML, not JSON";
const std::string too_deep = "the document is nested too deep";

INSTANTIATE_TEST_SUITE_P(
    All, Decode,
    testing::Values(
        Document{"{}", ""}, Document{" [1, 2.5, \"a\"] \n", ""}, Document{"7", ""},
        Document{"\xEF\xBB\xBF{}", ""}, Document{"", "the body is empty"}, Document{" \n", not_json},
        Document{"<!doctype html><p>Sign in</p>", html}, Document{"\r\n\t <html>", html},
        Document{"\xEF\xBB\xBF<?xml?>", html}, Document{"Bad Gateway", not_json},
        Document{R"({"a": 1)", not_json}, Document{R"({"a": "b)", not_json},
        Document{R"({"a": 1} {"a": 2})", not_json}, Document{R"({"a": 1,})", not_json},
        Document{R"({'a': 1})", not_json}, Document{R"({a: 1})", not_json},
        Document{R"({"a": NaN)", not_json}, Document{R"({"a": 1e400)", not_json}, Document{"NaN", not_json},
        Document{R"({"a": yes})", not_json}, Document{R"({"a": "\ud83d)", not_json},
        Document{R"({"a": "\)", not_json}, Document{std::string("{\0}", 3), not_json},
        Document{nested(64, "[", "]"), ""}, Document{nested(65, "[", "]"), too_deep, Reason::too_large},
        Document{nested(65, "{\"a\":", "}"), too_deep, Reason::too_large},
        Document{std::string(1'000'000, '['), too_deep, Reason::too_large},
        Document{"\"" + std::string(1'000, '[') + "\"", ""},
        Document{R"({"a": "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["})", ""}));

TEST(DecodeText, ReplacesInvalidUtf8) {
  const auto result = decode(response(200, {}, "{\"name\": \"caf\xE9\"}"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->at("name"), "caf\xEF\xBF\xBD");
}

struct Broken {
  const char* value;  // in place of one value
  json read;
};

class DecodeBroken : public testing::TestWithParam<Broken> {};

TEST_P(DecodeBroken, CostsThatValueOnly) {
  const std::string body =
      std::string(R"({"before": [1, "\u00e9"], "broken": )") + GetParam().value + R"(, "after": {"n": 2.5}})";
  const auto result = decode(response(200, {}, body));
  ASSERT_TRUE(result) << body;
  EXPECT_EQ(*result,
            json({{"before", {1, "\xC3\xA9"}}, {"broken", GetParam().read}, {"after", {{"n", 2.5}}}}));
}

INSTANTIATE_TEST_SUITE_P(
    All, DecodeBroken,
    testing::Values(Broken{R"("Sales \ud83d")", "Sales \xEF\xBF\xBD"},
                    Broken{R"("\ude00 Sales")", "\xEF\xBF\xBD Sales"},
                    Broken{R"("\ud83d\ud83d\ude00")", "\xEF\xBF\xBD\xF0\x9F\x98\x80"},
                    Broken{R"("\ud83d\n")", "\xEF\xBF\xBD\n"}, Broken{R"("\uD83Dx")", "\xEF\xBF\xBDx"},
                    Broken{R"("\u12")", "\xEF\xBF\xBDu12"}, Broken{R"("\x41")", "\xEF\xBF\xBDx41"},
                    Broken{R"("\'")", "\xEF\xBF\xBD'"}, Broken{"\"two\nlines\tend\"", "two\nlines\tend"},
                    Broken{"\"\x01\x1f\"", "\x01\x1f"}, Broken{"1e400", "1e400"}, Broken{"-1e400", "-1e400"},
                    Broken{"NaN", "NaN"}, Broken{"-Infinity", "-Infinity"}, Broken{"undefined", "undefined"},
                    Broken{"007", "007"}, Broken{"+5", "+5"}, Broken{".5", ".5"}, Broken{"1.", "1."},
                    Broken{"[1e400, 7]", json::array({"1e400", 7})}));

TEST(DecodeText, LeavesAloneWhatLooksBrokenInTexts) {
  const auto result = decode(response(200, {}, R"({"a": "NaN, 1e400 {\"", "b": 1e999})"));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->at("a"), "NaN, 1e400 {\"");
}

TEST(DecodeText, TakesTheLastOfDuplicateKeys) {
  EXPECT_EQ(decode(response(200, {}, R"({"a": 1, "a": 2})"))->at("a"), 2);
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

TEST(DecodeCap, RefusesTooManyValues) {
  for (const std::string_view piece : {"0,", "{},"}) {
    const std::string thousand = repeated(piece, 1000);
    const auto result = decode(response(200, {}, "[" + repeated(thousand, 3000) + "0]"));
    ASSERT_FALSE(result) << piece;
    EXPECT_EQ(name_of(result.error().reason), "too_large") << piece;
    EXPECT_EQ(result.error().message, "the document has too many values") << piece;
  }
}

TEST(DecodeCap, LeavesTextAlone) {
  const std::string commas(4'000'000, ',');
  EXPECT_EQ(decode(response(200, {}, "[\"" + commas + "\"]"))->at(0), commas);
}

// --- answers that are none

struct Refusal {
  const char* body;
  const char* message;
  Reason reason = Reason::schema;
};

class RefusalOf : public testing::TestWithParam<Refusal> {};

TEST_P(RefusalOf, IsToldInTheProvidersWords) {
  const auto error = refusal_of(json::parse(GetParam().body));
  ASSERT_TRUE(error) << GetParam().body;
  EXPECT_EQ(error->message, GetParam().message);
  EXPECT_EQ(name_of(error->reason), name_of(GetParam().reason)) << GetParam().body;
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusalOf,
    testing::Values(
        Refusal{R"({"error": {"code": "UNAUTHORIZED", "message": "API key revoked"}})", "API key revoked",
                Reason::auth},
        Refusal{R"({"error": {"code": "UNAUTHORIZED"}})", "UNAUTHORIZED", Reason::auth},
        Refusal{R"({"error": {"code": 401, "message": "no"}})", "no", Reason::auth},
        Refusal{R"({"status": "error", "balance": 0, "message": "try later"})", "try later"},
        Refusal{R"({"status": "FAILED"})", "the response says that the request failed"},
        Refusal{R"({"status": 403, "success": true, "message": "inactive"})", "inactive", Reason::auth},
        Refusal{R"({"statusCode": "500", "message": "oops"})", "oops"},
        Refusal{R"({"success": false, "balance": 0, "currency": "INR"})",
                "the response says that the request failed"},
        Refusal{R"({"success": false, "error": "organization is suspended"})", "organization is suspended"},
        Refusal{R"({"success": "false", "detail": "Invalid token."})", "Invalid token.", Reason::auth},
        Refusal{R"({"success": 0, "message": "Forbidden"})", "Forbidden", Reason::auth},
        Refusal{R"({"ok": false})", "the response says that the request failed"},
        Refusal{R"({"error": "Rate limit exceeded for this API key"})",
                "Rate limit exceeded for this API key", Reason::rate_limited},
        Refusal{R"({"errors": [{"message": "no such account"}]})", "no such account"},
        Refusal{R"({"error": true, "message": "no such account"})", "no such account"}));

TEST(RefusalOfAnswer, IsNone) {
  for (const char* body :
       {"{}", "null", "[]", "[{\"error\": \"in a row\"}]", R"({"success": true, "balance": 0})",
        R"({"success": true, "error": "one row was left out"})", R"({"status": "active", "balance": 1})",
        R"({"error": null, "errors": [], "balance": 1})", R"({"error": "", "balance": 1})",
        R"({"error": false, "errors": {}})", R"({"status": 200, "code": 0})", R"({"errors": 7})"}) {
    EXPECT_FALSE(refusal_of(json::parse(body))) << body;
  }
}

TEST(StateOfBody, IsTheReasonWhenNothingIsLeftOfIt) {
  const Error error{Reason::schema, "balance: nothing"};
  EXPECT_EQ(with_state_of(response(200, {}, R"({"a": 1})"), error).reason, Reason::schema);
  EXPECT_EQ(with_state_of(response(200, {}, R"({"a": NaN})"), error).reason, Reason::parse);
  EXPECT_EQ(with_state_of(response(200, {}, R"({"a": NaN})"), {Reason::auth, "x"}).reason, Reason::auth);
}

TEST(WordsOfBody, AreAddedToAnErrorOfTheSchema) {
  const Error error{Reason::schema, "balance: nothing"};
  const auto message = [&](const char* body) { return with_words_of(json::parse(body), error).message; };
  EXPECT_EQ(message(R"({"detail": "not found"})"), "balance: nothing: not found");
  EXPECT_EQ(message(R"("Unauthorized")"), "balance: nothing: Unauthorized");
  EXPECT_EQ(message("{}"), "balance: nothing");
  EXPECT_EQ(message(R"([{"message": "a customer's text"}])"), "balance: nothing");
  EXPECT_EQ(with_words_of(json("Unauthorized"), error).reason, Reason::auth);
  EXPECT_EQ(with_words_of(json("Unauthorized"), {Reason::internal, "x"}).message, "x");
}

// --- error texts

struct ErrorFile {
  const char* file;
  const char* text;
};

class ErrorText : public testing::TestWithParam<ErrorFile> {};

TEST_P(ErrorText, IsFoundInTheDocumentedShape) {
  EXPECT_EQ(error_text(json::parse(testdata(GetParam().file))), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    All, ErrorText,
    testing::Values(
        ErrorFile{"error-402-with-status.json", "Account balance too low to complete this operation"},
        ErrorFile{"error-422-with-status.json", "Request validation failed"},
        ErrorFile{"error-429-with-status.json", "CPS limit exceeded for this trunk"},
        ErrorFile{"error-500-text.json", "Failed to retrieve transactions"},
        ErrorFile{"error-code-and-message.json", "The email or password you provided is incorrect."},
        ErrorFile{"error-detail-list.json", "string"},
        ErrorFile{"error-detail-text.json", "Invalid token payload."},
        ErrorFile{"error-message.json", "Failed To Refresh The Session"},
        ErrorFile{"error-object-with-details.json", "Validation error"},
        ErrorFile{"error-object-with-number-code.json", "Invalid token"},
        ErrorFile{"error-object-with-type.json", "Rate limit exceeded. Limit: 5 requests per 3600s"},
        ErrorFile{"error-text-after-success.json", "organization_id or user_id is required"},
        ErrorFile{"error-text-before-success.json", "API key is required"},
        ErrorFile{"error-text-powered-by.json", "Brief error description"}));

TEST(ErrorTextOf, IsOneLineInFull) {
  EXPECT_EQ(error_text(json("a\nb\tc")), "a b c");
  EXPECT_EQ(error_text({{"message", std::string(1000, 'x')}}), std::string(1000, 'x'));
}

TEST(ErrorTextOf, LooksFurtherWhenAFieldIsEmpty) {
  EXPECT_EQ(error_text({{"message", ""}, {"error", "real"}}), "real");
  EXPECT_EQ(error_text({{"message", nullptr}, {"detail", json::array()}, {"error", {{"code", 7}}}}), "");
}

}  // namespace
}  // namespace cpaas::engine
