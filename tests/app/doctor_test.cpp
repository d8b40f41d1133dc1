#include "exporter/app/doctor.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

namespace cpaas::app {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Account with_key(const std::string& key) {
  Account account{};
  account.settings.account = "main";
  account.settings.secrets.emplace("api_key", Secret(key));
  return account;
}

TEST(Cure, IsThereForEveryReason) {
  for (const Reason reason : all_reasons) {
    EXPECT_GT(cure_of({reason, "it failed"}, with_key("k")).size(), 20U) << name_of(reason);
  }
}

TEST(Cure, KnowsHowKeysArePastedWrongly) {
  const auto cure = [](const std::string& key) { return cure_of({Reason::auth, "401"}, with_key(key)); };
  EXPECT_THAT(
      cure("Bearer sk_12345"),
      AllOf(HasSubstr("'api_key' begins with the word of an Authorization header"), Not(HasSubstr("12345"))));
  EXPECT_THAT(cure("\"sk_12345\""), AllOf(HasSubstr("stands in quotes"), Not(HasSubstr("12345"))));
  EXPECT_THAT(cure("sk_12345"), AllOf(HasSubstr("may read usage"), Not(HasSubstr("12345"))));
}

class StateFolder {
 public:
  StateFolder() : path_(mkdtemp(std::string("/tmp/cpaas_doctor_XXXXXX").data())) {}
  ~StateFolder() { std::filesystem::remove_all(path_); }
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;
  std::string url(const std::string& file) const { return "sqlite:" + (path_ / file).string(); }

 private:
  std::filesystem::path path_;
};

TEST(State, MayBeNewOrNowhere) {
  const StateFolder folder;
  EXPECT_FALSE(state_ailment(folder.url("state.db")));
  EXPECT_FALSE(state_ailment("memory:"));
  EXPECT_FALSE(state_ailment("sqlite:state.db")) << "in the working directory";
}

TEST(State, WithoutAFolderIsNamed) {
  const StateFolder folder;
  const auto ailment = state_ailment(folder.url("missing/state.db"));
  ASSERT_TRUE(ailment);
  EXPECT_THAT(ailment->problem, AllOf(HasSubstr("/missing: "), HasSubstr("No such file")));
  EXPECT_THAT(ailment->cure, HasSubstr("--state.url"));
}

TEST(State, InAFolderThatNobodyMayWriteIsNamed) {
  const auto ailment = state_ailment("sqlite:/proc/self/state.db");  // not even root may
  ASSERT_TRUE(ailment);
  EXPECT_THAT(ailment->problem, HasSubstr("cannot write in /proc/self"));
  EXPECT_THAT(ailment->cure, HasSubstr("user of the service"));
}

Findings some() {
  EndpointFindings good{
      .name = "usage", .seconds = 0.25, .requests = 2, .series = 12, .rate_limit_remaining = 58};
  EndpointFindings bad{
      .name = "calls", .ailment = Ailment{"auth: HTTP status 401", "check the key"}, .requests = 1};
  AccountFindings account{.account = "main",
                          .provider = "acme",
                          .endpoints = {good, bad},
                          .samples = {"cpaas_balance{currency=\"INR\"} 5"},
                          .currencies = {"INR"},
                          .requests_per_minute = 2,
                          .budget = 60};
  return {{}, {"a.yml:1:1: warning: odd"}, std::nullopt, {account}};
}

TEST(FindingsAsText, SayProblemAndCure) {
  EXPECT_EQ(text_of(some()),
            "configuration, warning: a.yml:1:1: warning: odd\n"
            "account main (acme)\n"
            "  ok   usage                      0.25 s     2 requests      12 series  58 requests left to its "
            "rate limit\n"
            "  BAD  calls                      0.00 s     1 requests       0 series\n"
            "       problem: auth: HTTP status 401\n"
            "       cure:    check the key\n"
            "  2880 requests a day, of 86400 that 'requests_per_minute' allows\n"
            "  money in INR\n"
            "  cpaas_balance{currency=\"INR\"} 5\n"
            "not all is well\n");
}

TEST(FindingsAsText, AreWellInSpiteOfWarnings) {
  Findings findings = some();
  findings.accounts[0].endpoints.pop_back();
  EXPECT_THAT(text_of(findings), EndsWith("\nall is well\n"));
  EXPECT_TRUE(is_well(findings));
  findings.problems = {"a.yml:2:1: wrong"};
  EXPECT_FALSE(is_well(findings));
}

using std::chrono::days;
constexpr TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 11 / 27};

SeenCertificate valid(days from, days until) {
  return {.subject = "CN = api", .issuer = "CN = authority", .from = now + from, .until = now + until};
}

