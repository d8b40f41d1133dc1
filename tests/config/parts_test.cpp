// The loader's small parts.
#include <gmock/gmock.h>

#include "config/base_url.h"
#include "config/connection.h"
#include "config/duration.h"
#include "config/spelling.h"

namespace cpaas::config {
namespace {

TEST(Duration, IsMadeOfWholeNumbersWithUnits) {
  EXPECT_EQ(parse_duration("500ms"), Duration{500});
  EXPECT_EQ(parse_duration("30s"), Duration{30'000});
  EXPECT_EQ(parse_duration("5m"), Duration{300'000});
  EXPECT_EQ(parse_duration("1h30m"), Duration{5'400'000});
  EXPECT_EQ(parse_duration("3d"), Duration{259'200'000});
  EXPECT_EQ(parse_duration("2w"), Duration{1'209'600'000});
  EXPECT_EQ(parse_duration("1w1d1h1m1s1ms"), Duration{694'861'001});
  EXPECT_EQ(parse_duration("90m"), Duration{5'400'000});
  EXPECT_EQ(parse_duration("0s"), Duration{0});
}

TEST(Duration, IsNothingElse) {
  for (const std::string_view text :
       {"", "s", "5", "-5s", "+5s", "1.5h", "1 h", "1h 30m", "30m1h", "1h1h", "5M", "5y", "5sec", "1h30",
        "9999999999s", "5s ", " 5s", "1e3s", "0x5s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, IsWrittenAsItIsRead) {
  for (const std::string_view text :
       {"0s", "1ms", "1s500ms", "59s", "1m", "1h30m", "1d", "365d", "2d3h4m5s6ms"}) {
    const auto length = parse_duration(text);
    ASSERT_TRUE(length) << text;
    EXPECT_EQ(format_duration(*length), text);
  }
}

TEST(BaseUrl, IsAbsoluteWithAHost) {
  for (const std::string_view text :
       {"https://example.org", "https://example.org:8443/a/b", "http://localhost",
        "https://[2001:db8::1]:443", "http://10.0.0.1", "https://a_b.internal/~x%20y"}) {
    const auto url = parse_base_url(text);
    ASSERT_TRUE(url) << text;
    EXPECT_EQ(url->text, text);
    EXPECT_EQ(url->tls, text.starts_with("https"));
  }
  EXPECT_EQ(parse_base_url("https://example.org/api//")->text, "https://example.org/api");
  EXPECT_EQ(parse_base_url("https://example.org/")->text, "https://example.org");
}

TEST(BaseUrl, IsNothingElse) {
  for (const std::string_view text : {"",
                                      "example.org",
                                      "//example.org",
                                      "ftp://example.org",
                                      "HTTPS://example.org",
                                      "https://",
                                      "https:///x",
                                      "https:example.org",
                                      "https://u@example.org",
                                      "https://u:p@example.org",
                                      "https://example.org?x",
                                      "https://example.org/?",
                                      "https://example.org/#",
                                      "https://example.org:",
                                      "https://example.org:0",
                                      "https://example.org:65536",
                                      "https://example.org:99999999999",
                                      "https://example.org:1:2",
                                      "https://exa mple.org",
                                      "https://example.org/a b",
                                      "https://example.org/\r\nX: y",
                                      "https://example.org\\@localhost",
                                      "https://.example.org",
                                      "https://example..org",
                                      "https://%65xample.org",
                                      "https://[::1",
                                      "https://::1",
                                      "https://[]",
                                      "https://[::1]x",
                                      "https://ex\xC3\xA4mple.org"}) {
    EXPECT_FALSE(parse_base_url(text)) << text;
  }
}

TEST(BaseUrl, KnowsThisMachine) {
  for (const std::string_view text :
       {"http://localhost:1", "http://127.0.0.1", "http://127.1.2.3:80/x", "http://[::1]:9"}) {
    EXPECT_TRUE(parse_base_url(text)->local) << text;
  }
  for (const std::string_view text :
       {"http://127.0.0.1.example.org", "http://127.0.0.256", "http://127.1", "http://127.0.0.",
        "http://127.0.0.1.", "http://127.0.0.0.1", "http://localhost.example.org", "http://xlocalhost",
        "http://[::2]", "http://0.0.0.0", "http://128.0.0.1"}) {
    EXPECT_FALSE(parse_base_url(text) && parse_base_url(text)->local) << text;
  }
}

TEST(ProxyUrl, IsHostAndPortWithPerhapsAUser) {
  for (const std::string_view text :
       {"http://proxy:3128", "http://me:p@ss@10.0.0.1:80", "http://me@[::1]:1"}) {
    EXPECT_TRUE(is_proxy_url(text)) << text;
  }
  for (const std::string_view text :
       {"", "proxy:3128", "http://proxy", "http://[::1]", "https://proxy:1", "socks5://proxy:1",
        "http://proxy:1/", "http://me:pass@", "http://proxy:x", "http://proxy:1?a"}) {
    EXPECT_FALSE(is_proxy_url(text)) << text;
  }
}

TEST(Spelling, FindsTheNearest) {
  const std::vector<std::string> words{"interval", "timeout", "window", "base_url"};
  EXPECT_EQ(nearest("intervall", words), "interval");
  EXPECT_EQ(nearest("Interval", words), "interval");
  EXPECT_EQ(nearest("baseUrl", words), "base_url");
  EXPECT_EQ(nearest("tiemout", words), "timeout");
  EXPECT_EQ(nearest("windwos", words), "window");
  EXPECT_EQ(nearest("x", words), std::nullopt);
  EXPECT_EQ(nearest("", words), std::nullopt);
  EXPECT_EQ(nearest("colour", words), std::nullopt);
  EXPECT_EQ(nearest(std::string(10'000, 'x'), words), std::nullopt);
}

TEST(Spelling, ShowsOnlyWords) {
  EXPECT_EQ(shown_word("api_key"), " 'api_key'");
  EXPECT_EQ(shown_word("qX7vK2mZ9"), "");
  EXPECT_EQ(shown_word("two words"), "");
  EXPECT_EQ(shown_word("key:value"), "");
  EXPECT_EQ(shown_word(""), "");
  EXPECT_EQ(shown_word(std::string(33, 'x')), "");
}

}  // namespace
}  // namespace cpaas::config
