// Every file in invalid/ holds one mistake (many_mistakes.yml all at once); the .txt beside it holds what is
// said about it, exactly. UPDATE_GOLDEN=1 in the environment writes the .txt files.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/config.h"
#include "tests/config/fake_collectors.h"

namespace cpaas::config {
namespace {

const std::filesystem::path folder = std::filesystem::path(CPAAS_SOURCE_DIR) / "tests/config/invalid";

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() == ".yml") result.push_back(file.path().stem().string());
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::string said_about(const std::string& name) {
  const testing::FakeWorld world;
  const std::string text = testing::test_file("invalid/" + name + ".yml");
  std::string said;
  for (const Diagnostic& problem :
       parse(text, name + ".yml", testing::fake_collectors(), world.environment()).problems) {
    said += to_string(problem) + "\n";
  }
  return said;
}

class InvalidConfig : public ::testing::TestWithParam<std::string> {};

TEST_P(InvalidConfig, IsRefusedWithTheExactMessage) {
  const std::string said = said_about(GetParam());
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(folder / (GetParam() + ".txt")) << said;
  }
  EXPECT_FALSE(said.empty());
  EXPECT_EQ(said, testing::test_file("invalid/" + GetParam() + ".txt"));
  EXPECT_THAT(said, ::testing::Not(::testing::HasSubstr("s3cr3t")));
}

INSTANTIATE_TEST_SUITE_P(Files, InvalidConfig, ::testing::ValuesIn(names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace cpaas::config
