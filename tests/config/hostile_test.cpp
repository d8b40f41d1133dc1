// Text that nobody writes by accident must cost little, say something, and never show a secret.
#include <gmock/gmock.h>

#include <random>

#include "config/config.h"
#include "tests/config/fake_collectors.h"

namespace cpaas::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<Diagnostic> problems(std::string_view text) {
  const testing::FakeWorld world;
  return parse(text, "t.yml", testing::fake_collectors(), world.environment()).problems;
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string first(std::string_view text) {
  const auto found = problems(text);
  return found.empty() ? "" : to_string(found.front());
}

TEST(Hostile, NestingIsBounded) {
  for (const std::string_view opening : {"[", "{", "- ", "? ", "{a: ", "[a: ", "a:\n", ": "}) {
    EXPECT_FALSE(problems(repeat(opening, 10'000)).empty()) << opening;
  }
  EXPECT_THAT(first(repeat("[", 10'000)), HasSubstr("nested too deeply"));
}

TEST(Hostile, AliasesDoNotMultiply) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int level = 1; level < 30; ++level) {
    const std::string below = "*a" + std::to_string(level - 1);
    text += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [" + below +
            repeat(", " + below, 9) + "]\n";
  }
  EXPECT_EQ(first(text), "t.yml:7:10: too many values, or aliases that expand to too many");
}

TEST(Hostile, AccountsThatAreAliasesAreStillBounded) {
  const std::string text =
      "accounts:\n  - &a {" + repeat("x", 10) + ": 1, b: 2}\n" + repeat("  - *a\n", 20'000);
  EXPECT_FALSE(problems(text).empty());
}

TEST(Hostile, ProblemsAreBounded) {
  const auto found = problems("accounts: [" + repeat("1,", 10'000) + "]");
  ASSERT_EQ(found.size(), Problems::limit + 1);
  EXPECT_EQ(found.back().message, "too many problems to show them all");
}

TEST(Hostile, ManyUnknownKeysAreBounded) {
  std::string text = "accounts:\n  - name: one\n";
  for (int i = 0; i < 2'000; ++i) text += "    k" + std::to_string(i) + ": 1\n";
  EXPECT_EQ(problems(text).size(), Problems::limit + 1);
}

TEST(Hostile, SizeIsBounded) {
  EXPECT_EQ(first(std::string(16 * 1024 * 1024 + 1, '#')), "t.yml:1:1: the file is over 16 MiB");
  EXPECT_EQ(first("accounts:\n" + std::string(256 * 1024 + 1, '[')), "t.yml:2:1: a line over 256 KiB");
  EXPECT_EQ(first("#" + std::string(256 * 1024 - 1, '#')),
            "t.yml:1:1: the file is empty: 'accounts' is missing");
}

constexpr std::string_view secret = "qX7vK2mZ9";

const std::string good = R"(accounts:
  - name: one
    provider: acme
    api_key: qX7vK2mZ9
    teams: [a, b]
  - {name: b, provider: acme, api_key: "qX7vK2mZ9"}
)";

// Neither whole nor as its longer half.
void expect_hidden(const std::string& text) {
  for (const Diagnostic& problem : problems(text)) {
    ASSERT_THAT(to_string(problem), Not(HasSubstr(secret.substr(0, 6)))) << text;
    ASSERT_THAT(to_string(problem), Not(HasSubstr(secret.substr(3)))) << text;
    ASSERT_GE(problem.line, 1) << text;
    ASSERT_GE(problem.column, 1) << text;
  }
}

TEST(Hostile, NoSlipOfTheHandShowsASecret) {
  ASSERT_TRUE(problems(good).empty());
  for (std::size_t at = 0; at <= good.size(); ++at) {
    expect_hidden(good.substr(0, at));
    for (const char typed : std::string_view("\n :-*&!|'\"#,]}\\")) {
      std::string text = good;
      expect_hidden(text.insert(at, 1, typed));
    }
    std::string text = good;
    expect_hidden(text.erase(at, 1));
  }
}

TEST(Hostile, DamagedTextIsOnlyRefused) {
  std::mt19937 random(1);  // NOLINT(cert-msc51-cpp,cert-msc32-c): the same texts every time
  for (int round = 0; round < 500; ++round) {
    std::string text = good;
    for (int change = 0; change < 8; ++change)
      text.at(random() % text.size()) = static_cast<char>(random() % 256);
    expect_hidden(text);
  }
}

}  // namespace
}  // namespace cpaas::config
