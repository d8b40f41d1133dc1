// The program's commands, as a shell runs them.
#include <gmock/gmock.h>

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "tests/end_to_end/support/books.h"

namespace cpaas::end_to_end {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr seconds patience{60};

struct Ended {
  int status;
  std::string output;
  std::string errors;
};

Ended run(const Scene& scene, const std::vector<std::string>& arguments) {
  const auto process = run_exporter(scene, arguments);
  const auto status = process->wait(patience);
  return {status.value_or(-1), process->output(), process->errors()};
}

TEST(Once, PrintsTheMetricsOfAllAccounts) {
  Scene scene;
  const auto begin = SteadyClock::now();
  const Ended once = run(scene, {"once", "--config.file=" + scene.config_file().string()});
  RecordProperty("milliseconds", std::to_string((SteadyClock::now() - begin) / milliseconds(1)));
  EXPECT_EQ(once.status, 0) << once.errors;
  const Page page = parse_page(once.output);
  EXPECT_TRUE(all_up(page)) << once.errors;
  for (const std::string_view account : {campaigns, reseller, platform, agents}) {
    EXPECT_GT(sum_of(page, "cpaas_up", account), 0) << account;
  }
}

TEST(Once, ValuesAreTheProvidersOwn) {
  Scene scene;
  const Ended once = run(scene, {"once", "--config.file=" + scene.config_file().string()});
  const Page page = parse_page(once.output);
  const Json books = scene.sandbox().truth();
  for (const Check& check : checks_of(books, books))
    EXPECT_TRUE(agrees(check, page)) << describe(check, page);
  const Json& wallet = books.at("tingting").at("wallet");
  EXPECT_EQ(sum_of(page, "cpaas_credits_remaining"), wallet.at("balance").get<double>());
  EXPECT_DOUBLE_EQ(sum_of(page, "cpaas_balance"),
                   books.at("vobiz").at("partner").at("balance").get<double>() / 1e6);
  double customers = 0;
  for (const auto& [id, customer] : books.at("vobiz").at("customers").items()) {
    const double balance = customer.at("wallet").at("balance").get<double>() / 1e6;
    customers += balance;
    EXPECT_DOUBLE_EQ(sum_of(page, "cpaas_customer_balance", id), balance);
  }
  EXPECT_NEAR(sum_of(page, "cpaas_customers_balance"), customers, 1e-6);
}

class LocalTime {
 public:
  explicit LocalTime(const char* zone) { setenv("TZ", zone, 1); }
  ~LocalTime() { unsetenv("TZ"); }
  LocalTime(const LocalTime&) = delete;
  LocalTime& operator=(const LocalTime&) = delete;
};

// The third has summer time from the first to the last day of every year: its offset is never the standard
// one.
TEST(Once, KnowsNoLocalTimeAndNoSummerTime) {
  Scene scene;
  std::vector<Page> pages;
  for (const char* zone : {"UTC0", "AAA11", "BBB-13BBS-14,J1/0,J365/24"}) {
    const LocalTime local(zone);
    const Ended once = run(scene, {"once", "--config.file=" + scene.config_file().string()});
    ASSERT_EQ(once.status, 0) << once.errors;
    pages.push_back(parse_page(once.output));
    std::erase_if(pages.back(), [](const auto& each) {
      return !each.first.starts_with("cpaas_") || each.first.starts_with("cpaas_last_") ||
             each.first.starts_with("cpaas_poll_") || each.first.starts_with("cpaas_members") ||
             each.first.starts_with("cpaas_clock_skew_") || each.first.starts_with("cpaas_exporter_");
    });
  }
  EXPECT_GT(count_of(pages[0], "cpaas_today_calls"), 0U);
  EXPECT_EQ(pages[1], pages[0]);
  EXPECT_EQ(pages[2], pages[0]);
}

TEST(Once, TellsThatAnEndpointFailed) {
  Scene scene;
  ASSERT_EQ(scene.sandbox().add_fault({{"provider", "agentphone"},
                                       {"endpoint", "/v1/usage"},
                                       {"fault", {{"kind", "status"}, {"status", 503}}}}),
            "");
  const Ended once = run(scene, {"once", "--config.file=" + scene.config_file().string()});
  EXPECT_EQ(once.status, 1);
  const Page page = parse_page(once.output);
  EXPECT_EQ(sum_of(page, "cpaas_up"), static_cast<double>(count_of(page, "cpaas_up")) - 1);
  EXPECT_THAT(once.errors, HasSubstr("reason=http_5xx"));
}

TEST(Doctor, FindsNothingWrongWithTheSandbox) {
  Scene scene;
  const Ended doctor = run(scene, {"doctor", "--config.file=" + scene.config_file().string(),
                                   "--state.url=sqlite:" + (scene.folder() / "state.db").string()});
  EXPECT_EQ(doctor.status, 0) << doctor.output << doctor.errors;
  EXPECT_THAT(doctor.output, HasSubstr("  ok   dashboard"));
  EXPECT_THAT(doctor.output, HasSubstr("  alerts that can fire: CpaasCreditsLow, CpaasCreditsExhausted"));
  EXPECT_THAT(doctor.output,
              HasSubstr("'thresholds.quota_ratio' is not set, to compare what is used of a quota "
                        "with; alert rules take: 0.8\n"));
  EXPECT_THAT(doctor.output, testing::EndsWith("\nall is well\n"));
  EXPECT_FALSE(std::filesystem::exists(scene.folder() / "state.db"));
}

TEST(Doctor, NamesCauseAndCureAndNoSecret) {
  Scene scene;
  ASSERT_EQ(scene.sandbox().add_fault(
                {{"provider", "agentphone"}, {"path", "/v1/usage/daily"}, {"fault", {{"kind", "html"}}}}),
            "");
  std::string yaml = accounts_yaml(scene.sandbox_url(), "1s");
  const std::string before = "api_token: ";
  yaml.insert(yaml.find(before) + before.size(), "Bearer wrong-");
  write_file(scene.config_file(), yaml);
  const Ended doctor = run(scene, {"doctor", "--format=json", "--config.file=" + scene.config_file().string(),
                                   "--state.url=sqlite:/nowhere/state.db"});
  EXPECT_EQ(doctor.status, 1);
  const Json told = Json::parse(doctor.output);
  EXPECT_THAT(told.at("state").at("problem").get<std::string>(), HasSubstr("/nowhere: No such file"));
  std::map<std::string, std::string> cures;
  for (const Json& account : told.at("accounts")) {
    for (const Json& endpoint : account.at("endpoints")) {
      if (endpoint.at("ailment").is_null()) continue;
      cures[endpoint.at("endpoint").get<std::string>()] =
          endpoint.at("ailment").at("cure").get<std::string>();
    }
  }
  EXPECT_THAT(cures["dashboard"],
              HasSubstr("begins with the word of an Authorization header; give the key alone"));
  EXPECT_THAT(cures["daily"], HasSubstr("is not the API"));
  EXPECT_THAT(doctor.output + doctor.errors, Not(HasSubstr("wrong-")));
}

// A first configuration for the sandbox's last account; the shell gives it standard input from a file.
class Init : public testing::Test {
 protected:
  Ended init(const std::string& input, const std::string& further = "") {
    write_file(scene.folder() / "input", input);
    Process process({"sh", "-c", "exec " + command() + further + " < " + (scene.folder() / "input").string()},
                    scene.folder() / "init", scene.environment());
    return {process.wait(patience).value_or(-1), process.output(), process.errors()};
  }
  std::string command() const {
    return exporter_program() +
           " init --provider=agentphone --account=mine --config.file=" + (folder / "cpaas.yml").string() +
           " --set base_url=" + url + " --state.url=sqlite:" + (folder / "state.db").string();
  }

