// The metric families that descriptions may name: the shared ones, and those that descriptions declare.
#pragma once

#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/collector.h"

namespace cpaas::described {

struct FamilyDeclaration {
  std::string name;  // with % where a window goes
  Kind kind = Kind::gauge;
  std::vector<std::string> labels;
  std::string help;
};

// A family and the window that a metric's name has in the place of %.
struct NamedFamily {
  const Family* family = nullptr;  // null if there is no such metric
  Window window = Window::none;
  bool sliding = false;  // written "{window}": the account's own
};

// What it gives lives as long as this, which lives as long as the program: the same declaration is the same
// family, whoever makes it and however often, so that a reload finds what it had. Not thread-safe.
class FamilyPool {
 public:
  // Knows what `collectors`, which live as long, write.
  explicit FamilyPool(std::span<const Collector* const> collectors);

  // `declared`: those of a description itself.
  using Declared = std::map<std::string, const Family*, std::less<>>;
  NamedFamily find(std::string_view metric, const Declared& declared) const;

  // Null if one of the built-in collectors has another family of this name.
  const Family* declare(const FamilyDeclaration& declaration);

  // All metrics' names, for suggestions.
  std::vector<std::string> names(const Declared& declared) const;

 private:
  std::map<std::string, const Family*, std::less<>> families_;  // of the built-in collectors
  std::deque<std::string> texts_;
  std::deque<Family> owned_;  // no two alike
};

}  // namespace cpaas::described
