#include "described/providers.h"

#include <gmock/gmock.h>

#include "config/config.h"
#include "tests/described/acme.h"

namespace cpaas::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Files by their names, and one folder `all/`.
struct World {
  std::map<std::string, std::string> files{};

  config::Environment environment() const {
    config::Environment result;
    result.read_file = [this](const std::string& path) -> tl::expected<std::string, std::string> {
      const auto found = files.find(path);
      if (found == files.end()) return tl::unexpected(std::string("No such file or directory"));
      return found->second;
    };
    result.get_env = [](const std::string&) { return std::nullopt; };
    result.list_folder = [this](const std::string& path) -> std::optional<std::vector<std::string>> {
      if (path != "etc/all/") return std::nullopt;
      std::vector<std::string> names;
      for (const auto& [name, text] : files) {
        if (name.starts_with(path)) names.push_back(name.substr(path.size()));
      }
      return names;
    };
    return result;
  }
};

constexpr std::string_view account = "accounts: [{name: one, provider: acme, api_key: k}]\n";

std::string described_as(std::string_view name, std::string_view more = "") {
  std::string text = acme_with(balance_endpoint, more);
  return text.replace(text.find("acme"), 4, name);
}

class DescribedProviders : public ::testing::Test {
 protected:
  config::Loaded load(const std::string& configuration) {
    world.files["etc/cpaas.yml"] = configuration;
    return config::load("etc/cpaas.yml", providers, world.environment());
  }
  static std::vector<std::string> lines(const std::vector<config::Diagnostic>& problems) {
    std::vector<std::string> result;
    for (const auto& each : problems) result.push_back(to_string(each));
    return result;
  }

  World world;
  described::Providers providers;
};

TEST_F(DescribedProviders, AreThoseOfAFile) {
  world.files["etc/acme.yml"] = described_as("acme");
  const auto loaded = load("providers: [acme.yml]\n" + std::string(account));
  ASSERT_THAT(lines(loaded.problems), IsEmpty());
  ASSERT_EQ(loaded.config.accounts.size(), 1U);
  EXPECT_EQ(loaded.config.accounts.front().collector->title, "Acme");
  EXPECT_EQ(loaded.config.accounts.front().settings.base_url, "https://api.acme.example");
}

TEST_F(DescribedProviders, AreThoseOfAFolder) {
  world.files["etc/all/acme.yml"] = described_as("acme");
  world.files["etc/all/other.yaml"] = described_as("other");
  world.files["etc/all/readme.txt"] = "no description";
  const auto loaded = load("providers: [all/]\n" + std::string(account));
  EXPECT_THAT(lines(loaded.problems), IsEmpty());
}

TEST_F(DescribedProviders, TellTheirMistakesWithThoseOfTheConfiguration) {
  world.files["etc/acme.yml"] = "provider: acme\ntitle: Acme\nbase_url: https://a.example\n";
  const auto loaded = load("providers: [acme.yml, gone.yml]\naccounts: [{name: one, provider: acme}]\n");
  EXPECT_THAT(
      lines(loaded.problems),
      ElementsAre("etc/cpaas.yml:1:23: a description of a provider cannot be read: No such file or directory",
                  "etc/acme.yml:1:1: 'endpoints' is missing"));
}

TEST_F(DescribedProviders, WithNoMistakesButTheirOwnTellThese) {
  world.files["etc/acme.yml"] = "provider: acme\ntitle: Acme\nbase_url: https://a.example\n";
  const auto loaded = load("providers: [acme.yml]\n" + std::string(account));
  EXPECT_THAT(lines(loaded.problems), ElementsAre("etc/acme.yml:1:1: 'endpoints' is missing"));
}

