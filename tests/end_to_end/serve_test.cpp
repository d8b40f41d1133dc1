// The serving program over real sockets, in front of a sandbox whose clock stands still.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "exporter/exposition/page.h"
#include "tests/end_to_end/support/books.h"

namespace cpaas::end_to_end {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Serve : public testing::Test {
 protected:
  // Starts the exporter and waits for good polls of everything.
  void start(const std::vector<std::string>& arguments = {}) {
    exporter = std::make_unique<Exporter>(scene, arguments);
    ASSERT_TRUE(exporter->wait_until_listening()) << exporter->process().errors();
    ASSERT_TRUE(exporter->shows(all_up)) << exporter->process().errors();
  }

  Scene scene;
  std::unique_ptr<Exporter> exporter;
};

TEST_F(Serve, MetricsInEveryForm) {
  start();
  const Received text = exporter->get("/metrics");
  EXPECT_EQ(text.status, 200);
  EXPECT_THAT(text.header("Content-Type"), StartsWith("text/plain; version=0.0.4"));
  EXPECT_THAT(text.body, HasSubstr("# TYPE cpaas_up gauge\n"));

  const std::string accept = "Accept: application/openmetrics-text; version=1.0.0\r\n";
  const Received open = exporter->get("/metrics", accept);
  EXPECT_THAT(open.header("Content-Type"), StartsWith("application/openmetrics-text; version=1.0.0"));
  EXPECT_THAT(open.body, EndsWith("\n# EOF\n"));

  const Received zipped = exporter->get("/metrics", accept + "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(zipped.header("Content-Encoding"), "gzip");
  EXPECT_LT(zipped.body.size() * 4, open.body.size());
  EXPECT_THAT(exposition::gunzip(zipped.body), EndsWith("\n# EOF\n"));
}

TEST_F(Serve, PagesForPeopleAndProbes) {
  start();
  const Received front = exporter->get("/");
  EXPECT_EQ(front.status, 200);
  EXPECT_THAT(front.body, HasSubstr("/metrics"));
  EXPECT_EQ(exporter->get("/-/healthy").status, 200);
  EXPECT_EQ(exporter->get("/-/ready").status, 200);
  EXPECT_EQ(exporter->get("/elsewhere").status, 404);
}

TEST_F(Serve, IsReadyWhenEveryEndpointWasTried) {
  ASSERT_EQ(scene.sandbox().add_fault({{"provider", "agentphone"},
                                       {"endpoint", "/v1/usage"},
                                       {"fault", {{"kind", "latency"}, {"ms", 60'000}}}}),
            "");
  exporter = std::make_unique<Exporter>(scene);
  ASSERT_TRUE(exporter->wait_until_listening());
  EXPECT_EQ(exporter->get("/-/ready").status, 503);
  EXPECT_EQ(exporter->get("/-/healthy").status, 200);
  EXPECT_TRUE(within(seconds(30), [&] { return exporter->get("/-/ready").status == 200; }));
}

TEST_F(Serve, ScrapesAskNoProvider) {
  write_file(scene.config_file(), accounts_yaml(scene.sandbox_url(), "1h"));
  start();
  const auto before = scene.sandbox().requests();
  EXPECT_EQ(scene.sandbox().truth().at("requests_total").get<std::int64_t>(), before);
  for (int i = 0; i < 50; ++i) {
    for (const char* path : {"/metrics", "/", "/-/healthy", "/-/ready", "/elsewhere"}) exporter->get(path);
  }
  EXPECT_EQ(scene.sandbox().requests(), before);
}

TEST_F(Serve, MayOpenAsManyFilesAsItsUserMay) {
  start();
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(exporter->scrape().at("process_max_fds"), static_cast<double>(limit.rlim_max));
}

TEST_F(Serve, TouchesNothingWhereItsAddressIsTaken) {
  start();
  const auto state = scene.folder() / "second.db";
  const auto second = run_exporter(
      scene, {"--config.file=" + scene.config_file().string(), "--state.url=sqlite:" + state.string(),
              "--web.listen-address=127.0.0.1:" + std::to_string(exporter->port())});
  EXPECT_EQ(second->wait(seconds(30)), 1);
  EXPECT_THAT(second->errors(), HasSubstr("cannot listen on 127.0.0.1:"));
  EXPECT_FALSE(std::filesystem::exists(state));
}

TEST_F(Serve, EndsAtOnceOnSigterm) {
  start();
  const auto begin = SteadyClock::now();
  exporter->process().signal(SIGTERM);
  EXPECT_EQ(exporter->process().wait(seconds(10)), 0);
  RecordProperty("milliseconds", std::to_string((SteadyClock::now() - begin) / milliseconds(1)));
}

TEST_F(Serve, EndsAtOnceWhileAProviderIsSlow) {
  ASSERT_EQ(scene.sandbox().add_fault({{"fault", {{"kind", "latency"}, {"ms", 60'000}}}}), "");
  write_file(scene.config_file(), accounts_yaml(scene.sandbox_url(), "1s", "1m"));
  exporter = std::make_unique<Exporter>(scene);
  ASSERT_TRUE(exporter->wait_until_listening());
  exporter->process().signal(SIGTERM);
  EXPECT_EQ(exporter->process().wait(seconds(10)), 0) << exporter->process().errors();
}

TEST_F(Serve, CountersFollowTheBooks) {
  const Json begin = scene.sandbox().truth();
  start();
  for (const auto step :
       {std::chrono::minutes(50), std::chrono::minutes(9 * 60), std::chrono::minutes(4 * 60)}) {
    scene.advance(step);
    const auto checks = checks_of(scene.sandbox().truth(), begin);
    const bool equal = exporter->shows([&](const Page& page) {
      return std::ranges::all_of(checks, [&](const Check& check) { return agrees(check, page); });
    });
    const Page page = exporter->scrape();
    for (const Check& check : checks) EXPECT_TRUE(equal || agrees(check, page)) << describe(check, page);
  }
}

TEST_F(Serve, ThePageHasNothingToImprove) {
  start();
  write_file(scene.folder() / "page", exporter->get("/metrics").body);
  Process promtool({"sh", "-c", "promtool check metrics < '" + (scene.folder() / "page").string() + "'"},
                   scene.folder() / "promtool");
  // A count of days is no length of time: it is not measured in seconds.
  EXPECT_EQ(promtool.wait(seconds(60)), 3);
  EXPECT_EQ(promtool.output() + promtool.errors(),
            "cpaas_ledger_days_missing use base unit \"seconds\" instead of \"days\"\n");
}

// --- a Prometheus of the distribution

class WithPrometheus : public Serve {
 protected:
  void start_prometheus() {
    const auto folder = scene.folder() / "prometheus";
    write_file(scene.folder() / "prometheus.yml",
               "global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: cpaas\n    static_configs:\n"
               "      - targets: ['127.0.0.1:" +
                   std::to_string(exporter->port()) + "']\n");
    prometheus = std::make_unique<Process>(
        std::vector<std::string>{
            "prometheus", "--config.file=" + (scene.folder() / "prometheus.yml").string(),
            "--storage.tsdb.path=" + (folder / "data").string(), "--web.listen-address=127.0.0.1:0"},
        folder);
    const auto listens = [&] {
      const std::string log = prometheus->errors();
      const std::string mark = " address=127.0.0.1:";
      const auto at = log.find(mark, log.find("\"Listening on\""));  // 3 has more fields between them
      if (at != std::string::npos) port = std::atoi(log.c_str() + at + mark.size());
      return port != 0;
    };
    ASSERT_TRUE(within(seconds(60), listens)) << prometheus->errors();
  }

  // The value of an expression that gives one series.
  std::optional<double> query(const std::string& expression) const {
    const Received answer = sandbox::test::request(port, "GET", "/api/v1/query?query=" + expression);
    const Json body = Json::parse(answer.body, nullptr, false);
    if (answer.status != 200 || body.is_discarded() || body.at("data").at("result").empty())
      return std::nullopt;
    return std::stod(body.at("data").at("result").at(0).at("value").at(1).get<std::string>());
  }

  std::unique_ptr<Process> prometheus;
  int port = 0;
};

TEST_F(WithPrometheus, ScrapesEverySeries) {
  start();
  start_prometheus();
  const auto has_all = [&] {
    const auto series = static_cast<double>(exporter->scrape().size());
    return query("up") == 1.0 && query("scrape_samples_scraped") == series &&
           query("scrape_samples_post_metric_relabeling") == series &&
           query("sum(cpaas_up)") == query("count(cpaas_up)");
  };
  EXPECT_TRUE(within(seconds(60), has_all))
      << "up " << query("up").value_or(-1) << ", scraped " << query("scrape_samples_scraped").value_or(-1);
  for (const char* level : {"level=warn", "level=error", "level=WARN", "level=ERROR"}) {  // until 2, since 3
    EXPECT_THAT(prometheus->errors(), Not(HasSubstr(level)));
  }
}

}  // namespace
}  // namespace cpaas::end_to_end
