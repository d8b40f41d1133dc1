// What was recorded of providers and is served by the sandbox gives the same page.
#include <gmock/gmock.h>

#include <cstdint>
#include <fstream>

#include "tests/end_to_end/support/scene.h"

namespace cpaas::end_to_end {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr seconds patience{60};

// `cpaas_sandbox --replay`, whose clock stands still.
class ReplayingSandbox {
 public:
  explicit ReplayingSandbox(const Scene& scene)
      : port_file_(scene.folder() / "port"),
        process_({std::string(CPAAS_BINARY_DIR) + "/cpaas_sandbox", "--listen=127.0.0.1:0", "--speed=0",
                  "--replay=" + (scene.folder() / "answers").string(), "--port-file=" + port_file_.string()},
                 scene.folder() / "sandbox", {}) {
    within(patience, [&] { return std::filesystem::exists(port_file_); });
    std::ifstream(port_file_) >> port_;
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  Received post(const std::string& path, const std::string& body) const {
    return sandbox::test::request(port_, "POST", path, body);
  }

 private:
  std::filesystem::path port_file_;
  Process process_;
  int port_ = 0;
};

// Lines of one page that the other does not have.
std::vector<std::string> only_in(const Page& page, const Page& other) {
  std::vector<std::string> lines;
  for (const auto& [series, value] : page) {
    if (value_of(other, series) != value) lines.push_back(series + " " + std::to_string(value));
  }
  return lines;
}

class Replay : public ::testing::Test {
 protected:
  Replay() {
    const auto process = run_exporter(scene_, {"record", "--config.file=" + scene_.config_file().string(),
                                               "--to=" + (scene_.folder() / "answers").string()});
    EXPECT_EQ(process->wait(patience), 0) << process->errors();
  }

