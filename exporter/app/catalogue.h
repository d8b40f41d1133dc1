// Every metric that the exporter can expose, from the declarations of families and sources.
#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "exporter/core/collector.h"

namespace cpaas::app {

struct CatalogueEntry {
  std::string name;
  Kind kind;
  std::vector<std::string> labels;   // with `provider` and `account` first, where series have them
  std::string help;                  // as in # HELP, with the provider fields
  std::vector<std::string> sources;  // "PROVIDER ENDPOINT: field"; empty for what the exporter writes itself
  std::string counts_since{};        // of a counter
};

class Catalogue {
 public:
  explicit Catalogue(std::span<const Collector* const> collectors);

  // Sorted by name.
  const std::map<std::string, CatalogueEntry>& entries() const { return entries_; }

 private:
  std::map<std::string, CatalogueEntry> entries_;
};

// The HELP texts alone, each made when it is first asked for: a start should not wait for those of hundreds
// of families. Not thread-safe.
class HelpTexts {
 public:
  explicit HelpTexts(std::span<const Collector* const> collectors) : collectors_(collectors) {}

  const std::string& operator()(const Family& family, Window window);

 private:
  std::span<const Collector* const> collectors_;
  std::map<std::pair<const Family*, Window>, std::string> texts_;
};

std::string markdown(const Catalogue& catalogue);  // docs/metrics.md
std::string json(const Catalogue& catalogue);

}  // namespace cpaas::app