  Scene scene;
  std::filesystem::path folder = [this] {
    std::filesystem::create_directory(scene.folder() / "first");
    return scene.folder() / "first";
  }();
  std::string url = scene.sandbox_url() + "/agentphone";
  std::string key = sandbox::Credentials{1}.agentphone_key;
};

TEST_F(Init, EndsInWhatDoctorSays) {
  const Ended done = init(key + "\n");
  EXPECT_EQ(done.status, 0) << done.output << done.errors;
  EXPECT_THAT(done.output, HasSubstr("mine.api_key (mode 600)\n"));
  EXPECT_THAT(done.output, HasSubstr("account mine (agentphone)\n  ok   webhooks"));
  EXPECT_THAT(done.output, testing::EndsWith("\nall is well\n"));
  EXPECT_EQ(run(scene, {"check", "--strict", "--config.file=" + (folder / "cpaas.yml").string()}).status, 0);
  EXPECT_THAT(done.output + done.errors + read_file(folder / "cpaas.yml"), Not(HasSubstr(key)));
}

TEST_F(Init, TellsThatAKeyIsRefusedAndKeepsWhatWasSaid) {
  const Ended done = init("sk_of_another\n");
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.output,
              HasSubstr("cure:    check that the key is whole, belongs to this account and 'scope'"));
  EXPECT_TRUE(std::filesystem::exists(folder / "cpaas.yml"));
  const Ended again = init(key + "\n");
  EXPECT_EQ(again.status, 1);
  EXPECT_THAT(again.output, HasSubstr("--force"));
  EXPECT_EQ(init(key + "\n", " --force").status, 0);
}

