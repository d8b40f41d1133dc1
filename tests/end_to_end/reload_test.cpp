// The configuration of the serving program, changed while it runs: by signal, by request, by the file alone.
#include <gmock/gmock.h>

#include <csignal>

#include "tests/end_to_end/support/scene.h"

namespace cpaas::end_to_end {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* successful = "cpaas_exporter_config_last_reload_successful";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

// The configuration's last account is agents.
std::string without_agents(const std::string& config) {
  return config.substr(0, config.find("  - name: agents"));
}

class Reload : public testing::Test {
 protected:
  void start(const std::vector<std::string>& arguments = {}) {
    exporter = std::make_unique<Exporter>(scene, arguments);
    ASSERT_TRUE(exporter->wait_until_listening()) << exporter->process().errors();
    ASSERT_TRUE(exporter->shows(all_up)) << exporter->process().errors();
  }
  Received post() const { return sandbox::test::request(exporter->port(), "POST", "/-/reload", {}, {}); }
  std::string config() const { return read_file(scene.config_file()); }
  void configure(const std::string& text) const { write_file(scene.config_file(), text); }
  bool shows(std::string_view account, bool wanted = true) const {
    return exporter->shows([&](const Page& page) { return has_account(page, account) == wanted; });
  }
  static bool has_account(const Page& page, std::string_view account) {
    return std::ranges::any_of(page, [&](const auto& each) {
      return each.first.starts_with("cpaas_up{") && label_of(each.first, "account") == account;
    });
  }
  double dashboard_requests() const {
    return exporter->scrape().at(
        series("cpaas_requests_total",
               {{"provider", "tingting"}, {"account", campaigns}, {"endpoint", "dashboard"}}));
  }

  Scene scene;
  std::unique_ptr<Exporter> exporter;
};

TEST_F(Reload, BySignalAnAccountGoesAndComesBack) {
  start();
  const std::string all = config();
  configure(without_agents(all));
  exporter->process().signal(SIGHUP);
  ASSERT_TRUE(shows(agents, false)) << exporter->process().errors();
  EXPECT_TRUE(has_account(exporter->scrape(), campaigns));
  configure(all);
  exporter->process().signal(SIGHUP);
  ASSERT_TRUE(shows(agents));
  EXPECT_TRUE(exporter->shows(all_up));
}

TEST_F(Reload, ByTheFileAloneWhereItIsWanted) {
  start({"--config.auto-reload"});
  configure(without_agents(config()));
  EXPECT_TRUE(shows(agents, false)) << exporter->process().errors();
}

TEST_F(Reload, ABadFileChangesNothingAndSaysWhy) {
  start();
  const std::string good = config();
  configure(replaced(good, "provider: tingting", "provider: tangting") + "  - nonsense\n");
  const Received refused = post();
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("tangting"));
  EXPECT_EQ(std::ranges::count(refused.body, '\n'), 2);  // each problem in its line
  EXPECT_TRUE(exporter->shows([](const Page& page) { return page.at(successful) == 0; }));
  const double before = dashboard_requests();
  EXPECT_TRUE(within(seconds(30), [&] { return dashboard_requests() > before + 1; }));
  EXPECT_TRUE(all_up(exporter->scrape()));

  configure(good);
  EXPECT_EQ(post().status, 200);
  EXPECT_TRUE(exporter->shows([](const Page& page) { return page.at(successful) == 1; }));
}

TEST_F(Reload, OfTheWebConfigurationWhenItChanges) {
  constexpr const char* web_successful = "cpaas_exporter_web_config_last_reload_successful";
  const auto file = scene.folder() / "web.yml";
  const auto framed = [&] { return !exporter->get("/").header("X-Frame-Options").empty(); };
  write_file(file, "http_server_config: {headers: {X-Frame-Options: deny}}\n");
  start({"--web.config.file=" + file.string()});
  EXPECT_TRUE(framed());
  write_file(file, "");
  EXPECT_TRUE(exporter->shows([](const Page& page) { return page.at(web_successful) == 0; }));
  EXPECT_TRUE(framed());
  write_file(file, "http_server_config: {headers: {}}\n");
  EXPECT_TRUE(exporter->shows([](const Page& page) { return page.at(web_successful) == 1; }));
  EXPECT_TRUE(within(seconds(30), [&] { return !framed(); }));
}

