// The web server behind TLS, logins and limits, with real clients.
#include "exporter/adapters/web_guard.h"

#include <crypt.h>
#include <gmock/gmock.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <sstream>

#include "exporter/adapters/web_server.h"
#include "tests/adapters/tls.h"

namespace cpaas::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::size_t big = 3'000'000;

std::string content(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::string bcrypt(const std::string& password, const char* prefix = "$2b$") {
  std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
  crypt_gensalt_rn(prefix, 4, nullptr, 0, setting.data(), static_cast<int>(setting.size()));
  crypt_data work{};
  return crypt_r(password.c_str(), setting.data(), &work);
}

WebSettings with_tls(const Credentials& credentials) {
  WebSettings settings;
  settings.tls.emplace();
  settings.tls->certificate = content(credentials.certificate_file);
  settings.tls->key = Secret(content(credentials.key_file));
  return settings;
}

WebSettings with_user(const std::string& name, const std::string& password) {
  WebSettings settings;
  settings.users.emplace(name, Secret(bcrypt(password)));
  return settings;
}

std::string get(const std::string& path, const std::string& fields = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + fields + "\r\n";
}

// "alice:secret", "alice:wrong", "bob:secret", and "alice:secret" with a NUL behind it
constexpr const char* good = "Authorization: Basic YWxpY2U6c2VjcmV0\r\n";
constexpr const char* wrong = "Authorization: Basic YWxpY2U6d3Jvbmc=\r\n";
constexpr const char* nobody = "Authorization: Basic Ym9iOnNlY3JldA==\r\n";
constexpr const char* with_nul = "Authorization: Basic YWxpY2U6c2VjcmV0AA==\r\n";

class WebGuardTest : public testing::Test {
 protected:
  void start(const WebSettings& settings) {
    std::vector<WebListener> listeners;
    listeners.push_back(listen_on("127.0.0.1:0").value());
    listeners.push_back(listen_on("127.0.0.1:0").value());
    listeners[1].health = true;
    WebServerOptions options;
    options.refusal_delay = milliseconds(1);
    options.guard = make_guard(settings).value();
    server = WebServer::start(
                 std::move(listeners),
                 [](const WebRequest& request) {
                   const std::size_t size = request.path == "/big" ? big : 2;
                   return WebResponse{.body = std::make_shared<const std::string>(size, 'x')};
                 },
                 [](LogLevel, std::string_view, const LogFields&) {}, std::move(options))
                 .value();
  }
  std::uint16_t port() const { return server->ports()[0]; }
  std::string plain(const std::string& request) const {
    const FileDescriptor client = connect_to(port());
    send_all(client, request);
    return receive_to_end(client);
  }
  std::string probe() const {
    const FileDescriptor client = connect_to(server->ports()[1]);
    send_all(client, get("/-/healthy"));
    return receive_to_end(client);
  }

  TemporaryFolder folder;
  std::unique_ptr<WebServer> server;
};

TEST_F(WebGuardTest, ServesThroughTls) {
  start(with_tls(make_credentials(folder)));
  TlsClient client(port());
  EXPECT_EQ(client.version(), "TLSv1.3");
  EXPECT_THAT(client.ask(get("/a")), AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("\r\n\r\nxx")));
  EXPECT_THAT(TlsClient(port()).ask(get("/big")), EndsWith("\r\n\r\n" + std::string(big, 'x')));
  EXPECT_THAT(plain(get("/a")), AllOf(StartsWith("HTTP/1.0 400 "), EndsWith("This is an HTTPS server\n")));
  EXPECT_THAT(probe(), StartsWith("HTTP/1.1 200 "));  // without
}

TEST_F(WebGuardTest, KeepsToTheVersionsOfTls) {
  WebSettings settings = with_tls(make_credentials(folder));
  start(settings);
  EXPECT_FALSE(TlsClient(port(), {.max_version = TLS1_1_VERSION}).connected());
  EXPECT_EQ(TlsClient(port(), {.max_version = TLS1_2_VERSION}).version(), "TLSv1.2");
  settings.tls->min_version = TLS1_3_VERSION;
  start(settings);
  EXPECT_FALSE(TlsClient(port(), {.max_version = TLS1_2_VERSION}).connected());
  settings.tls->min_version = TLS1_VERSION;
  settings.tls->max_version = TLS1_1_VERSION;
  start(settings);
  EXPECT_EQ(TlsClient(port(), {.max_version = TLS1_1_VERSION}).version(), "TLSv1.1");
}

