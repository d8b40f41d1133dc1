// The configured secrets, searched in everything that the program writes.
#include <gmock/gmock.h>

#include <array>
#include <csignal>

#include "exporter/exposition/page.h"
#include "tests/end_to_end/support/scene.h"

namespace cpaas::end_to_end {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view in_file = "seeded-secret-in-a-file";
constexpr std::string_view in_environment = "seeded-secret-in-the-environment";
constexpr std::string_view in_query = "seeded query/secret";
constexpr std::string_view in_path = "seeded?path#secret";
constexpr std::string_view in_signature = "seeded-secret-that-signs";
constexpr std::string_view of_proxy = "seeded-proxy-password";
constexpr std::string_view mistaken = "seeded-secret-in-a-wrong-place";

// All of them, and what goes over the wire where that differs.
std::vector<std::string> needles() {
  const sandbox::Credentials keys{1};
  std::vector<std::string> all{keys.tingting_token, keys.vobiz_partner_token, keys.teli_key,
                               keys.agentphone_key};
  for (const std::string_view seeded : {in_file, in_environment, of_proxy, mistaken})
    all.emplace_back(seeded);
  // As URLs have them, with a space in both ways.
  for (const std::string_view seeded : {in_query, in_path, in_signature}) all.emplace_back(seeded);
  for (const char* encoded : {"seeded%20query%2Fsecret", "seeded+query%2Fsecret", "seeded%3Fpath%23secret"})
    all.emplace_back(encoded);
  all.emplace_back("cHJveHktdXNlcjpzZWVkZWQtcHJveHktcGFzc3dvcmQ");  // proxy-user:PASSWORD in base64
  return all;
}

class Secrets : public testing::Test {
 protected:
  // The good accounts, and one for each other way in which a secret is given; those fail.
  void SetUp() override {
    write_file(scene.folder() / "key", std::string(in_file) + "\n");
    write_file(scene.folder() / "described.yml", described_yaml());
    write_file(scene.config_file(), good_yaml());
  }

  // Secrets in all places of a request; most of what it asks for is refused, or does not exist.
  static std::string described_yaml() {
    std::string text =
        "provider: placed\ntitle: Placed\nbase_url: https://placed.example\noptions:\n"
        "  in_query: {kind: secret, help: Q}\n  in_path: {kind: secret, help: P}\n"
        "  signs: {kind: secret, help: S}\nauthentication: {query: {key: \"{in_query}\"}, signed: {by: "
        "sorted_query_hmac_sha1, "
        "key: k, secret: \"{signs}\"}}\nendpoints:\n";
    const std::array paths{"/v1/usage", "/v1/{in_path}/usage", "/v1/usage/daily", "/v1/usage/by-agent"};
    for (std::size_t i = 0; i < paths.size(); ++i) {
      text += "  e" + std::to_string(i) + ":\n    help: E\n    request: {path: \"" + paths.at(i) +
              "\"}\n    pages: {next: /next}\n    metrics: [{metric: cpaas_phone_numbers, value: /n}]\n";
    }
    return text;
  }

  static std::string described_accounts(const std::string& url) {
    const std::string secrets = ", in_query: '" + std::string(in_query) + "', in_path: '" +
                                std::string(in_path) + "', signs: " + std::string(in_signature) + "}\n";
    return "  - {name: placed, provider: placed, base_url: '" + url + "/agentphone'" + secrets +
           "  - {name: nowhere, provider: placed, base_url: 'http://127.0.0.1:1'" + secrets;
  }

  std::string good_yaml() const {
    const std::string url = scene.sandbox_url();
    return "providers: [described.yml]\n" + accounts_yaml(url, "1s") + described_accounts(url) +
           "  - {name: by_file, provider: agentphone, base_url: '" + url +
           "/agentphone', api_key_file: key}\n  - {name: by_environment, provider: teli, base_url: '" + url +
           "/teli', organization_ids: all, api_key_env: SEEDED_KEY}\n"
           "  - {name: by_proxy, provider: agentphone, base_url: '" +
           url + "/agentphone', api_key_file: key, connection: {proxy_url: 'http://proxy-user:" +
           std::string(of_proxy) + "@127.0.0.1:1'}}\n";
  }

  // Mistakes right at the secrets.
  std::string bad_yaml() const {
    const std::string secret(mistaken);
    return accounts_yaml(scene.sandbox_url(), "1s") +
           "  - {name: a, provider: agentphone, api_kye: " + secret +
           "}\n  - {name: b, provider: agentphone, api_key: [" + secret +
           "]}\n  - {name: c, provider: agentphone, api_key: \"" + secret +
           "\\x01\"}\n  - {name: d, provider: agentphone, api_key: k, api_key_file: " + secret +
           "}\n  - {name: e, provider: agentphone, api_key: k, connection: {proxy_url: 'ftp://u:" + secret +
           "@h'}}\n  - {name: f, provider: agentphone, api_key: k, base_url: 'https://u:" + secret +
           "@h'}\n  - {name: g, provider: agentphone, api_key_env: " + secret +
           "}\n  - {name: h, provider: agentphone, api_key:" + secret + "}\n";
  }