TEST_F(Reload, OfTheSameFileAsksNothingAnew) {
  configure(replaced(config(), "interval: 1s", "interval: 1h"));
  start();
  const Page before = exporter->scrape();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(post().status, 200);
  // The reload has been taken over when something that it changed is there.
  configure(without_agents(config()));
  ASSERT_EQ(post().status, 200);
  ASSERT_TRUE(shows(agents, false));
  const Page after = exporter->scrape();
  for (const auto& [each, value] : before) {
    if (!each.starts_with("cpaas_requests_total{") || label_of(each, "account") == agents) continue;
    EXPECT_EQ(after.at(each), value) << each;
  }
}

TEST_F(Reload, ReadsSecretFilesAgain) {
  const sandbox::Credentials keys{1};
  const auto secret = scene.folder() / "token";
  write_file(secret, "not-the-token-yet\n");
  configure(replaced(config(), "api_token: " + keys.tingting_token, "api_token_file: " + secret.string()));
  exporter = std::make_unique<Exporter>(scene);
  ASSERT_TRUE(exporter->wait_until_listening());
  const std::string failures = series(
      "cpaas_request_failures_total",
      {{"provider", "tingting"}, {"account", campaigns}, {"endpoint", "dashboard"}, {"reason", "auth"}});
  ASSERT_TRUE(
      exporter->shows([&](const Page& page) { return page.contains(failures) && page.at(failures) > 0; }));
  write_file(secret, keys.tingting_token + "\n");
  ASSERT_EQ(post().status, 200);
  EXPECT_TRUE(exporter->shows(all_up)) << exporter->process().errors();
  EXPECT_GT(exporter->scrape().at(failures), 0);  // the account is the same one
  EXPECT_THAT(exporter->process().errors(), Not(HasSubstr(keys.tingting_token)));
}

TEST_F(Reload, ReadsARotatedSecretWhenTheOldOneIsRefused) {
  const sandbox::Credentials keys{1};
  const auto secret = scene.folder() / "token";
  write_file(secret, "a-token-of-yesterday\n");
  const std::string all = replaced(config(), "api_token: " + keys.tingting_token, "api_token_file: token");
  configure(all);
  exporter = std::make_unique<Exporter>(scene);
  ASSERT_TRUE(exporter->wait_until_listening());
  const std::string up =
      series("cpaas_up", {{"provider", "tingting"}, {"account", campaigns}, {"endpoint", "dashboard"}});
  ASSERT_TRUE(
      exporter->shows([&](const Page& page) { return has_account(page, agents) && page.at(up) == 0; }));
  configure(without_agents(all));  // nobody asked for a reload
  write_file(secret, keys.tingting_token + "\n");
  EXPECT_TRUE(exporter->shows([&](const Page& page) { return page.at(up) == 1; }))
      << exporter->process().errors();
  EXPECT_TRUE(has_account(exporter->scrape(), agents));
}

TEST_F(Reload, SeesARotatedSecretWhereItIsWanted) {
  const sandbox::Credentials keys{1};
  const auto secret = scene.folder() / "token";
  write_file(secret, keys.tingting_token + "\n");
  configure(replaced(config(), "api_token: " + keys.tingting_token, "api_token_file: token"));
  start({"--config.auto-reload"});
  write_file(secret, "rotated-too-early\n");
  const std::string up =
      series("cpaas_up", {{"provider", "tingting"}, {"account", campaigns}, {"endpoint", "dashboard"}});
  EXPECT_TRUE(exporter->shows([&](const Page& page) { return page.at(up) == 0; }))
      << exporter->process().errors();
}

TEST_F(Reload, OfTheLogLevelAloneByRequest) {
  start();
  const auto put = [&](const std::string& query, const std::string& body) {
    return sandbox::test::request(exporter->port(), "PUT", "/-/log-level" + query, body, {}).status;
  };
  const auto says = [&](const char* text) {
    return exporter->process().errors().find(text) != std::string::npos;
  };
  EXPECT_FALSE(says("level=debug"));
  EXPECT_EQ(put("", "level=debug"), 200);
  EXPECT_TRUE(within(seconds(30), [&] { return says("level=debug msg=polled"); }));
  EXPECT_EQ(put("?level=error", ""), 200);
  EXPECT_TRUE(says("msg=\"another log level by request\" level=error"));
  EXPECT_EQ(put("?level=loud", ""), 400);
}

TEST_F(Reload, OnlyByPost) {
  start();
  EXPECT_EQ(exporter->get("/-/reload").status, 405);
}

}  // namespace
}  // namespace cpaas::end_to_end
