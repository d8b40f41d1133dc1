#include "described/reader.h"

#include <gmock/gmock.h>

#include "exporter/core/families.h"
#include "tests/described/acme.h"

namespace cpaas::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> problems_of(std::string_view text) {
  described::FamilyPool families(collectors());
  config::Problems problems("acme.yml");
  described::read_description(text, families, problems);
  std::vector<std::string> lines;
  for (const auto& each : problems.sorted()) lines.push_back(to_string(each));
  return lines;
}

std::vector<std::string> problems_of_metric(const std::string& metric) {
  return problems_of(acme_with("    request: {path: /a}\n    metrics:\n      - " + metric + "\n"));
}

TEST(DescriptionReader, ReadsAllOfADescription) {
  const Acme acme(acme_with(balance_endpoint));
  EXPECT_EQ(acme.collector().name, "acme");
  EXPECT_EQ(acme.collector().options.size(), 3U);
  ASSERT_EQ(acme.collector().sources.size(), 1U);
  EXPECT_EQ(acme.collector().sources.front().family, &families::balance);
  EXPECT_EQ(acme.collector().sources.front().field, "balance");
}

TEST(DescriptionReader, TellsEveryMistakeAtOnceAndWhere) {
  EXPECT_THAT(
      problems_of(
          "provider: Acme\ntitel: Acme\nbase_url: ftp://x\nendpoints:\n  usage:\n"
          "    request: {path: balance}\n    metrics:\n      - {metric: cpaas_balanse, value: balance}\n"),
      ElementsAre("acme.yml:1:1: 'title' is missing",
                  "acme.yml:1:11: 'provider' must be small letters, digits and underscores",
                  "acme.yml:2:1: unknown key 'titel'; did you mean 'title'?",
                  HasSubstr("acme.yml:3:11: 'base_url' must be an https URL"),
                  "acme.yml:6:5: 'help' of the endpoint is missing",
                  HasSubstr("acme.yml:6:21: 'path' must begin with /"),
                  HasSubstr("acme.yml:8:18: there is no metric of this name"),
                  HasSubstr("acme.yml:8:40: must be a JSON pointer")));
}

TEST(DescriptionReader, SuggestsTheMetricThatWasMeant) {
  EXPECT_THAT(problems_of_metric("{metric: cpaas_balanse, value: /b}"),
              ElementsAre(HasSubstr("did you mean 'cpaas_balance'?")));
}

TEST(DescriptionReader, NothingIsNoDescription) {
  EXPECT_THAT(problems_of(""), ElementsAre("acme.yml:1:1: the file is empty: 'provider' is missing"));
  EXPECT_THAT(problems_of("- 1\n"), ElementsAre(HasSubstr("must be a map")));
}

TEST(DescriptionReader, LabelsAreTheMetrics) {
  EXPECT_THAT(problems_of_metric("{metric: cpaas_balance, value: /b}"),
              ElementsAre(HasSubstr("label 'currency' is missing")));
  EXPECT_THAT(problems_of_metric("{metric: cpaas_balance, value: /b, labels: {currency: EUR, country: DE}}"),
              ElementsAre(HasSubstr("unknown key 'country'")));
  EXPECT_THAT(problems_of_metric("{metric: cpaas_balance, value: /b, labels: {currency: \"{api_key}\"}}"),
              ElementsAre(HasSubstr("must not show a secret")));
}

TEST(DescriptionReader, CountersAndLevelsAreWhatTheySay) {
  EXPECT_THAT(
      problems_of_metric("{metric: cpaas_quota_used, value: /b, labels: {resource: a}, ledger: level}"),
      ElementsAre(HasSubstr("there is no counter cpaas_quota_used_spent_total"),
                  HasSubstr("there is no counter cpaas_quota_used_added_total")));
  EXPECT_THAT(
      problems_of_metric(
          "{metric: cpaas_calls_total, value: {pointer: /b, signed: true}, labels: {direction: combined}}"),
      ElementsAre(HasSubstr("a counter's values cannot be signed")));
  EXPECT_THAT(
      problems_of_metric(
          "{metric: cpaas_calls_total, value: /b, labels: {direction: combined}, ledger: day, day: /d}"),
      ElementsAre(HasSubstr("does not say which 'days'")));
}

