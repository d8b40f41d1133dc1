#include "exporter/core/http.h"

#include <gtest/gtest.h>

#include "exporter/core/collector.h"

namespace cpaas {
namespace {

TEST(PercentEncode, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("a b/c?d&e=f+g%h#i"), "a%20b%2Fc%3Fd%26e%3Df%2Bg%25h%23i");
  EXPECT_EQ(percent_encode("../x"), "..%2Fx");
  EXPECT_EQ(percent_encode("Z\xC3\xBCrich\r\n"), "Z%C3%BCrich%0D%0A");
  EXPECT_EQ(percent_encode(std::string_view("\0\x7F\xFF", 3)), "%00%7F%FF");
  EXPECT_EQ(percent_encode(""), "");
}

TEST(ShownUrl, HidesQueryFragmentAndUser) {
  EXPECT_EQ(shown_url("https://h/a/b?key=secret"), "https://h/a/b");
  EXPECT_EQ(shown_url("https://h/a#secret"), "https://h/a");
  EXPECT_EQ(shown_url("https://h?secret/x@y"), "https://h");
  EXPECT_EQ(shown_url("https://user:secret@h:8443/a"), "https://h:8443/a");
  EXPECT_EQ(shown_url("https://user:sec@ret@h/a"), "https://h/a");
  EXPECT_EQ(shown_url("https://secret@h"), "https://h");
  EXPECT_EQ(shown_url("https://h/people/@me"), "https://h/people/@me");
  EXPECT_EQ(shown_url("/a?secret"), "/a");
  EXPECT_EQ(shown_url(""), "");
}

TEST(MakeUrl, EncodesParameters) {
  Settings settings;
  settings.base_url = "https://h/v1";
  EXPECT_EQ(make_url(settings, "/a"), "https://h/v1/a");
  EXPECT_EQ(make_url(settings, "/a/", {{"from", "2026-04-15"}, {"name", "x&y=z"}}),
            "https://h/v1/a/?from=2026-04-15&name=x%26y%3Dz");
}

TEST(HttpResponse, AbsentHeadersAreEmpty) {
  HttpResponse response;
  response.headers["retry-after"] = "5";
  EXPECT_EQ(response.header("retry-after"), "5");
  EXPECT_EQ(response.header("date"), "");
}

}  // namespace
}  // namespace cpaas
