#include "exporter/app/pages.h"

#include <gmock/gmock.h>

#include <future>

namespace cpaas::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Site {
  LatestSnapshot snapshot;
  OwnMetrics own_metrics{"0"};
  bool ready = true;
  std::vector<std::string> problems;
  std::optional<LogLevel> level;
  PageSources sources{.telemetry_path = "/metrics",
                      .snapshot = snapshot,
                      .ready = [this] { return ready; },
                      .reload = [this] { return problems; },
                      .set_log_level = [this](LogLevel wanted) { level = wanted; },
                      .lifecycle_allowed = true,
                      .own_metrics = own_metrics};
  WebHandler handler = make_pages(sources);

  WebResponse ask(std::string_view path, std::string_view method = "GET") const {
    return handler({.method = method, .path = path, .query = "", .accept = "", .accept_encoding = "gzip"});
  }
};

exposition::PageBuilder one_gauge() {
  exposition::PageBuilder builder;
  builder.put(1, {{"a", Kind::gauge, "Help", "a 1\n"}});
  return builder;
}

TEST(MetricsPage, WaitsForTheFirstSnapshot) {
  Site site;
  auto answer = std::async(std::launch::async, [&] { return site.ask("/metrics"); });
  EXPECT_EQ(site.ask("/-/healthy").status, 200);  // needs none
  site.snapshot.set(one_gauge().build());
  EXPECT_EQ(answer.get().status, 200);
}

TEST(MetricsPage, IsCompressedWhereTheSnapshotIs) {
  Site site;
  site.snapshot.set(one_gauge().build_plain());
  const WebResponse plain = site.ask("/metrics");
  EXPECT_FALSE(plain.gzipped);
  EXPECT_THAT(*plain.body, HasSubstr("a 1\n"));
  site.snapshot.set(one_gauge().build());
  const WebResponse zipped = site.ask("/metrics");
  EXPECT_TRUE(zipped.gzipped);
  EXPECT_EQ(exposition::gunzip(*zipped.body), *plain.body);
}

TEST(MetricsPage, OutlivesItsSnapshot) {
  Site site;
  site.snapshot.set(one_gauge().build());
  const WebResponse response = site.ask("/metrics");
  site.snapshot.set(exposition::PageBuilder().build());
  EXPECT_THAT(exposition::gunzip(*response.body), HasSubstr("a 1\n"));
}

TEST(ReadyPage, FollowsTheEngine) {
  Site site;
  EXPECT_EQ(site.ask("/-/ready").status, 200);
  site.ready = false;
  EXPECT_EQ(site.ask("/-/ready").status, 503);
}

TEST(ReloadPage, TellsTheProblems) {
  Site site;
  EXPECT_EQ(site.ask("/-/reload").status, 405);
  EXPECT_EQ(site.ask("/-/reload", "POST").status, 200);
  site.problems = {"file:1:2: one", "file:3:4: two"};
  const WebResponse refused = site.ask("/-/reload", "POST");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(*refused.body, "file:1:2: one\nfile:3:4: two\n");
}

TEST(ReloadPage, IsForThoseWhoMay) {
  Site site;
  site.problems = {"reloaded"};
  const auto post = [&](std::string_view origin, std::string_view fetch_site) {
    return site
        .handler({.method = "POST",
                  .path = "/-/reload",
                  .query = "",
                  .accept = "",
                  .accept_encoding = "",
                  .host = "exporter:10777",
                  .origin = origin,
                  .fetch_site = fetch_site})
        .status;
  };
  EXPECT_EQ(post("", ""), 400);
  EXPECT_EQ(post("http://exporter:10777", ""), 400);
  EXPECT_EQ(post("http://exporter:10777", "same-origin"), 400);
  EXPECT_EQ(post("http://evil.example", ""), 403);
  EXPECT_EQ(post("http://exporter:80", ""), 403);
  EXPECT_EQ(post("null", ""), 403);
  EXPECT_EQ(post("", "cross-site"), 403);
  EXPECT_EQ(post("http://exporter:10777", "same-site"), 403);
  site.sources.lifecycle_allowed = false;
  EXPECT_EQ(post("", ""), 403);
}

WebRequest put_level(std::string_view query, std::string_view body = "") {
  return {.method = "PUT",
          .path = "/-/log-level",
          .query = query,
          .accept = "",
          .accept_encoding = "",
          .body = body};
}

TEST(LogLevelPage, TakesTheLevelFromQueryOrBody) {
  Site site;
  const WebResponse answer = site.handler(put_level("level=debug"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(*answer.body, "Log level: debug\n");
  EXPECT_EQ(site.level, LogLevel::debug);
  EXPECT_EQ(site.handler(put_level("", "level=error\r\n")).status, 200);
  EXPECT_EQ(site.level, LogLevel::error);
}

TEST(LogLevelPage, RefusesWhatIsNoLevel) {
  Site site;
  for (const char* text : {"", "level", "level=", "level=loud", "level=DEBUG", "debug", "level=info&x=1",
                           "x=1&level=info", "level=info ", "\n"}) {
    EXPECT_EQ(site.handler(put_level(text)).status, 400) << text;
    EXPECT_EQ(site.handler(put_level("", text)).status, 400) << text;
  }
  EXPECT_THAT(*site.handler(put_level("level=loud")).body, HasSubstr("debug, info, warn, error"));
  EXPECT_EQ(site.level, std::nullopt);
}

TEST(LogLevelPage, IsForThoseWhoMay) {
  Site site;
  EXPECT_EQ(site.ask("/-/log-level").status, 405);
  EXPECT_EQ(site.ask("/-/log-level", "POST").headers.front().second, "PUT");
  WebRequest elsewhere = put_level("level=debug");
  elsewhere.fetch_site = "cross-site";
  EXPECT_EQ(site.handler(elsewhere).status, 403);
  site.sources.lifecycle_allowed = false;
  const WebResponse refused = site.handler(put_level("level=debug"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(*refused.body, HasSubstr("--web.enable-lifecycle"));
  EXPECT_EQ(site.level, std::nullopt);
}

TEST(SlowPages, AreReloadsAndTheFirstMetrics) {
  Site site;
  const auto slow = [wait = slow_pages(site.sources)](std::string_view method, std::string_view path) {
    return wait({.method = method, .path = path, .query = "", .accept = "", .accept_encoding = ""});
  };
  EXPECT_TRUE(slow("POST", "/-/reload"));
  EXPECT_TRUE(slow("GET", "/metrics"));
  EXPECT_FALSE(slow("GET", "/-/healthy"));
  site.snapshot.set(one_gauge().build());
  EXPECT_FALSE(slow("GET", "/metrics"));
}

TEST(Pages, KnowTheirPathsAndMethods) {
  Site site;
  EXPECT_THAT(*site.ask("/").body, StartsWith("<!doctype html>"));
  EXPECT_EQ(site.ask("/nothing").status, 404);
  EXPECT_EQ(site.ask("/metrics", "POST").status, 405);
  EXPECT_EQ(site.ask("/metrics", "DELETE").headers.front().second, "GET, HEAD");
}

}  // namespace
}  // namespace cpaas::app
