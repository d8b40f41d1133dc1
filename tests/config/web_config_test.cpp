#include "config/web_config.h"

#include <gmock/gmock.h>

#include <map>

namespace cpaas::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* hash = "$2b$04$eImiTXuWVxfM37uY4JANjO5E5SWpGgVxMEX4ZBkJ6P3PjMvhGFWkG";

Environment files(std::map<std::string, std::string> content = {}) {
  Environment environment;
  environment.read_file =
      [content = std::move(content)](const std::string& path) -> tl::expected<std::string, std::string> {
    const auto found = content.find(path);
    if (found == content.end()) return tl::unexpected(std::string("No such file or directory"));
    return found->second;
  };
  return environment;
}

LoadedWeb parse(const std::string& text) {
  return parse_web(text, "etc/web.yml", files({{"etc/a.crt", "CERT"}, {"etc/a.key", "KEY"}, {"/ca", "CA"}}));
}

std::string problem(const std::string& text) {
  const auto loaded = parse(text);
  return loaded.problems.size() == 1 ? to_string(loaded.problems[0]) : std::to_string(loaded.problems.size());
}

TEST(WebConfig, ReadsEverything) {
  const auto loaded = parse(std::string(R"(tls_server_config:
  cert_file: a.crt
  key_file: a.key
  client_ca_file: /ca
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [prometheus, 10.0.0.1]
  min_version: TLS10
  max_version: TLS12
  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
  curve_preferences: [CurveP256, X25519]
  prefer_server_cipher_suites: false
http_server_config:
  http2: true
  headers: {X-Frame-Options: deny, X-XSS-Protection: ''}
basic_auth_users: {alice: )") +
                            hash + "}\nrate_limit: {burst: 5, interval: 500ms}\n");
  ASSERT_THAT(loaded.problems, IsEmpty());
  const WebSettings& settings = loaded.settings;
  ASSERT_TRUE(settings.tls);
  EXPECT_EQ(settings.tls->certificate, "CERT");
  EXPECT_EQ(settings.tls->key.reveal(), "KEY");
  EXPECT_EQ(settings.tls->client_authorities, "CA");
  EXPECT_EQ(settings.tls->client, ClientCertificate::require_and_verify);
  EXPECT_THAT(settings.tls->client_names, ElementsAre("prometheus", "10.0.0.1"));
  EXPECT_EQ(settings.tls->min_version, 0x0301);
  EXPECT_EQ(settings.tls->max_version, 0x0303);
  EXPECT_THAT(settings.tls->ciphers, ElementsAre("ECDHE-RSA-AES128-GCM-SHA256"));
  EXPECT_THAT(settings.tls->curves, ElementsAre("P-256", "X25519"));
  EXPECT_FALSE(settings.tls->prefer_server_ciphers);
  EXPECT_THAT(settings.headers, ElementsAre(Pair("X-Frame-Options", "deny")));
  EXPECT_EQ(settings.users.at("alice").reveal(), hash);
  EXPECT_EQ(settings.rate_limit->burst, 5U);
  EXPECT_EQ(settings.rate_limit->interval, Duration{500});
}

TEST(WebConfig, HasTheDefaultsOfTheToolkit) {
  const auto loaded = parse("tls_server_config: {cert: C, key: K}\n");
  ASSERT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.settings.tls->min_version, 0x0303);
  EXPECT_EQ(loaded.settings.tls->max_version, 0x0304);
  EXPECT_EQ(loaded.settings.tls->client, ClientCertificate::none);
  EXPECT_TRUE(loaded.settings.tls->prefer_server_ciphers);
  EXPECT_THAT(loaded.settings.users, IsEmpty());
  EXPECT_FALSE(loaded.settings.rate_limit);
}