TEST_F(Init, TellsThatTheHostIsWrong) {
  url = "http://127.0.0.1:1";  // nothing listens there
  const Ended done = init(key + "\n");
  EXPECT_EQ(done.status, 1);
  EXPECT_THAT(done.output, HasSubstr("nothing answers there: check 'base_url'"));
  url = "127.0.0.1:1";
  const Ended none = init(key + "\n", " --force");
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.output, HasSubstr("'base_url' must be"));
}

TEST_F(Init, ShowsNoSecretOnATerminal) {
  int terminal = -1;
  const std::string line = command() + " --no-doctor";
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  ASSERT_GE(child, 0);
  if (child == 0) execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
  std::string shown;
  std::array<char, 256> buffer{};
  bool answered = false;
  while (true) {
    const ssize_t size = read(terminal, buffer.data(), buffer.size());
    if (size <= 0) break;
    shown.append(buffer.data(), static_cast<std::size_t>(size));
    if (answered || shown.find("it is not shown): ") == std::string::npos) continue;
    answered = true;
    const std::string typed = key + "\n";
    ASSERT_EQ(write(terminal, typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
  }
  close(terminal);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << shown;
  EXPECT_TRUE(answered);
  EXPECT_THAT(shown, Not(HasSubstr(key)));
  EXPECT_EQ(read_file(folder / "mine.api_key"), key + "\n");
}

TEST(Check, AcceptsAGoodFile) {
  Scene scene;
  const Ended check = run(scene, {"check", "--config.file=" + scene.config_file().string()});
  EXPECT_EQ(check.status, 0);
  EXPECT_THAT(check.errors, IsEmpty());
  EXPECT_EQ(scene.sandbox().requests(), 0);
}

TEST(Check, TellsWarningsApart) {
  Scene scene;
  write_file(scene.config_file(),
             accounts_yaml(scene.sandbox_url(), "1s") + "    thresholds:\n      credits: 5\n");
  const std::string file = scene.config_file().string();
  const Ended check = run(scene, {"check", "--config.file=" + file});
  EXPECT_EQ(check.status, 0);
  EXPECT_THAT(check.errors, HasSubstr(file + ":24:16: warning: 'thresholds.credits' can never be reached"));
  const Ended strict = run(scene, {"check", "--strict", "--config.file=" + file});
  EXPECT_EQ(strict.status, 1);
  EXPECT_EQ(strict.errors, check.errors);
}

TEST(Check, TellsEveryProblemAndStartsNothing) {
  Scene scene;
  write_file(scene.config_file(),
             accounts_yaml(scene.sandbox_url(), "1parsec") + "    api_kee: sandbox-secret\n");
  const std::string file = scene.config_file().string();
  const Ended check = run(scene, {"check", "--config.file=" + file});
  EXPECT_EQ(check.status, 1);
  EXPECT_THAT(check.errors, HasSubstr(file + ":1:"));
  EXPECT_THAT(check.errors, HasSubstr("api_kee"));
  EXPECT_THAT(check.errors, Not(HasSubstr("sandbox-secret")));
  EXPECT_EQ(run(scene, {"once", "--config.file=" + file}).status, 1);
  EXPECT_EQ(run(scene, {"--config.file=" + file, "--web.listen-address=127.0.0.1:0"}).status, 1);
  EXPECT_EQ(run(scene, {"check", "--config.file=/does/not/exist"}).status, 1);
  EXPECT_EQ(scene.sandbox().requests(), 0);
}

TEST(Check, ReadsTheWebConfigurationToo) {
  Scene scene;
  const auto file = scene.folder() / "web.yml";
  const auto check = [&](const std::string& text) {
    write_file(file, text);
    return run(scene, {"check", "--config.file=" + scene.config_file().string(),
                       "--web.config.file=" + file.string()});
  };
  const Ended good = check("rate_limit: {burst: 20, interval: 100ms}\n");
  EXPECT_EQ(good.status, 0);
  EXPECT_THAT(good.errors, IsEmpty());
  const Ended bad = check("basic_auth_users:\n  alice: s3cret\n");
  EXPECT_EQ(bad.status, 1);
  EXPECT_THAT(bad.errors, HasSubstr(file.string() + ":2:10: a user's value must be a hash of bcrypt"));
  EXPECT_THAT(bad.errors, Not(HasSubstr("s3cret")));
  const Ended certificate = check("tls_server_config: {cert: no certificate, key: no key}\n");
  EXPECT_EQ(certificate.status, 1);
  EXPECT_THAT(certificate.errors, HasSubstr(file.string() + ":1:1: "));
}

TEST(Arguments, ThatCannotBeUsedEndWith2) {
  Scene scene;
  const std::string config = "--config.file=" + scene.config_file().string();
  EXPECT_EQ(run(scene, {}).status, 2);
  EXPECT_EQ(run(scene, {"dance", config}).status, 2);
  EXPECT_EQ(run(scene, {config, "--state.url=redis://x"}).status, 2);
  EXPECT_EQ(run(scene, {config, "--web.telemetry-path=metrics"}).status, 2);
  EXPECT_EQ(run(scene, {config, "--log.level=loud"}).status, 2);
  const Ended address = run(scene, {config, "--web.listen-address=:0,127.0.0.1:0"});
  EXPECT_EQ(address.status, 2);
  EXPECT_THAT(address.errors, HasSubstr("--web.listen-address"));
  EXPECT_EQ(run(scene, {config, "--web.max-connections=0"}).status, 2);
  EXPECT_EQ(scene.sandbox().requests(), 0);
}

TEST(Arguments, ABadWebConfigurationStartsNothing) {
  Scene scene;
  const auto file = scene.folder() / "web.yml";
  write_file(file, "basic_auth_users:\n  alice: s3cret\n");
  const Ended serve = run(scene, {"--config.file=" + scene.config_file().string(),
                                  "--web.listen-address=127.0.0.1:0", "--web.config.file=" + file.string()});
  EXPECT_EQ(serve.status, 1);
  EXPECT_THAT(serve.errors, HasSubstr(file.string() + ":2:10: a user's value must be a hash of bcrypt"));
  EXPECT_THAT(serve.errors, Not(HasSubstr("s3cret")));
  EXPECT_EQ(scene.sandbox().requests(), 0);
}

TEST(Arguments, AskForVersionOrHelp) {
  Scene scene;
  const Ended version = run(scene, {"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_THAT(version.output, HasSubstr("cpaas_exporter "));
  EXPECT_EQ(run(scene, {"--help"}).status, 0);
}

}  // namespace
}  // namespace cpaas::end_to_end
