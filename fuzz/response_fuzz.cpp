// What a response means: lines of headers up to an empty one, then the body. The first byte selects the
// status.
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "exporter/core/utf8.h"
#include "exporter/engine/response.h"
#include "fuzz/input.h"

namespace {

using namespace cpaas;

constexpr TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 6 / 15} + std::chrono::hours{12};

HttpResponse read_response(fuzz::Input input) {
  static constexpr std::array statuses{200, 204, 299, 301, 302, 304, 400, 401,
                                       403, 404, 407, 418, 429, 500, 503, 599};
  static constexpr std::array<std::string_view, 8> names{"date",
                                                         "age",
                                                         "retry-after",
                                                         "ratelimit-remaining",
                                                         "ratelimit-reset",
                                                         "x-ratelimit-remaining",
                                                         "x-ratelimit-reset",
                                                         "x-rate-limit-reset"};
  HttpResponse response;
  response.status = statuses.at(input.below(statuses.size()));
  while (!input.empty()) {
    const std::size_t name = input.byte();
    if (name == '\n') break;
    response.headers[std::string(names.at(name % names.size()))] = input.line();
  }
  response.body = input.rest();
  return response;
}

void check(const Error& error) {
  fuzz::require(!error.message.empty(), "an error has a message");
  if (!error.retry_after) return;
  fuzz::require(*error.retry_after >= std::chrono::seconds{0} && *error.retry_after <= std::chrono::hours{24},
                "a wait is 0 s to 24 h");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const HttpResponse response = read_response({data, size});
  const auto error = engine::error_of(response, now);
  fuzz::require(error.has_value() == (response.status < 200 || response.status > 299), "2xx is no error");
  if (error) check(*error);
  const auto wait = engine::retry_after_of(response, now);
  fuzz::require(!wait || (*wait >= std::chrono::seconds{0} && *wait <= std::chrono::hours{24}),
                "a wait is 0 s to 24 h");
  engine::rate_limit_of(response, now);
  engine::provider_time_of(response);
  const auto body = engine::decode(response);
  if (!body) {
    const Reason reason = body.error().reason;
    fuzz::require(reason == Reason::parse || reason == Reason::too_large,
                  "decode fails with parse or too_large");
    return 0;
  }
  const std::string text = engine::error_text(*body);
  fuzz::require(text.find('\n') == std::string::npos, "an error text is one line");
  return 0;
}
