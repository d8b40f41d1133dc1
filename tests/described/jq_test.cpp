#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "described/jq_program.h"
#include "tests/described/acme.h"

namespace cpaas::testing {
namespace {

using described::JqLimits;
using described::JqMistake;
using described::JqProgram;
using described::JqRows;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> mistakes_of(std::string_view program) {
  std::vector<JqMistake> mistakes;
  const bool good = JqProgram::compile(program, mistakes) != nullptr;
  EXPECT_EQ(good, mistakes.empty());
  std::vector<std::string> lines;
  for (const JqMistake& each : mistakes)
    lines.push_back(std::to_string(each.line) + ":" + std::to_string(each.column) + ": " + each.message);
  return lines;
}

// Of a program that must be good.
std::shared_ptr<const JqProgram> compiled(std::string_view text, const JqLimits& limits = {}) {
  std::vector<JqMistake> mistakes;
  auto program = JqProgram::compile(text, mistakes, limits);
  for (const JqMistake& each : mistakes) ADD_FAILURE() << text << ": " << each.message;
  return program;
}

Result<JqRows> run(std::string_view text, const json& document, const JqLimits& limits = {}) {
  const auto program = compiled(text, limits);
  return program == nullptr ? fail(Reason::internal, "no program") : program->run(document, noon);
}

json rows(std::string_view text, const json& document) {
  const auto result = run(text, document);
  return result && result->refusal.empty() ? result->rows : json("refused");
}

TEST(JqProgram, GivesRows) {
  EXPECT_EQ(rows(".a[] | {x, y: (.x * 2)}", json::parse(R"({"a": [{"x": 1}, {"x": 2.5}]})")),
            json::parse(R"([{"x": 1, "y": 2}, {"x": 2.5, "y": 5}])"));
  EXPECT_EQ(rows("empty", {}), json::array());
  EXPECT_EQ(rows(". # the answer", json::parse(R"([true, false, null, "ü", {}])")),
            json::parse(R"([[true, false, null, "ü", {}]])"));
}

TEST(JqProgram, KeepsIdsThatAreLongerThanADouble) {
  const json document = json::parse(R"({"id": 9007199254740993, "other": -12345678901234567, "small": 42})");
  EXPECT_EQ(rows(".id, .other, .small", document),
            json::parse(R"(["9007199254740993", "-12345678901234567", 42])"));
}

TEST(JqProgram, GivesNoNumberThatIsNotFinite) {
  EXPECT_EQ(rows("infinite, nan, 1e1000 * 10", {}).front(), nullptr);
}

TEST(JqProgram, WritesNumbersOneWay) {
  EXPECT_EQ(rows(".[] | tostring", json::parse("[100.00, 1.10, 1e5]")),
            json::parse(R"(["100", "1.1", "100000"])"));
}

TEST(JqProgram, KnowsTheProvidersTime) {
  EXPECT_EQ(rows("now", {}), json::array({unix_seconds(noon)}));
}

TEST(JqProgram, RunsAgainAfterADocumentThatItDoesNotWant) {
  const auto program = compiled(".a[] | {x: .b}");
  ASSERT_NE(program, nullptr);
  EXPECT_EQ(program->run(json::parse(R"({"a": null})"), noon)->refusal, "Cannot iterate over null");
  EXPECT_THAT(program->run(json::parse(R"({"a": [{"b": 1}]})"), noon)->rows, SizeIs(1));
}

TEST(JqProgram, SaysNothingOfTheDocumentWhereItRefusesIt) {
  EXPECT_EQ(run(".a | .[0]", {{"a", {{"secret", 1}}}})->refusal, "Cannot index object with number");
  EXPECT_EQ(run(".a.b", {{"a", "s3cret"}})->refusal, "Cannot index string with string");
  EXPECT_EQ(run(".a | keys", {{"a", "s3cret (x)"}})->refusal, "string has no keys");
  EXPECT_EQ(run(".a + 1", {{"a", "s3cret"}})->refusal, "string cannot be added");
  EXPECT_EQ(run(".a | error", {{"a", "s3cret"}})->refusal, "an error");
  EXPECT_EQ(run(".a | tonumber", {{"a", "s3cret"}})->refusal.find("s3cret"), std::string::npos);
  EXPECT_EQ(run(".a | fromjson", {{"a", "s3cret"}})->refusal.find("s3cret"), std::string::npos);
}

TEST(JqProgram, RowsBeforeAnErrorAreNone) {
  const auto result = run(".[] | 1 / .", json::parse("[1, 2, 0]"));
  ASSERT_TRUE(result);
  EXPECT_THAT(result->rows, IsEmpty());
  EXPECT_FALSE(result->refusal.empty());
}

TEST(JqProgram, MistakesHaveAPlace) {
  EXPECT_THAT(mistakes_of(".a | foo(1)"), ElementsAre("1:6: jq: foo/1 is not defined"));
  EXPECT_THAT(mistakes_of(".a\n | bar\n | $x"),
              ElementsAre("2:4: jq: bar/0 is not defined", "3:4: jq: $x is not defined"));
  EXPECT_THAT(mistakes_of(".a | {b:\n  c d}"), ElementsAre(HasSubstr("2:3: jq: syntax error")));
  EXPECT_THAT(mistakes_of(".a |"), ElementsAre("1:4: jq: the program is not complete"));
  EXPECT_THAT(mistakes_of("{a: 1"), ElementsAre(HasSubstr("1:5: jq: ")));
  EXPECT_THAT(mistakes_of(""), ElementsAre(HasSubstr("1:1: jq: ")));
}

TEST(JqProgram, HasNothingButTheDocument) {
  for (const std::string word :
       {"env", "$ENV", "input", "inputs", "input_filename", "debug", "stderr", "halt", "implode",
        "get_search_list", "now | localtime", "import \"a\" as a; .", "\"a\" | strptime(\"%Y\")"}) {
    EXPECT_THAT(mistakes_of(word), Not(IsEmpty())) << word;
  }
  EXPECT_THAT(mistakes_of("1,\n  env"),
              ElementsAre("2:3: jq: there is no env here: a program sees nothing of "
                          "the process that it runs in"));
}

TEST(JqProgram, MembersMayHaveAnyName) {
  const json document = json::parse(R"({"env": 1, "input": {"date": 2}})");
  EXPECT_EQ(rows(".env, .input.date, {halt: 3, \"debug\": 4}", document),
            json::parse(R"([1, 2, {"halt": 3, "debug": 4}])"));
}

// In a text's interpolation a name is not seen before the program runs.
TEST(JqProgram, ReachesNothingByABackDoor) {
  setenv("CPAAS_JQ_TEST", "s3cret", 1);
  EXPECT_EQ(rows(R"jq("\($ENV)")jq", {}), json::array({"{}"}));
  for (const std::string name :
       {"env", "input_filename", "input", "inputs", "\"x\" | modulemeta", "halt", "get_search_list"}) {
    EXPECT_EQ(run("\"\\(" + name + ")\"", {})->refusal, "an error") << name;
  }
  EXPECT_EQ(rows(R"jq(.) | ("\($ENV)")jq", {}), json::array({"{}"}));
  unsetenv("CPAAS_JQ_TEST");
}

TEST(JqProgram, IgnoresWhatTheUserHasAtHome) {
  const auto home = std::filesystem::path(::testing::TempDir()) / "jq_home";
  std::filesystem::create_directories(home);
  std::ofstream(home / ".jq") << "def map(f): \"redefined\";\n";
  const char* before = std::getenv("HOME");
  const std::string old = before == nullptr ? "" : before;
  setenv("HOME", home.c_str(), 1);
  EXPECT_EQ(rows("map(. + 1)", json::parse("[1]")), json::parse("[[2]]"));
  EXPECT_EQ(std::string(std::getenv("HOME")), home.string());
  setenv("HOME", old.c_str(), 1);
}

TEST(JqProgram, IsStoppedWhereItDoesNotEnd) {
  const JqLimits limits{.cpu = std::chrono::milliseconds{20}};
  for (const std::string program : {"def f: f; f", "[range(1; infinite)] | length", "last(repeat(1))"}) {
    const auto result = run(program, {}, limits);
    ASSERT_FALSE(result) << program;
    EXPECT_EQ(result.error().reason, Reason::too_large);
    EXPECT_THAT(result.error().message, HasSubstr("too long or too much memory"));
  }
}

TEST(JqProgram, IsStoppedWhereItTakesTooMuchMemory) {
  const JqLimits limits{.cpu = std::chrono::seconds{60}, .memory = 32 * 1024 * 1024};
  EXPECT_FALSE(run("[range(1; infinite)] | length", {}, limits));
}

TEST(JqProgram, RunsAgainAfterItWasStopped) {
  const auto program =
      compiled("if . then last(repeat(1)) else 7 end", {.cpu = std::chrono::milliseconds{20}});
  ASSERT_NE(program, nullptr);
  EXPECT_FALSE(program->run(true, noon));
  EXPECT_EQ(program->run(false, noon)->rows, json::parse("[7]"));
}

TEST(JqProgram, GivesSoMuchAndNoMore) {
  EXPECT_THAT(run("range(10)", {}, {.rows = 10})->rows, SizeIs(10));
  EXPECT_FALSE(run("range(11)", {}, {.rows = 10}));
  EXPECT_FALSE(run("[range(100)]", {}, {.values = 100}));
  EXPECT_FALSE(run("reduce range(200) as $i (0; [.])", {}));
}

// --- in descriptions

constexpr std::string_view traffic = R"yml(
    request: {path: /traffic}
    jq: |
      .days | to_entries[] | .key as $country
      | {direction: "inbound", country: $country, calls: .value.in},
        {direction: "outbound", country: $country, calls: (.value.out - .value.failed)}
    metrics:
      - {metric: cpaas_30d_calls, value: /calls, sum: true, labels: {direction: /direction}}
)yml";

TEST(DescribedJq, GivesTheRowsOfMetrics) {
  Acme acme(acme_with(traffic));
  const auto page = acme.poll({json::parse(
      R"({"days": {"DE": {"in": 3, "out": 9, "failed": 2}, "AT": {"in": 1, "out": 2, "failed": 0}}})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(shown(*page), ElementsAre("cpaas_30d_calls{inbound} 4", "cpaas_30d_calls{outbound} 9"));
  EXPECT_TRUE(page->drift.empty());
}

TEST(DescribedJq, ReadsConversionsLikeAnyRow) {
  Acme acme(
      acme_with("    request: {path: /a}\n    metrics:\n"
                "      - {metric: cpaas_balance, jq: '.credit - .debit', labels: {currency: ^/currency}, "
                "value: {pointer: '', scale: 0.01, signed: true}, ledger: level}\n"));
  const auto page = acme.poll({json::parse(R"({"credit": 500, "debit": 700, "currency": "EUR"})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(shown(*page), ElementsAre("cpaas_balance{EUR} -2"));
  EXPECT_THAT(page->levels, SizeIs(1));
}

TEST(DescribedJq, WhatItDoesNotWantIsDrift) {
  Acme acme(acme_with(
      "    request: {path: /a}\n    metrics:\n"
      "      - {metric: cpaas_balance, value: /balance, labels: {currency: EUR}}\n"
      "      - {metric: cpaas_account_info, jq: '.plans[] | {plan: .name}', labels: {plan: /plan}}\n"));
  auto page = acme.poll({json::parse(R"({"balance": 1, "plans": 3})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(shown(*page), ElementsAre("cpaas_balance{EUR} 1"));
  EXPECT_THAT(page->drift.mistyped, ElementsAre("jq"));

  page = acme.poll({json::parse(R"({"balance": 1, "plans": [{}, 4]})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(page->drift.mistyped, ElementsAre("jq"));

  page = acme.poll({json::parse(R"({"balance": 1, "plans": [{}]})")});
  ASSERT_TRUE(page);
  EXPECT_THAT(page->drift.missing, ElementsAre("jq[].plan"));
}

TEST(DescribedJq, AnAnswerThatItDoesNotWantIsNone) {
  Acme acme(acme_with(traffic));
  const auto page = acme.poll({json::parse(R"({"error": "s3cret"})")});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().reason, Reason::schema);
  EXPECT_EQ(page.error().message,
            "usage: the response has nothing of what was asked for (jq: null has no keys)");
}

TEST(DescribedJq, TooMuchFailsThePoll) {
  Acme acme(
      acme_with("    request: {path: /a}\n    jq: 'range(1000000)'\n    metrics:\n"
                "      - {metric: cpaas_balance, value: '', labels: {currency: EUR}}\n"));
  const auto page = acme.poll({json::object()});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().reason, Reason::too_large);
  EXPECT_EQ(page.error().message, "usage: the jq program gives too much");
}

std::vector<std::string> problems_of(std::string_view endpoint) {
  described::FamilyPool families(collectors());
  config::Problems problems("acme.yml");
  described::read_description(acme_with(endpoint), families, problems);
  std::vector<std::string> lines;
  for (const auto& each : problems.sorted()) lines.push_back(to_string(each));
  return lines;
}

// The request is on line 12.
TEST(DescribedJq, MistakesHaveAPlaceInTheFile) {
  EXPECT_THAT(
      problems_of("    request: {path: /a}\n    metrics:\n"
                  "      - {metric: cpaas_balance, jq: '.a | foo', value: /a, labels: {currency: EUR}}\n"),
      ElementsAre("acme.yml:14:43: jq: foo/0 is not defined"));
  EXPECT_THAT(problems_of("    request: {path: /a}\n    jq: |\n      .a[]\n      | bar\n    metrics:\n"
                          "      - {metric: cpaas_balance, value: /a, labels: {currency: EUR}}\n"
                          "      - {metric: cpaas_phone_numbers, value: /a}\n"),
              ElementsAre("acme.yml:15:9: jq: bar/0 is not defined"));
  EXPECT_THAT(problems_of("    request: {path: /a}\n    jq: .a\n    each: /a\n    metrics:\n"
                          "      - {metric: cpaas_balance, value: /a, labels: {currency: {key: true}}}\n"),
              ElementsAre("acme.yml:13:9: rows are those of 'each' or of 'jq', not of both",
                          "acme.yml:16:52: 'key' is that of a map: the rows of 'jq' have none"));
  EXPECT_THAT(problems_of("    request: {path: /a}\n    jq: []\n    metrics:\n"
                          "      - {metric: cpaas_balance, value: /a, labels: {currency: EUR}}\n"),
              ElementsAre(HasSubstr("acme.yml:13:9: 'jq' must be a jq program that gives rows")));
}

}  // namespace
}  // namespace cpaas::testing