TEST_F(DescribedProviders, AreTheSameAsLongAsTheirTextIs) {
  world.files["etc/acme.yml"] = described_as("acme");
  const std::string configuration = "providers: [acme.yml]\n" + std::string(account);
  const auto first = load(configuration);
  EXPECT_EQ(load(configuration).config, first.config);
  world.files["etc/acme.yml"] += "# changed\n";
  EXPECT_NE(load(configuration).config, first.config);
}

TEST_F(DescribedProviders, GoWithTheLastAccount) {
  world.files["etc/acme.yml"] = described_as("acme");
  std::weak_ptr<const Collector> collector;
  {
    const auto loaded = load("providers: [acme.yml]\n" + std::string(account));
    collector = loaded.config.accounts.front().collector.shared();
    EXPECT_FALSE(collector.expired());
  }
  load("accounts: []\n");
  EXPECT_TRUE(collector.expired());
}

TEST_F(DescribedProviders, ShareFamiliesThatAreDeclaredAlike) {
  const std::string inspections = "metrics:\n  cpaas_inspections: {type: gauge, help: Inspections}\n";
  world.files["etc/acme.yml"] = described_as("acme", inspections);
  world.files["etc/other.yml"] = described_as("other", inspections);
  EXPECT_THAT(lines(load("providers: [acme.yml, other.yml]\n" + std::string(account)).problems), IsEmpty());
  world.files["etc/other.yml"] =
      described_as("other", "metrics:\n  cpaas_inspections: {type: gauge, help: Others}\n");
  EXPECT_THAT(
      lines(load("providers: [acme.yml, other.yml]\n" + std::string(account)).problems),
      ElementsAre(HasSubstr("etc/other.yml:1:1: another description declares the metric cpaas_inspections")));
}

TEST_F(DescribedProviders, AreDescribedOnce) {
  world.files["etc/a.yml"] = described_as("acme");
  world.files["etc/b.yml"] = described_as("acme") + "# again\n";
  EXPECT_THAT(lines(load("providers: [a.yml, b.yml]\n" + std::string(account)).problems),
              ElementsAre("etc/b.yml:1:1: another file describes the provider acme"));
}

TEST_F(DescribedProviders, TakeThePlaceOfShippedOnesAndSaySo) {
  const std::string shipped(collectors().front()->name);
  world.files["etc/acme.yml"] = described_as(shipped);
  const auto loaded =
      load("providers: [acme.yml]\naccounts: [{name: one, provider: " + shipped + ", api_key: k}]\n");
  EXPECT_THAT(lines(loaded.problems), IsEmpty());
  EXPECT_THAT(lines(loaded.warnings), ElementsAre(HasSubstr("takes the place of the provider " + shipped)));
  EXPECT_EQ(loaded.config.accounts.front().collector->title, "Acme");
}

TEST_F(DescribedProviders, ThatAreShippedCanBeNamed) {
  for (const ShippedDescription& each : shipped_descriptions()) {
    EXPECT_THAT(providers.names(), ::testing::Contains(std::string(each.name)));
    config::Problems problems("t.yml");
    EXPECT_NE(providers.find(each.name, config::Node(), problems), nullptr) << each.name;
    EXPECT_TRUE(problems.none());
  }
}

TEST_F(DescribedProviders, AreNotPolledMoreOftenThanTheyAllow) {
  world.files["etc/acme.yml"] =
      described_as("acme", "limits: {minimum_interval: 2m, requests_per_minute: 7}\n");
  const auto loaded = load(
      "providers: [acme.yml]\naccounts: [{name: one, provider: acme, api_key: k, endpoints: {usage: "
      "{interval: 90s}}}]\n");
  EXPECT_THAT(lines(loaded.problems),
              ElementsAre(HasSubstr("endpoint 'usage' must not be polled more often than every 2m")));
  const auto good = load("providers: [acme.yml]\n" + std::string(account));
  ASSERT_THAT(lines(good.problems), IsEmpty());
  EXPECT_EQ(good.config.accounts.front().requests_per_minute, 7U);
}

}  // namespace
}  // namespace cpaas::testing