TEST_F(WebGuardTest, KeepsToTheCipherSuites) {
  WebSettings settings = with_tls(make_credentials(folder));
  const auto connects = [&](const char* ciphers) {
    return TlsClient(port(), {.max_version = TLS1_2_VERSION, .ciphers = ciphers}).connected();
  };
  start(settings);
  EXPECT_TRUE(connects("ECDHE-ECDSA-AES128-GCM-SHA256"));
  EXPECT_FALSE(connects("ECDHE-ECDSA-AES128-SHA256"));
  settings.tls->ciphers = {"ECDHE-ECDSA-AES256-GCM-SHA384"};
  settings.tls->curves = {"X25519", "P-256"};
  start(settings);
  EXPECT_TRUE(connects("ECDHE-ECDSA-AES256-GCM-SHA384"));
  EXPECT_FALSE(connects("ECDHE-ECDSA-AES128-GCM-SHA256"));
}

TEST_F(WebGuardTest, WantsClientCertificates) {
  const Credentials authority = make_credentials(folder, {.name = "authority"});
  const Credentials ours = make_credentials(
      folder, {.name = "ours", .alternative = "DNS:prometheus,IP:10.0.0.1", .issuer = &authority});
  const Credentials theirs = make_credentials(folder, {.name = "theirs", .alternative = "DNS:prometheus"});
  const auto answered = [&](const Credentials* credentials) {
    return TlsClient(port(), {.credentials = credentials}).ask(get("/a")).starts_with("HTTP/1.1 200 ");
  };
  WebSettings settings = with_tls(make_credentials(folder));
  settings.tls->client = ClientCertificate::require_any;
  start(settings);
  EXPECT_FALSE(answered(nullptr));
  EXPECT_TRUE(answered(&theirs));
  settings.tls->client_authorities = content(authority.certificate_file);
  settings.tls->client = ClientCertificate::verify_if_given;
  start(settings);
  EXPECT_TRUE(answered(nullptr));
  EXPECT_FALSE(answered(&theirs));
  settings.tls->client = ClientCertificate::require_and_verify;
  start(settings);
  EXPECT_FALSE(answered(nullptr));
  EXPECT_FALSE(answered(&theirs));
  EXPECT_TRUE(answered(&ours));
  for (const char* name : {"prometheus", "10.0.0.1"}) {
    settings.tls->client_names = {"other", name};
    start(settings);
    EXPECT_TRUE(answered(&ours)) << name;
  }
  settings.tls->client_names = {"Prometheus", "ours"};
  start(settings);
  EXPECT_FALSE(answered(&ours));
}

TEST_F(WebGuardTest, AnotherGuardCountsAtOnce) {
  start(with_tls(make_credentials(folder, {.name = "old"})));
  const FileDescriptor idle = connect_to(port());
  EXPECT_EQ(TlsClient(port()).server_name(), "old");
  server->guard(make_guard(with_tls(make_credentials(folder, {.name = "new"}))).value());
  EXPECT_EQ(receive_to_end(idle), "");
  EXPECT_EQ(TlsClient(port()).server_name(), "new");
  server->guard(nullptr);
  while (!plain(get("/a")).starts_with("HTTP/1.1 200 ")) continue;
}

TEST_F(WebGuardTest, ASilentHandshakeEnds) {
  WebServerOptions options;
  options.request_timeout = milliseconds(30);
  options.guard = make_guard(with_tls(make_credentials(folder))).value();
  std::vector<WebListener> listeners;
  listeners.push_back(listen_on("127.0.0.1:0").value());
  server = WebServer::start(
               std::move(listeners), [](const WebRequest&) { return WebResponse{}; },
               [](LogLevel, std::string_view, const LogFields&) {}, std::move(options))
               .value();
  const FileDescriptor client = connect_to(port());
  send_all(client, "\x16\x03\x01");
  EXPECT_EQ(receive_to_end(client), "");
}

TEST_F(WebGuardTest, BadCertificatesAreExplained) {
  const Credentials one = make_credentials(folder, {.name = "one"});
  const Credentials other = make_credentials(folder, {.name = "other"});
  const auto problem = [](WebSettings settings) { return make_guard(settings).error().message; };
  WebSettings settings = with_tls(one);
  settings.tls->key = with_tls(other).tls->key;
  EXPECT_EQ(problem(settings), "tls_server_config: the key is not that of the certificate");
  settings.tls->key = Secret("s3cret");
  EXPECT_EQ(problem(settings), "tls_server_config: the key is not PEM, or has a passphrase");
  settings.tls->certificate = "x";
  EXPECT_EQ(problem(settings), "tls_server_config: the certificate is not PEM");
  settings = with_tls(one);
  settings.tls->client = ClientCertificate::require_and_verify;
  settings.tls->client_authorities = "x";
  EXPECT_EQ(problem(settings), "tls_server_config: the clients' authorities are not PEM");
}