TEST(DescriptionReader, DeclaredMetricsKeepToTheRules) {
  const auto with = [](const std::string& declared) {
    return problems_of(acme_with(balance_endpoint, "metrics:\n  " + declared + "\n"));
  };
  EXPECT_THAT(with("cpaas_acme_inspections: {type: gauge, help: Inspections}"), IsEmpty());
  EXPECT_THAT(with("acme_inspections: {type: gauge, help: Inspections}"),
              ElementsAre(HasSubstr("acme.yml:10:3: a metric's name begins with cpaas_")));
  EXPECT_THAT(with("cpaas_acme_total: {type: gauge, help: Inspections.}"),
              ElementsAre(HasSubstr("end with _total"), HasSubstr("without the full stop")));
  EXPECT_THAT(with("cpaas_balance: {type: gauge, help: Money}"),
              ElementsAre(HasSubstr("a shared metric of this name has another type")));
}

TEST(DescriptionReader, TemplatesNameWhatThereIs) {
  EXPECT_THAT(
      problems_of(acme_with("    request: {path: \"/a/{idd}/{today:week}/{open\"}\n    metrics: [{metric: "
                            "cpaas_balance, value: /b, labels: {currency: EUR}}]\n")),
      ElementsAre(HasSubstr("'idd'"), HasSubstr("a time is written as one of"), HasSubstr("has no }")));
}

TEST(DescriptionReader, ListsToRepeatForAreComplete) {
  EXPECT_THAT(problems_of(acme_with(
                  "    request: {path: \"/p/{project}\", repeat: {project: {path: \"x{project}\", "
                  "each: a, most: 5000}}}\n    metrics: [{metric: cpaas_phone_numbers, value: /n}]\n")),
              ElementsAre(HasSubstr("'pointer' of the list's rows is missing"),
                          HasSubstr("'path' must begin with /"), HasSubstr("'project' } is no option"),
                          HasSubstr("'each' must be a JSON pointer"), HasSubstr("'most' must be")));
}

TEST(DescriptionReader, LoginsAreComplete) {
  std::string text = acme_with(balance_endpoint);
  const auto with = [&](const std::string& authentication) {
    std::string changed = text;
    const std::string bearer = "{bearer: \"{api_key}\"}";
    return problems_of(changed.replace(changed.find(bearer), bearer.size(), authentication));
  };
  EXPECT_THAT(with("{oauth2: {client_id: a}}"),
              ElementsAre(HasSubstr("'token_url' of oauth2 is missing"),
                          HasSubstr("'client_secret' of oauth2 is missing")));
  for (const std::string url :
       {"http://a.example/t", "//a.example/t", "/t?x=1", "https://a.example/{id}", "t"}) {
    EXPECT_THAT(with("{oauth2: {token_url: \"" + url + "\", client_id: a, client_secret: b}}"),
                ElementsAre(HasSubstr("'token_url' must be a path behind base_url")))
        << url;
  }
  EXPECT_THAT(with("{bearer: a, oauth2: {token_url: /t, client_id: a, client_secret: b}}"),
              ElementsAre(HasSubstr("there is no basic nor bearer")));
}

TEST(DescriptionReader, AnIntervalKeepsToTheMinimum) {
  EXPECT_THAT(problems_of(acme_with("    interval: 10s\n" + std::string(balance_endpoint),
                                    "limits: {minimum_interval: 20s}\n")),
              ElementsAre(HasSubstr("'interval' is shorter than 'minimum_interval'")));
}

TEST(DescriptionReader, OptionsDoNotHideTheKeysOfEveryAccount) {
  EXPECT_THAT(
      problems_of(
          "provider: acme\ntitle: Acme\nbase_url: https://a.example\noptions:\n  timeout: {kind: text, "
          "help: T}\nendpoints:\n  usage:\n    help: Usage\n" +
          std::string(balance_endpoint)),
      ElementsAre("acme.yml:5:3: every account has a key of this name already"));
}

}  // namespace
}  // namespace cpaas::testing
