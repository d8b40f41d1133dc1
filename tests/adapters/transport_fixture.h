// A transport over the real libcurl.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "exporter/adapters/curl_transport.h"

namespace cpaas::test {

using std::chrono::milliseconds;
using std::chrono::seconds;

class TransportTest : public testing::Test {
 protected:
  static HttpRequest get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    request.timeout = seconds(10);
    return request;
  }

  static std::unique_ptr<CurlTransport> make(const TransportOptions& options = {}) {
    return CurlTransport::create(load_curl().value(), options).value();
  }

  // One exchange, alone.
  Result<HttpResponse> fetch(HttpRequest request) {
    transport->start(1, std::move(request));
    const auto done = transport->wait(seconds(20));
    if (done.size() != 1 || done.front().id != 1)
      return fail(Reason::internal, "the transport did not complete");
    return done.front().result;
  }
  Result<HttpResponse> fetch(std::string url) { return fetch(get(std::move(url))); }

  std::unique_ptr<CurlTransport> transport = make();
};

// An outcome that is an error of this reason, whose message matches.
MATCHER_P2(FailsWith, reason, message, "fails with " + std::string(name_of(reason))) {
  if (arg) {
    *result_listener << "status " << arg->status;
    return false;
  }
  *result_listener << name_of(arg.error().reason) << ": " << arg.error().message;
  return arg.error().reason == reason &&
         testing::ExplainMatchResult(message, arg.error().message, result_listener);
}

// An outcome that is a response with this status and body.
MATCHER_P2(Answers, status, body, "answers " + std::to_string(status)) {
  if (!arg) {
    *result_listener << name_of(arg.error().reason) << ": " << arg.error().message;
    return false;
  }
  *result_listener << arg->status << " " << arg->body.substr(0, 100);
  return arg->status == status && arg->body == body;
}

}  // namespace cpaas::test

// For gtest's messages.
namespace tl {
inline void PrintTo(const cpaas::Result<cpaas::HttpResponse>& outcome, std::ostream* out) {
  *out << (outcome ? "a response" : "an error");
}
}  // namespace tl
