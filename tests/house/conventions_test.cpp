// What every file keeps to, so that no list and no review has to.
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "tests/house/source_tree.h"

namespace cpaas::house {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
  return text;
}

// --- headers

std::vector<std::string> bad_headers(const std::vector<SourceFile>& headers) {
  std::vector<std::string> found;
  for (const SourceFile& header : headers) {
    if (header.lines.empty() || !header.lines.front().starts_with("// "))
      found.push_back(header.path + ": no first comment");
    if (std::ranges::count(header.lines, "#pragma once") != 1)
      found.push_back(header.path + ": no #pragma once");
  }
  return found;
}

TEST(Conventions, HeadersSayWhatTheyAreAndHavePragmaOnce) {
  const auto headers = files_in({""}, {".h"});
  EXPECT_GT(headers.size(), 20U) << "the tree was not found";
  EXPECT_THAT(bad_headers(headers), IsEmpty());
}

TEST(Conventions, ABadHeaderIsFound) {
  EXPECT_THAT(bad_headers({{"a.h", {"#pragma once", "// Late."}}, {"b.h", {"// Says it."}}, {"c.h", {}}}),
              ElementsAre("a.h: no first comment", "b.h: no #pragma once", "c.h: no first comment",
                          "c.h: no #pragma once"));
}

// --- newer standard libraries no longer bring <cstdint> along

std::vector<std::string> without_cstdint(const std::vector<SourceFile>& sources) {
  static const std::regex fixed_width(R"(\bu?int(_fast|_least)?(8|16|32|64|max|ptr)_t\b)");
  std::vector<std::string> found;
  for (const SourceFile& source : sources) {
    if (std::ranges::count(source.lines, "#include <cstdint>") == 0 &&
        std::ranges::any_of(source.lines,
                            [](const std::string& line) { return std::regex_search(line, fixed_width); })) {
      found.push_back(source.path);
    }
  }
  return found;
}

TEST(Conventions, WhoUsesFixedWidthsIncludesThem) {
  EXPECT_THAT(without_cstdint(files_in({""}, {".h", ".cpp"})), IsEmpty());
}

TEST(Conventions, AMissingCstdintIsFound) {
  const std::string use = std::string("std::int") + "64_t count;";  // not to find itself
  EXPECT_THAT(
      without_cstdint({{"a.h", {use}}, {"b.h", {"#include <cstdint>", use}}, {"c.h", {"std::size_t size;"}}}),
      ElementsAre("a.h"));
}

// --- tests wait for events, never for time

bool sleeps(const std::string& line) {
  static const std::regex pattern(R"(\bsleep_(for|until)\b|\b(u|nano)?sleep\s*\()");
  return std::regex_search(line, pattern);
}

TEST(Conventions, NoTestSleeps) {
  auto sources = files_in({"tests/"}, {".h", ".cpp"});
  std::erase_if(sources,
                [](const SourceFile& file) { return file.path == "tests/house/conventions_test.cpp"; });
  EXPECT_THAT(lines_that(sources, sleeps), IsEmpty());
}

TEST(Conventions, ASleepIsFound) {
  EXPECT_TRUE(sleeps("  std::this_thread::sleep_for(1s);"));
  EXPECT_TRUE(sleeps("  usleep(10);"));
  EXPECT_TRUE(sleeps("  ::sleep (1);"));
  EXPECT_FALSE(sleeps("  // never falls asleep"));
}

// --- nothing is left open

bool left_open(const std::string& line) {
  static const std::vector<std::string> marks{std::string("TO") + "DO",
                                              std::string("FIX") + "ME"};  // not to find itself
  return std::ranges::any_of(marks,
                             [&](const std::string& mark) { return line.find(mark) != std::string::npos; });
}

TEST(Conventions, NothingIsLeftOpen) {
  const auto sources =
      files_in({""}, {".h", ".cpp", ".in", ".txt", ".cmake", ".sh", ".yml", ".yaml", ".py", "/dev", ".md"});
  EXPECT_THAT(lines_that(sources, left_open), IsEmpty());
}

TEST(Conventions, AnOpenEndIsFound) {
  EXPECT_TRUE(left_open(std::string("int main() {}  // TO") + "DO: all"));
  EXPECT_FALSE(left_open("todos are listed elsewhere"));
}

// --- adding a provider needs no list: only its own files, its sandbox and what people read name it

std::vector<std::string> providers() {
  std::vector<std::string> names;
  for (const SourceFile& file : files_in({"collectors/"}, {".cpp", ".yml"})) {
    names.push_back(file.path.substr(11, file.path.size() - 11 - 4));
  }
  return names;
}

// "acme", "Acme", "acme_collector" and "AcmeTest" name acme.
bool names_provider(const std::string& line, const std::vector<std::string>& names) {
  const std::string text = lower(line);
  return std::ranges::any_of(names, [&](const std::string& name) {
    for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
      if (at == 0 || std::isalpha(static_cast<unsigned char>(text[at - 1])) == 0) return true;
    }
    return false;
  });
}

bool may_name_providers(const SourceFile& file) {
  static const std::vector<std::string_view> allowed{
      "collectors/",  // and the tests, panels, pages and simulated APIs of a provider
      "tests/collectors/",
      "tests/alerts/live_test.py",
      "bench/",
      "tests/sandbox/",
      "tests/end_to_end/",
      "tests/providers/",
      "tests/instructions/",
      "tests/package/",
      "tests/toolkit/",
      "dashboards/",
      "docs/",
      "findings/",  // outside software, whoever made it
      "sandbox/",
      "deploy/demo/",
      "tests/chart/",
      "config/example.yml",
      "README.md",
      "ARCHITECTURE.md",
      "CHANGELOG.md"};
  return std::ranges::any_of(allowed, [&](std::string_view prefix) { return file.path.starts_with(prefix); });
}

TEST(Conventions, OnlyAProvidersOwnFilesNameIt) {
  const auto names = providers();
  EXPECT_GE(names.size(), 4U) << "the collectors were not found";
  auto files = project_files();
  std::erase_if(files, may_name_providers);
  EXPECT_GT(files.size(), 40U) << "the tree was not found";
  EXPECT_THAT(lines_that(files, [&](const std::string& line) { return names_provider(line, names); }),
              IsEmpty());
}

TEST(Conventions, AProvidersNameIsFound) {
  EXPECT_TRUE(names_provider("  if (provider == \"acme\") {", {"other", "acme"}));
  EXPECT_TRUE(names_provider("TEST(AcmeBill, Total)", {"acme"}));
  EXPECT_TRUE(names_provider("&acme_collector(),", {"acme"}));
  EXPECT_FALSE(names_provider("the satellite", {"tell", "ellite"}));
}

}  // namespace
}  // namespace cpaas::house
