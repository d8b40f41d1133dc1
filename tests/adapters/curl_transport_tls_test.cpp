#include <gmock/gmock.h>

#include <fstream>

#include "tests/adapters/tls.h"
#include "tests/adapters/transport_fixture.h"

namespace cpaas::test {
namespace {

using std::chrono::hours;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class CurlTransportTlsTest : public TransportTest {
 protected:
  static HttpRequest get_with(std::string url, const ConnectionSettings& settings) {
    HttpRequest request = get(std::move(url));
    request.connection = std::make_shared<const ConnectionSettings>(settings);
    return request;
  }
  static HttpRequest get_trusting(std::string url, const Credentials& authority) {
    return get_with(std::move(url), {.ca_file = authority.certificate_file});
  }

  TemporaryFolder folder;
  Credentials authority = make_credentials(folder, {.name = "authority"});
};

TEST_F(CurlTransportTlsTest, TrustsAConfiguredAuthority) {
  const TlsServer server(make_credentials(folder, {.name = "server", .issuer = &authority}));
  EXPECT_THAT(fetch(get_trusting(server.url(), authority)), Answers(200, "secure"));
}

TEST_F(CurlTransportTlsTest, ReusesItsConnection) {
  const TlsServer server(make_credentials(folder, {.name = "server", .issuer = &authority}));
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT(fetch(get_trusting(server.url(), authority)), Answers(200, "secure"));
  }
  EXPECT_EQ(server.accepted(), 1U);
}

TEST_F(CurlTransportTlsTest, DoesNotShareAConnectionWithThoseThatTrustLess) {
  const TlsServer server(make_credentials(folder, {.name = "server", .issuer = &authority}));
  ASSERT_THAT(fetch(get_trusting(server.url(), authority)), Answers(200, "secure"));
  EXPECT_THAT(fetch(server.url()), FailsWith(Reason::tls, HasSubstr("certificate")));
}

TEST_F(CurlTransportTlsTest, RefusesASelfSignedCertificate) {
  const TlsServer server(make_credentials(folder));
  EXPECT_THAT(fetch(server.url() + "?s3cret"),
              FailsWith(Reason::tls, AllOf(StartsWith(server.url() + ": TLS: "), HasSubstr("self-signed"))));
}

TEST_F(CurlTransportTlsTest, RefusesAnUnknownAuthority) {
  const Credentials other = make_credentials(folder, {.name = "other"});
  const TlsServer server(make_credentials(folder, {.name = "server", .issuer = &authority}));
  EXPECT_THAT(fetch(get_trusting(server.url(), other)),
              FailsWith(Reason::tls, HasSubstr("issuer certificate")));
}

TEST_F(CurlTransportTlsTest, RefusesAnExpiredCertificate) {
  const TlsServer server(make_credentials(
      folder, {.name = "server", .from = hours(-48), .until = hours(-24), .issuer = &authority}));
  EXPECT_THAT(fetch(get_trusting(server.url(), authority)), FailsWith(Reason::tls, HasSubstr("expired")));
}

TEST_F(CurlTransportTlsTest, RefusesACertificateThatIsNotYetValid) {
  const TlsServer server(make_credentials(
      folder, {.name = "server", .from = hours(24), .until = hours(48), .issuer = &authority}));
  EXPECT_THAT(fetch(get_trusting(server.url(), authority)),
              FailsWith(Reason::tls, HasSubstr("not yet valid")));
}

TEST_F(CurlTransportTlsTest, RefusesACertificateForAnotherHost) {
  const TlsServer server(make_credentials(
      folder, {.name = "server", .alternative = "DNS:elsewhere.example", .issuer = &authority}));
  EXPECT_THAT(fetch(get_trusting(server.url(), authority)), FailsWith(Reason::tls, HasSubstr("127.0.0.1")));
}

TEST_F(CurlTransportTlsTest, RefusesAServerWithoutTls12) {
  const TlsServer server(make_credentials(folder, {.name = "server", .issuer = &authority}),
                         {.max_version = TLS1_1_VERSION});
  EXPECT_THAT(fetch(get_trusting(server.url(), authority)),
              FailsWith(Reason::tls, HasSubstr("protocol version")));
}

TEST_F(CurlTransportTlsTest, TakesAServerWithTls12) {
  const TlsServer server(make_credentials(folder, {.name = "server", .issuer = &authority}),
                         {.max_version = TLS1_2_VERSION});
  EXPECT_THAT(fetch(get_trusting(server.url(), authority)), Answers(200, "secure"));
}

TEST_F(CurlTransportTlsTest, RefusesAServerThatDoesNotSpeakTls) {
  TestServer server([](const FileDescriptor& peer) { send_all(peer, "220 mail ready\r\n"); });
  EXPECT_THAT(fetch("https://127.0.0.1:" + std::to_string(server.port()) + "/"),
              FailsWith(Reason::tls, HasSubstr("TLS: ")));
}

TEST_F(CurlTransportTlsTest, ShowsItsClientCertificate) {
  const TlsServer server(make_credentials(folder, {.name = "server", .issuer = &authority}),
                         {.client_ca_file = authority.certificate_file});
  const Credentials client = make_credentials(folder, {.name = "client", .issuer = &authority});
  EXPECT_THAT(fetch(get_with(server.url(), {.ca_file = authority.certificate_file,
                                            .certificate_file = client.certificate_file,
                                            .key_file = client.key_file})),
              Answers(200, "secure"));
}

TEST_F(CurlTransportTlsTest, AServerThatMissesTheClientCertificateIsATlsError) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const TlsServer server(make_credentials(folder, {.name = "server", .issuer = &authority}),
                           {.max_version = version, .client_ca_file = authority.certificate_file});
    EXPECT_THAT(fetch(get_trusting(server.url(), authority)), FailsWith(Reason::tls, HasSubstr("TLS: ")))
        << version;
  }
}

TEST_F(CurlTransportTlsTest, AMissingFileIsNamed) {
  const std::string missing = folder.file("missing.pem");
  const TlsServer server(make_credentials(folder, {.name = "server", .issuer = &authority}));
  EXPECT_THAT(fetch(get_with(server.url(), {.ca_file = missing})),
              FailsWith(Reason::tls, HasSubstr(missing)));
  EXPECT_THAT(fetch(get_with(
                  server.url(),
                  {.ca_file = authority.certificate_file, .certificate_file = missing, .key_file = missing})),
              FailsWith(Reason::tls, HasSubstr(missing)));
}

}  // namespace
}  // namespace cpaas::test
