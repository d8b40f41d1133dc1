#include "described/signer.h"

#include <gmock/gmock.h>

#include "described/encoding.h"
#include "tests/described/acme.h"

namespace cpaas::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(Encoding, WritesBytesAsText) {
  EXPECT_EQ(described::base64(""), "");
  EXPECT_EQ(described::base64("f"), "Zg==");
  EXPECT_EQ(described::base64("fo"), "Zm8=");
  EXPECT_EQ(described::base64("foo\xFF"), "Zm9v/w==");
  EXPECT_EQ(described::hex(std::string_view("\0\xFFz", 3)), "00ff7a");
}

// The expected values are made by Python's hmac and hashlib.
TEST(Signer, OfSortedQueries) {
  HttpRequest request{.url = "https://api.acme.example/v1/x/?b=2&a=x~y%20z", .headers = {}};
  described::find_signer("sorted_query_hmac_sha1")(request, "k3y", "s3cret");
  EXPECT_EQ(request.url, "https://api.acme.example/v1/x/?a=x%7Ey+z&b=2");
  ASSERT_THAT(request.headers, SizeIs(1));
  EXPECT_EQ(request.headers.front().name, "Authorization");
  EXPECT_EQ(request.headers.front().value.reveal(),
            "k3y:MDVkNGNhMGNhZTAwMGM3MWM4YTA0OWYxNzY0MjFjNjI3NTc5NzIxNA==");
}

TEST(Signer, IsFoundByName) {
  EXPECT_EQ(described::find_signer("acme"), nullptr);
  EXPECT_THAT(described::signer_names(), ElementsAre("sorted_query_hmac_sha1"));
}

std::vector<std::string> problems_of(const std::string& text) {
  described::FamilyPool families{collectors()};
  config::Problems problems("acme.yml");
  described::read_description(text, families, problems);
  std::vector<std::string> result;
  for (const auto& each : problems.sorted()) result.push_back(to_string(each));
  return result;
}

TEST(Signer, MustBeKnownAndHaveItsKeys) {
  const auto with = [](std::string_view authentication, std::string_view request = "{path: /b}") {
    return "provider: acme\ntitle: Acme\nbase_url: https://a.example\noptions: {k: {kind: secret, help: K}}\n"
           "authentication: {signed: " +
           std::string(authentication) +
           "}\nendpoints:\n  b:\n    help: B\n    request: " + std::string(request) +
           "\n    metrics: [{metric: cpaas_phone_numbers, value: /n}]\n";
  };
  EXPECT_THAT(problems_of(with("{by: acme, key: \"{k}\", secret: \"{k}\"}")),
              ElementsAre("acme.yml:5:31: 'by' must be one of sorted_query_hmac_sha1"));
  EXPECT_THAT(problems_of(with("{by: sorted_query_hmac_sha1, key: \"{k}\"}")),
              ElementsAre(HasSubstr("'secret' of signed is missing")));
  EXPECT_THAT(problems_of(with("{by: sorted_query_hmac_sha1, key: \"{k}\", secret: \"{k}\"}",
                               "{path: /b, body: {a: 1}}")),
              ElementsAre(HasSubstr("a request with a body cannot be signed")));
}

}  // namespace
}  // namespace cpaas::testing