  // The page without what polls themselves take.
  Page once(const std::string& url, const std::vector<std::string>& more = {}) {
    const std::filesystem::path file = scene_.folder() / "replayed.yml";
    write_file(file, accounts_yaml(url, "1s"));
    std::vector<std::string> arguments{"once", "--config.file=" + file.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto process = run_exporter(scene_, arguments);
    status_ = process->wait(patience).value_or(-1);
    errors_ = process->errors();
    Page page = parse_page(process->output());
    std::erase_if(page, [](const auto& each) {
      return !each.first.starts_with("cpaas_") || each.first.starts_with("cpaas_last_") ||
             each.first.starts_with("cpaas_poll_") || each.first.starts_with("cpaas_clock_skew_") ||
             each.first.starts_with("cpaas_members_oldest_") || each.first.starts_with("cpaas_exporter_");
    });
    return page;
  }

  Scene scene_;
  int status_ = -1;
  std::string errors_;
};

TEST_F(Replay, OfTheSandboxShowsTheSamePage) {
  const Page replayed = once(scene_.sandbox_url(), {"--replay=" + (scene_.folder() / "answers").string()});
  EXPECT_EQ(status_, 0) << errors_;
  const std::int64_t asked = scene_.sandbox().requests();
  const ReplayingSandbox sandbox(scene_);
  const Page served = once(sandbox.url());
  EXPECT_EQ(status_, 0) << errors_;
  EXPECT_EQ(scene_.sandbox().requests(), asked);
  EXPECT_GT(served.size(), 300U);
  EXPECT_THAT(only_in(served, replayed), IsEmpty());
  EXPECT_THAT(only_in(replayed, served), IsEmpty());

  // Names in infos were replaced.
  const auto without_infos = [](Page page) {
    std::erase_if(page, [](const auto& each) { return each.first.find("_info{") != std::string::npos; });
    return page;
  };
  const Page real = once(scene_.sandbox_url());
  EXPECT_THAT(only_in(without_infos(served), real), IsEmpty());
  EXPECT_THAT(only_in(without_infos(real), served), IsEmpty());
}

TEST_F(Replay, OfTheSandboxCanBeFaulty) {
  const ReplayingSandbox sandbox(scene_);
  ASSERT_EQ(sandbox
                .post("/sandbox/faults",
                      R"({"provider": "replay", "endpoint": "*/v1/usage", "fault": {"kind": "html"}})")
                .status,
            200);
  const Page page = once(sandbox.url());
  EXPECT_EQ(status_, 1);
  EXPECT_EQ(sum_of(page, "cpaas_up"), static_cast<double>(count_of(page, "cpaas_up")) - 1);
  EXPECT_THAT(errors_, HasSubstr("reason=parse"));
}

// A provider with a login, which tells the token to whoever reads its refusals.
class Login : public ::testing::Test {
 protected:
  Login() {
    for (const char* each : {"served", "answers"}) std::filesystem::create_directory(folder() / each);
    write_file(
        folder() / "served/answers.yml",
        "answers:\n  - {path: /oauth/token, body: {'': 'grant_type=client_credentials&client_id=me&"
        "client_secret=s3cret%2Bkey'}, file: token.json}\n"
        "  - {path: /balance, file: balance.json}\n  - {path: /limits, status: 403, file: refused.json}\n");
    write_file(folder() / "served/token.json", R"({"access_token": "t0ken-of-a-day", "expires_in": 3599})");
    write_file(folder() / "served/balance.json", R"({"balance": 12.5, "for": "t0ken-of-a-day"})");
    write_file(folder() / "served/refused.json", R"({"message": "t0ken-of-a-day may not read limits"})");
    write_file(folder() / "acme.yml", R"yml(
provider: acme
title: Acme
base_url: https://api.acme.example
options:
  client_id: {kind: text, required: true, help: The id}
  client_secret: {kind: secret, required: true, help: Its secret}
authentication: {oauth2: {token_url: /oauth/token, client_id: "{client_id}", client_secret: "{client_secret}"}}
endpoints:
  balance:
    help: Balance; 2 requests
    request: {path: /balance}
    metrics: [{metric: cpaas_balance, value: /balance, labels: {currency: EUR}}]
  limits:
    help: Limits; 2 requests
    request: {path: /limits}
    metrics: [{metric: cpaas_phone_numbers, value: /numbers}]
)yml");
    sandbox::ServerOptions options;
    options.sandbox.replay = sandbox::load_recording({(folder() / "served").string()});
    server_ = std::make_unique<sandbox::Server>(options);
    write_file(folder() / "login.yml",
               "providers: [acme.yml]\naccounts:\n  - {name: main, provider: acme, base_url: \"" +
                   server_->url() + "\", client_id: me, client_secret: s3cret+key}\n");
  }

  const std::filesystem::path& folder() const { return scene_.folder(); }
  std::string run(const std::vector<std::string>& arguments) {
    const auto process = run_exporter(scene_, arguments);
    EXPECT_EQ(process->wait(patience), 1) << process->errors();
    return process->output() + process->errors();
  }

  Scene scene_;
  std::unique_ptr<sandbox::Server> server_;
};

TEST_F(Login, GivesATokenThatIsNowhereInWhatIsWritten) {
  const std::string config = "--config.file=" + (folder() / "login.yml").string();
  std::string written = run({"once", config, "--log.level=debug"});
  EXPECT_THAT(written,
              HasSubstr("cpaas_balance{provider=\"acme\",account=\"main\",currency=\"EUR\"} 12.5\n"));
  EXPECT_THAT(written, HasSubstr("<secret> may not read limits"));
  written += run({"doctor", config});
  written += run({"record", config, "--to=" + (folder() / "recorded").string()});
  for (const auto& each : std::filesystem::directory_iterator(folder() / "recorded")) {
    written += read_file(each.path());
  }
  EXPECT_THAT(written, HasSubstr("\"access_token\""));
  for (const char* secret : {"t0ken-of-a-day", "s3cret+key", "s3cret%2Bkey"}) {
    EXPECT_THAT(written, Not(HasSubstr(secret)));
  }
  const std::string replayed = run({"once", config, "--replay=" + (folder() / "recorded").string()});
  EXPECT_THAT(replayed,
              HasSubstr("cpaas_balance{provider=\"acme\",account=\"main\",currency=\"EUR\"} 12.5\n"));
}

}  // namespace
}  // namespace cpaas::end_to_end
