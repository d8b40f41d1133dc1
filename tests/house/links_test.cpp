// Links within the documentation lead somewhere: to a file that is there, and to a heading that it has.
#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/house/source_tree.h"

namespace cpaas::house {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

namespace fs = std::filesystem;

// The lines outside of blocks of code.
std::vector<std::string> prose_of(const SourceFile& file) {
  std::vector<std::string> lines;
  bool code = false;
  for (const std::string& line : file.lines) {
    const bool fence = line.find_first_not_of(' ') != std::string::npos &&
                       line.substr(line.find_first_not_of(' ')).starts_with("```");
    if (fence) code = !code;
    lines.push_back(code || fence ? "" : line);
  }
  return lines;
}

std::string without_marks(std::string text) {
  static const std::regex link(R"(!?\[([^\]]*)\]\([^)]*\))");
  return std::regex_replace(text, link, "$1");
}

// As GitHub makes them: small letters, hyphens for blanks, no punctuation; a second one of its kind gets -1.
std::set<std::string> anchors_of(const SourceFile& file) {
  static const std::regex heading(R"(#{1,6} +(.*[^ #])[ #]*)");
  std::set<std::string> anchors;
  std::map<std::string, int> seen;
  for (const std::string& line : prose_of(file)) {
    std::smatch match;
    if (!std::regex_match(line, match, heading)) continue;
    std::string anchor;
    for (const char c : without_marks(match[1])) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte) != 0 || byte >= 0x80 || c == '-' || c == '_') {
        anchor += static_cast<char>(std::tolower(byte));
      } else if (c == ' ') {
        anchor += '-';
      }
    }
    const int before = seen[anchor]++;
    anchors.insert(before == 0 ? anchor : anchor + "-" + std::to_string(before));
  }
  return anchors;
}

// Relative ones, whether they show a picture or not.
std::vector<std::string> links_in(const std::string& line) {
  static const std::regex code("`[^`]*`");
  static const std::regex link(R"(\]\(([^)\s]+)\))");
  const std::string text = std::regex_replace(line, code, "");
  std::vector<std::string> links;
  for (auto each = std::sregex_iterator(text.begin(), text.end(), link); each != std::sregex_iterator();
       ++each) {
    const std::string target = (*each)[1];
    if (target.find("://") == std::string::npos && !target.starts_with("mailto:")) links.push_back(target);
  }
  return links;
}

std::string problem_of(const std::string& link, const SourceFile& file,
                       const std::vector<SourceFile>& pages) {
  const std::string path = link.substr(0, link.find('#'));
  const fs::path target =
      path.empty() ? fs::path(file.path) : (fs::path(file.path).parent_path() / path).lexically_normal();
  if (!fs::exists(fs::path(CPAAS_SOURCE_DIR) / target) && !path.empty()) return "no such file";
  if (link.find('#') == std::string::npos) return "";
  const auto page = std::ranges::find(pages, target.generic_string(), &SourceFile::path);
  if (page == pages.end()) return "an anchor of what is no page";
  return anchors_of(*page).contains(link.substr(link.find('#') + 1)) ? "" : "no such heading";
}

std::vector<std::string> broken_links(const std::vector<SourceFile>& pages) {
  std::vector<std::string> broken;
  for (const SourceFile& file : pages) {
    const auto lines = prose_of(file);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (const std::string& link : links_in(lines[i])) {
        const std::string problem = problem_of(link, file, pages);
        if (!problem.empty())
          broken.push_back(file.path + ":" + std::to_string(i + 1) + ": " + link + ": " + problem);
      }
    }
  }
  return broken;
}

TEST(Links, LeadSomewhere) {
  EXPECT_THAT(broken_links(files_in({""}, {".md"})), IsEmpty());
}

TEST(Links, ThatAreBrokenAreFound) {
  const SourceFile page{
      "docs/a.md",
      {"# One `two`, three!", "[x](#one-two-three) [y](#one) [z](../README.md) [w](none.md)", "```",
       "[code](nowhere.md)", "```", "`[code](nowhere.md)` [out](https://x.example/#y)", "# Twice", "# Twice",
       "[t](#twice-1) [u](../LICENSE#x)"}};
  EXPECT_THAT(broken_links({page}),
              ElementsAre("docs/a.md:2: #one: no such heading", "docs/a.md:2: none.md: no such file",
                          "docs/a.md:9: ../LICENSE#x: an anchor of what is no page"));
}

}  // namespace
}  // namespace cpaas::house
