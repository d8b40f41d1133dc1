// Examples and generated pages that ship with the program, held against the program.
#include <gmock/gmock.h>

#include <string>
#include <string_view>

#include "config/config.h"
#include "described/providers.h"
#include "exporter/app/catalogue.h"
#include "tests/house/source_tree.h"

namespace cpaas::house {
namespace {

using testing::IsEmpty;

// The lines of a file of the project, each with its line end; empty if there is no such file.
std::string content(std::string_view path) {
  std::string text;
  for (const SourceFile& file : project_files()) {
    if (file.path != path) continue;
    for (const std::string& line : file.lines) text += line + "\n";
  }
  return text;
}

// What stands between the n-th ```yaml line and the end of its block.
std::string yaml_block(std::string_view path, std::size_t n) {
  const std::string text = content(path);
  std::size_t begin = 0;
  for (std::size_t block = 0; block <= n; ++block) begin = text.find("```yaml\n", begin) + 8;
  return text.substr(begin, text.find("```", begin) - begin);
}

std::vector<std::string> problems(const std::string& text, const std::string& name) {
  const config::Environment any_secret{
      .read_file = [](const std::string&) { return "a-secret"; },
      .get_env = [](const std::string&) { return "a-secret"; },
  };
  std::vector<std::string> found;
  described::Providers providers;
  for (const auto& each : config::parse(text, name, providers, any_secret).problems)
    found.push_back(to_string(each));
  return found;
}

TEST(ShippedFiles, TheDemosConfigurationIsGood) {
  EXPECT_THAT(problems(content("deploy/demo/cpaas.yml"), "deploy/demo/cpaas.yml"), IsEmpty());
}

TEST(ShippedFiles, TheReadmesConfigurationIsGood) {
  EXPECT_THAT(problems(yaml_block("README.md", 0), "README.md"), IsEmpty());
}

TEST(ShippedFiles, ABadConfigurationWouldBeNoticed) {
  EXPECT_THAT(problems(yaml_block("README.md", 1), "README.md"), Not(IsEmpty()))
      << "it is a Prometheus configuration";
}

// All that the program ships; lives as long as it.
const std::vector<const Collector*>& shipped() {
  static described::Providers providers;
  static const std::vector<CollectorRef> owned = providers.shipped();
  static const std::vector<const Collector*> all = [] {
    std::vector<const Collector*> result;
    for (const CollectorRef& each : owned) result.push_back(each.get());
    return result;
  }();
  return all;
}

TEST(ShippedFiles, TheMetricReferenceIsFresh) {
  const std::string written = content("docs/metrics.md");
  EXPECT_TRUE(written == app::markdown(app::Catalogue(shipped()))) << "run ./dev docs";
}

TEST(ShippedFiles, TheConfigurationReferenceIsFresh) {
  const std::string written = content("docs/configuration.md");
  EXPECT_TRUE(written == config::reference_markdown(shipped())) << "run ./dev docs";
}

}  // namespace
}  // namespace cpaas::house