  // Provider answers that hold a secret, or come from a failure on the way to it.
  void inject_faults() {
    const std::string redirect = "/elsewhere?key=" + sandbox::Credentials{1}.agentphone_key;
    const auto add = [&](const char* endpoint, const Json& fault) {
      ASSERT_EQ(
          scene.sandbox().add_fault({{"provider", "agentphone"}, {"endpoint", endpoint}, {"fault", fault}}),
          "");
    };
    add("/v1/usage", {{"kind", "status"}, {"status", 401}});
    add("/v1/usage/daily", {{"kind", "redirect"}, {"location", redirect}});
    add("/v1/usage/monthly", {{"kind", "malformed"}});
    add("/v1/usage/by-agent", {{"kind", "truncated"}});
    add("/v1/usage/by-number", {{"kind", "close"}});
  }

  // Looks through all that a command wrote, and gives its exit status.
  std::optional<int> run(const std::string& command) {
    const auto process =
        run_exporter(scene, {command, "--log.level=debug", config_argument()}, environment());
    const auto status = process->wait(seconds(60));
    look_through("output of " + command, process->output());
    look_through("errors of " + command, process->errors());
    return status;
  }

  void serve(const std::string& log_format) {
    write_file(scene.config_file(), good_yaml());
    const std::string state = "state_" + log_format + ".db";
    Exporter exporter(scene, {"--log.level=debug", "--log.format=" + log_format}, state, environment());
    ASSERT_TRUE(exporter.wait_until_listening()) << exporter.process().errors();
    EXPECT_TRUE(exporter.shows([](const Page& page) {
      return sum_of(page, "cpaas_request_failures_total", "account=\"by_file\"") > 0 &&
             sum_of(page, "cpaas_request_failures_total", "account=\"by_environment\"") > 0 &&
             sum_of(page, "cpaas_request_failures_total", "account=\"by_proxy\"") > 0 &&
             sum_of(page, "cpaas_request_failures_total", "account=\"placed\"") >= 4 &&
             sum_of(page, "cpaas_request_failures_total", "account=\"nowhere\"") >= 4 &&
             sum_of(page, "cpaas_request_failures_total", "account=\"agents\"") >= 5;
    })) << exporter.process().errors();
    write_file(scene.config_file(), bad_yaml());
    const Received refused = exporter.reload();
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(refused.body, HasSubstr(scene.config_file().string() + ":"));
    look_through("reload's answer", refused.head + refused.body);
    for (const char* path : {"/metrics", "/", "/-/ready", "/-/healthy", "/elsewhere"}) {
      const Received page = exporter.get(path);
      look_through(path, page.head + page.body);
    }
    const Received open = exporter.get("/metrics", "Accept: application/openmetrics-text\r\n");
    look_through("OpenMetrics", open.body);
    exporter.process().signal(SIGTERM);
    EXPECT_EQ(exporter.process().wait(seconds(30)), 0);
    EXPECT_THAT(exporter.process().errors(), HasSubstr("401"));
    look_through("output of serve", exporter.process().output());
    look_through("errors of serve", exporter.process().errors());
  }

  void look_through(const std::string& what, const std::string& text) {
    bytes += text.size();
    for (const std::string& needle : needles()) EXPECT_THAT(text, Not(HasSubstr(needle))) << what;
  }

  // The state with its journals, and whatever else the program may have left behind.
  void look_through_files() {
    for (const auto& file : std::filesystem::recursive_directory_iterator(scene.folder())) {
      if (file.path() == scene.config_file() || file.path().filename() == "key") continue;
      if (file.is_regular_file()) look_through(file.path().string(), read_file(file.path()));
    }
  }

  std::string config_argument() const { return "--config.file=" + scene.config_file().string(); }
  static std::vector<std::string> environment() { return {"SEEDED_KEY=" + std::string(in_environment)}; }

  Scene scene;
  std::size_t bytes = 0;
};

TEST_F(Secrets, AreNowhereInWhatIsWritten) {
  inject_faults();
  for (const std::string log_format : {"logfmt", "json"}) serve(log_format);
  write_file(scene.config_file(), good_yaml());
  EXPECT_EQ(run("check"), 0);
  EXPECT_EQ(run("once"), 1);
  write_file(scene.config_file(), bad_yaml());
  EXPECT_EQ(run("check"), 1);
  EXPECT_EQ(run("once"), 1);
  EXPECT_EQ(run("serve"), 1);
  look_through_files();
  EXPECT_GT(bytes, 100'000U);
}

}  // namespace
}  // namespace cpaas::end_to_end