TlsFindings tls_of(days from, days until) {
  return tls_findings("https://user:s3cret@api.example.com:8443/v1", {valid(from, until)}, now);
}

TEST(Certificate, IsFineForLong) {
  const TlsFindings findings = tls_of(days(-30), days(60));
  EXPECT_EQ(findings.host, "api.example.com:8443");
  EXPECT_FALSE(findings.ailment);
  EXPECT_FALSE(findings.warning);
  EXPECT_FALSE(tls_of(days(-2), days(4)).warning) << "such as live for six days only";
}

TEST(Certificate, ThatExpiredIsNamedWithItsCure) {
  const TlsFindings findings = tls_of(days(-90), days(-1));
  ASSERT_TRUE(findings.ailment);
  EXPECT_EQ(findings.ailment->problem, "the certificate expired on 2026-11-26");
  EXPECT_THAT(findings.ailment->cure,
              AllOf(HasSubstr("api.example.com:8443 must renew it"), HasSubstr("it says 2026-11-27")));
  AccountFindings account{.account = "main", .provider = "acme", .tls = findings};
  EXPECT_FALSE(is_well({{}, {}, std::nullopt, {account}}));
}

TEST(Certificate, ThatSoonExpiresIsWarnedOf) {
  const TlsFindings findings = tls_of(days(-80), days(10));
  EXPECT_FALSE(findings.ailment);
  ASSERT_TRUE(findings.warning);
  EXPECT_EQ(findings.warning->problem, "the certificate expires on 2026-12-07");
  AccountFindings account{.account = "main", .provider = "acme", .tls = findings};
  EXPECT_TRUE(is_well({{}, {}, std::nullopt, {account}}));
}

TEST(Certificate, ThatIsNotYetValidMayBeTheClock) {
  ASSERT_TRUE(tls_of(days(1), days(90)).ailment);
  EXPECT_THAT(tls_of(days(1), days(90)).ailment->cure, HasSubstr("set this machine's clock"));
}

TEST(Certificate, ThatWasNotSeenIsNotSpokenOf) {
  const TlsFindings findings = tls_findings("https://api.example.com", {}, now);
  EXPECT_FALSE(findings.ailment);
  AccountFindings account{.account = "main", .provider = "acme", .tls = findings};
  EXPECT_THAT(text_of({{}, {}, std::nullopt, {account}}), Not(HasSubstr("TLS")));
}

TEST(FindingsAsText, TellOfCertificateAlertsAndThresholds) {
  AccountFindings account{.account = "main", .provider = "acme", .tls = tls_of(days(-80), days(10))};
  account.alerts = {"CpaasBalanceLow", "CpaasQuotaHigh"};
  account.unset = {{"thresholds.runway", "a balance", "3 days"}};
  const Findings findings{{}, {}, std::nullopt, {account}};
  EXPECT_THAT(text_of(findings), HasSubstr("  TLS certificate of api.example.com:8443 (CN = api), by CN = "
                                           "authority, until 2026-12-07 (10 days)\n"
                                           "       problem: the certificate expires on 2026-12-07\n"));
  EXPECT_THAT(text_of(findings),
              AllOf(HasSubstr("  alerts that can fire: CpaasBalanceLow, CpaasQuotaHigh\n"),
                    HasSubstr("  'thresholds.runway' is not set, to compare a balance with; "
                              "alert rules take: 3 days\n")));
  const auto json = nlohmann::json::parse(json_of(findings)).at("accounts").at(0);
  EXPECT_EQ(json.at("tls").at("chain").at(0).at("until"), "2026-12-07T00:00:00Z");
  EXPECT_EQ(json.at("tls").at("warning").at("problem"), "the certificate expires on 2026-12-07");
  EXPECT_EQ(json.at("alerts").at(1), "CpaasQuotaHigh");
  EXPECT_EQ(json.at("thresholds_not_set").at(0).at("without"), "3 days");
}

TEST(FindingsAsJson, SayTheSame) {
  const auto json = nlohmann::json::parse(json_of(some()));
  EXPECT_EQ(json.at("well"), false);
  EXPECT_EQ(json.at("state"), nullptr);
  const auto& endpoints = json.at("accounts").at(0).at("endpoints");
  EXPECT_EQ(endpoints.at(0).at("ailment"), nullptr);
  EXPECT_EQ(endpoints.at(0).at("rate_limit_remaining"), 58);
  EXPECT_EQ(endpoints.at(1).at("ailment").at("cure"), "check the key");
}

}  // namespace
}  // namespace cpaas::app
