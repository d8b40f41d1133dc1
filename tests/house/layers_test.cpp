// Every #include must point down in ARCHITECTURE.md's picture of the layers.
#include <gmock/gmock.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/house/source_tree.h"

namespace cpaas::house {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Layer {
  std::string_view folder;
  std::vector<std::string_view> may_see;  // besides itself
};

const std::vector<Layer>& layers() {
  static const std::vector<Layer> all{
      {"exporter/core/", {}},
      {"exporter/exposition/", {"exporter/core/"}},
      {"exporter/ledger/", {"exporter/core/"}},
      {"exporter/engine/", {"exporter/core/", "exporter/exposition/", "exporter/ledger/"}},
      {"exporter/adapters/",
       {"exporter/core/", "exporter/exposition/", "exporter/ledger/", "exporter/engine/"}},
      {"collectors/", {"exporter/core/"}},
      {"config/", {"exporter/core/"}},
      {"described/", {"exporter/core/", "collectors/", "config/"}},
      {"exporter/app/",
       {"exporter/core/", "exporter/exposition/", "exporter/ledger/", "exporter/engine/",
        "exporter/adapters/", "collectors/", "config/", "described/"}},
      {"exporter/main.cpp", {"exporter/app/"}},
      {"sandbox/", {}},
  };
  return all;
}

const Layer* layer_of(std::string_view path) {
  const auto found =
      std::ranges::find_if(layers(), [&](const Layer& layer) { return path.starts_with(layer.folder); });
  return found == layers().end() ? nullptr : &*found;
}

// What stands between the quotes of an include line.
std::optional<std::string> quoted_include(const std::string& line) {
  const auto begin = line.find_first_not_of(" \t");
  if (begin == std::string::npos || line[begin] != '#') return std::nullopt;
  const auto word = line.find("include", begin);
  const auto open = line.find('"', begin);
  const auto close = line.rfind('"');
  if (word == std::string::npos || open == std::string::npos || open < word || close == open)
    return std::nullopt;
  return line.substr(open + 1, close - open - 1);
}

std::optional<std::string> violation(const std::string& path, const std::string& included) {
  const std::string arrow = path + " -> " + included;
  if (included.find("..") != std::string::npos)
    return arrow + ": includes are written from the project's root";
  const Layer* from = layer_of(path);
  const Layer* to = layer_of(included);
  if (from == nullptr) return path + ": is in no layer";
  if (to == nullptr) return arrow + ": is in no layer";
  if (from == to || std::ranges::count(from->may_see, to->folder) != 0) return std::nullopt;
  return arrow + ": points up or sideways";
}

std::vector<std::string> violations(const std::vector<SourceFile>& sources) {
  std::vector<std::string> found;
  for (const SourceFile& source : sources) {
    for (const std::string& line : source.lines) {
      const auto included = quoted_include(line);
      if (!included) continue;
      if (const auto problem = violation(source.path, *included)) found.push_back(*problem);
    }
  }
  return found;
}

TEST(Layers, IncludesPointDown) {
  const auto sources =
      files_in({"exporter/", "collectors/", "config/", "sandbox/"}, {".h", ".cpp", ".cpp.in"});
  EXPECT_GT(sources.size(), 40U) << "the tree was not found";
  EXPECT_THAT(violations(sources), IsEmpty());
}

TEST(Layers, AnArrowUpOrSidewaysIsFound) {
  const std::vector<SourceFile> sources{
      {"exporter/core/metric.cpp",
       {R"(#include "exporter/engine/board.h")", R"(#include "exporter/core/metric.h")"}},
      {"collectors/acme.cpp", {R"(#include "config/loader.h")", R"(#include "exporter/core/collector.h")"}},
      {"config/loader.cpp", {R"(  #  include "collectors/registry.h")"}},
      {"exporter/exposition/text.cpp", {R"(#include "exporter/engine/board.h")", "#include <vector>"}},
      {"exporter/engine/board.cpp", {R"(#include "exporter/exposition/text.h")"}},
      {"exporter/main.cpp", {R"(#include "exporter/engine/board.h")", R"(#include "exporter/app/app.h")"}},
      {"sandbox/server.cpp", {R"(#include "exporter/core/calendar.h")"}},
  };
  EXPECT_THAT(violations(sources),
              ElementsAre("exporter/core/metric.cpp -> exporter/engine/board.h: points up or sideways",
                          "collectors/acme.cpp -> config/loader.h: points up or sideways",
                          "config/loader.cpp -> collectors/registry.h: points up or sideways",
                          "exporter/exposition/text.cpp -> exporter/engine/board.h: points up or sideways",
                          "exporter/main.cpp -> exporter/engine/board.h: points up or sideways",
                          "sandbox/server.cpp -> exporter/core/calendar.h: points up or sideways"));
}

TEST(Layers, APathOutsideTheLayersIsFound) {
  const std::vector<SourceFile> sources{
      {"exporter/engine/board.cpp", {R"(#include "../core/metric.h")", R"(#include "board.h")"}},
      {"exporter/new.cpp", {R"(#include "tests/house/source_tree.h")"}},
  };
  EXPECT_THAT(
      violations(sources),
      ElementsAre(
          "exporter/engine/board.cpp -> ../core/metric.h: includes are written from the project's root",
          "exporter/engine/board.cpp -> board.h: is in no layer", "exporter/new.cpp: is in no layer"));
}

}  // namespace
}  // namespace cpaas::house
