#include "exporter/adapters/curl_errors.h"

#include <gmock/gmock.h>

#include <string>

namespace cpaas {
namespace {

Error described(CURLcode code) {
  return describe(load_curl().value(), {.code = code,
                                        .url = "https://api.example.com/v1?key=secret",
                                        .detail = {},
                                        .os_errno = 0,
                                        .reached = true,
                                        .connected = true,
                                        .proxy = {},
                                        .proxy_status = 0,
                                        .timeout = {}});
}

// With the loaded library's own number, whatever the headers know: 7.88 of Debian 12 has no name for it.
TEST(CurlErrors, TooLargeIsTooLarge) {
  for (const CURLcode code : {CURLE_FILESIZE_EXCEEDED, curle_too_large}) {
    const Error error = described(code);
    EXPECT_EQ(error.reason, Reason::too_large) << code;
    EXPECT_THAT(error.message, testing::StartsWith("https://api.example.com/v1: "));
  }
}

TEST(CurlErrors, AnUnknownCodeIsInternal) {
  EXPECT_EQ(described(static_cast<CURLcode>(127)).reason, Reason::internal);
}

#if LIBCURL_VERSION_NUM >= 0x080600
TEST(CurlErrors, TheNumberIsLibcurls) {
  EXPECT_EQ(curle_too_large, CURLE_TOO_LARGE);
}
#endif

}  // namespace
}  // namespace cpaas