// --- logins

TEST_F(WebGuardTest, WantsALogin) {
  start(with_user("alice", "secret"));
  EXPECT_THAT(plain(get("/a")), AllOf(StartsWith("HTTP/1.1 401 Unauthorized\r\n"),
                                      HasSubstr("\r\nWWW-Authenticate: Basic\r\n")));
  EXPECT_THAT(plain(get("/a", good)), EndsWith("\r\n\r\nxx"));
  EXPECT_THAT(plain(get("/a", good)), EndsWith("\r\n\r\nxx"));  // remembered
  for (const char* bad : {wrong, nobody, with_nul, "Authorization: Basic %\r\n", "Authorization: Basic\r\n",
                          "Authorization: Bearer YWxpY2U6c2VjcmV0\r\n", "Authorization: Basic YQ==\r\n"}) {
    EXPECT_THAT(plain(get("/a", bad)), StartsWith("HTTP/1.1 401 ")) << bad;
  }
  EXPECT_THAT(probe(), StartsWith("HTTP/1.1 200 "));
}

TEST_F(WebGuardTest, TakesAllKindsOfBcrypt) {
  for (const char* prefix : {"$2a$", "$2b$", "$2y$"}) {
    WebSettings settings;
    settings.users.emplace("alice", Secret(bcrypt("secret", prefix)));
    start(settings);
    EXPECT_THAT(plain(get("/a", good)), StartsWith("HTTP/1.1 200 ")) << prefix;
    EXPECT_THAT(plain(get("/a", wrong)), StartsWith("HTTP/1.1 401 ")) << prefix;
  }
}

TEST_F(WebGuardTest, ANewPasswordEndsTheOldOne) {
  start(with_user("alice", "secret"));
  EXPECT_THAT(plain(get("/a", good)), StartsWith("HTTP/1.1 200 "));
  server->guard(make_guard(with_user("alice", "wrong")).value());
  EXPECT_THAT(plain(get("/a", wrong)), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(plain(get("/a", good)), StartsWith("HTTP/1.1 401 "));
}

TEST(WebLogin, RemembersOnlyWhatIsGood) {
  const auto login = WebLogin::create(with_user("alice", "secret").users).value();
  const std::string right = "Basic YWxpY2U6c2VjcmV0";
  EXPECT_FALSE(login->known(right));
  EXPECT_TRUE(login->check(right));
  EXPECT_TRUE(login->known(right));
  EXPECT_FALSE(login->check("Basic YWxpY2U6d3Jvbmc="));
  EXPECT_FALSE(login->known("Basic YWxpY2U6d3Jvbmc="));
}

// --- the rest

TEST_F(WebGuardTest, EveryResponseHasTheHeaders) {
  WebSettings settings = with_user("alice", "secret");
  settings.headers = {{"X-Frame-Options", "deny"}};
  start(settings);
  EXPECT_THAT(plain(get("/a", good)), HasSubstr("\r\nX-Frame-Options: deny\r\n"));
  EXPECT_THAT(plain(get("/a")), HasSubstr("\r\nX-Frame-Options: deny\r\n"));
}

TEST_F(WebGuardTest, LimitsRequests) {
  WebSettings settings;
  settings.rate_limit = {Duration{3'600'000}, 2};
  start(settings);
  EXPECT_THAT(plain(get("/a")), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(plain(get("/a")), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(plain(get("/a")), StartsWith("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_THAT(probe(), StartsWith("HTTP/1.1 200 "));
}

TEST(RequestLimit, FillsUpAgain) {
  RequestLimit limit({Duration{1'000}, 2});
  const auto begin = RequestLimit::TimePoint{} + seconds(100);
  EXPECT_TRUE(limit.allows(begin));
  EXPECT_TRUE(limit.allows(begin));
  EXPECT_FALSE(limit.allows(begin + milliseconds(999)));
  EXPECT_TRUE(limit.allows(begin + milliseconds(1'000)));
  EXPECT_FALSE(limit.allows(begin + milliseconds(1'001)));
  EXPECT_TRUE(limit.allows(begin + seconds(60)));
  EXPECT_TRUE(limit.allows(begin + seconds(60)));
  EXPECT_FALSE(limit.allows(begin + seconds(60)));
}

}  // namespace
}  // namespace cpaas::test
