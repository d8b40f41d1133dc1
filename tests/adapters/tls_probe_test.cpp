#include "exporter/adapters/tls_probe.h"

#include <gmock/gmock.h>

#include "tests/adapters/tls.h"

namespace cpaas::test {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class TlsProbe : public testing::Test {
 protected:
  std::vector<std::vector<SeenCertificate>> look(const std::vector<TlsTarget>& targets) const {
    return certificates_of(curl, targets, Duration{10'000});
  }
  Credentials signed_by(const Credentials& issuer, hours from, hours until) const {
    return make_credentials(folder, {.name = "server", .from = from, .until = until, .issuer = &issuer});
  }

  CurlLibrary curl = *load_curl();
  TemporaryFolder folder;
  Credentials authority = make_credentials(folder, {.name = "authority"});
};

// Of what was asked for, to a minute: certificates count seconds.
void expect_about(TimePoint time, hours from_now) {
  const auto off = time - (std::chrono::system_clock::now() + from_now);
  EXPECT_LT(std::chrono::abs(off), std::chrono::minutes(2));
}

TEST_F(TlsProbe, SeesWhoseAndUntilWhen) {
  const TlsServer server(signed_by(authority, hours(-48), hours(72)));
  const auto chains = look({{server.url()}});
  ASSERT_THAT(chains, SizeIs(1));
  ASSERT_THAT(chains[0], SizeIs(testing::Ge(1U)));
  EXPECT_THAT(chains[0][0].subject, HasSubstr("server"));
  EXPECT_THAT(chains[0][0].issuer, HasSubstr("authority"));
  expect_about(chains[0][0].from, hours(-48));
  expect_about(chains[0][0].until, hours(72));
}

TEST_F(TlsProbe, SeesOneThatHasExpiredAndThatNobodyTrusts) {
  const TlsServer server(signed_by(authority, hours(-48), hours(-24)));
  const auto chains = look({{server.url()}});
  ASSERT_THAT(chains.at(0), SizeIs(testing::Ge(1U)));
  expect_about(chains[0][0].until, hours(-24));
}

TEST_F(TlsProbe, KeepsTheOrderAndSkipsWhoDoesNotAnswer) {
  const TlsServer one(make_credentials(folder, {.name = "one"}));
  const TlsServer two(make_credentials(folder, {.name = "two"}));
  TestServer plain([](const FileDescriptor& peer) { send_all(peer, "220 mail ready\r\n"); });
  const auto chains = look({{one.url()},
                            {"https://127.0.0.1:1"},
                            {"https://127.0.0.1:" + std::to_string(plain.port())},
                            {two.url()}});
  ASSERT_THAT(chains, SizeIs(4));
  EXPECT_THAT(chains[0].at(0).subject, HasSubstr("one"));
  EXPECT_THAT(chains[1], IsEmpty());
  EXPECT_THAT(chains[2], IsEmpty());
  EXPECT_THAT(chains[3].at(0).subject, HasSubstr("two"));
  EXPECT_THAT(look({}), IsEmpty());
}

}  // namespace
}  // namespace cpaas::test