TEST(WebConfig, TellsWhatIsWrongAndWhere) {
  EXPECT_EQ(problem(""), "etc/web.yml:1:1: the file is empty");
  EXPECT_EQ(
      problem("tls_server_config: {cert: C, key: K, cert_file: a.crt}"),
      "etc/web.yml:1:49: 'tls_server_config.cert_file' and 'tls_server_config.cert' must not both be given");
  EXPECT_EQ(problem("tls_server_config:\n  cert: C\n"),
            "etc/web.yml:2:3: 'tls_server_config.key_file' or 'tls_server_config.key' is missing");
  EXPECT_EQ(problem("tls_server_config:\n  cert: C\n  key_file: gone\n"),
            "etc/web.yml:3:13: 'tls_server_config.key_file': cannot be read: No such file or directory");
  EXPECT_EQ(problem("tls_server_config: {cert: C, key: K, min_version: TLS14}"),
            "etc/web.yml:1:51: 'tls_server_config.min_version' must be one of TLS10, TLS11, TLS12, TLS13");
  EXPECT_EQ(problem("tls_server_config: {cert: C, key: K, min_version: TLS13, max_version: TLS12}"),
            "etc/web.yml:1:20: 'min_version' is above 'max_version'");
  EXPECT_EQ(problem("tls_server_config: {cert: C, key: K, client_auth_type: RequireAndVerifyClientCert}"),
            "etc/web.yml:1:56: this 'client_auth_type' needs 'client_ca_file' or 'client_ca'");
  EXPECT_EQ(problem("tls_server_config: {cert: C, key: K, client_ca: C}"),
            "etc/web.yml:1:20: with 'client_ca' a 'client_auth_type' must ask for certificates");
  EXPECT_EQ(problem("tls_server_config: {cert: C, key: K, client_allowed_sans: [a]}"),
            "etc/web.yml:1:59: 'client_allowed_sans' needs a 'client_auth_type' that verifies certificates");
  EXPECT_EQ(problem("rate_limit: {burst: 0}"),
            "etc/web.yml:1:21: 'rate_limit.burst' must be a whole number of at least 1");
  EXPECT_EQ(problem("rate_limit: {interval: soon}"),
            "etc/web.yml:1:24: 'rate_limit.interval' must be a length of time, such as 1s");
  EXPECT_EQ(problem("basic_auth_users: {}"), "etc/web.yml:1:19: 'basic_auth_users' must name a user");
  EXPECT_EQ(problem("basic_auth_users: {alice: s3cret}"),
            "etc/web.yml:1:27: a user's value must be a hash of bcrypt: $2a$, $2b$ or $2y$");
  EXPECT_EQ(problem(std::string("basic_auth_users: {'a:b': ") + hash + "}"),
            "etc/web.yml:1:20: the name of a user must not hold a colon");
  EXPECT_EQ(problem("http_server_config: {headers: {x-frame-options: deny}}"),
            "etc/web.yml:1:32: 'headers' may hold Content-Security-Policy, Strict-Transport-Security, "
            "X-Content-Type-Options, X-Frame-Options, X-XSS-Protection");
  EXPECT_EQ(problem("http_server_config: {headers: {X-Frame-Options: \"a\\nb\"}}"),
            "etc/web.yml:1:49: a header must be one line of text");
  EXPECT_EQ(problem("http_server_config: {http2: 1}"),
            "etc/web.yml:1:29: 'http_server_config.http2' must be true or false");
}

TEST(WebConfig, UnknownKeysAreRefusedEverywhere) {
  for (const char* text :
       {"tls: {}", "tls_server_config: {cert: C, key: K, certs: C}", "rate_limit: {bursts: 1}",
        "http_server_config: {http3: true}", "rate_limit: {}\nrate_limits: {}"}) {
    EXPECT_EQ(parse(text).problems.size(), 1U) << text;
  }
}

TEST(WebConfig, NoProblemShowsASecret) {
  const auto loaded =
      parse("basic_auth_users: {alice: s3cret}\ntls_server_config: {cert: C, key: [s3cret]}\n");
  EXPECT_EQ(loaded.problems.size(), 2U);
  for (const Diagnostic& each : loaded.problems) EXPECT_EQ(each.message.find("s3cret"), std::string::npos);
}

TEST(WebConfig, AFileThatCannotBeReadIsAProblem) {
  EXPECT_EQ(to_string(load_web("gone.yml", files()).problems.at(0)),
            "gone.yml:1:1: the file cannot be read: No such file or directory");
}

}  // namespace
}  // namespace cpaas::config
