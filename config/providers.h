// Whom accounts may name as their provider.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "exporter/core/collector.h"

namespace cpaas::config {

class Providers {
 public:
  virtual ~Providers() = default;

  // A configuration is about to be read: only what it names is described from now on.
  virtual void begin() = 0;
  // Reads a description, whose problems go into `problems`. Gives a note for the user, or "".
  virtual std::string describe(std::string_view text, Problems& problems) = 0;
  // Those that are at hand without reading anything: built-in ones, and what was described.
  virtual std::vector<CollectorRef> at_hand() const = 0;
  // Of all that can be found, sorted.
  virtual std::vector<std::string> names() const = 0;
  // Null if there is none; also, with a problem at `at`, if it does not go together with what was described.
  virtual CollectorRef find(std::string_view name, const Node& at, Problems& problems) = 0;
};

// Those of a list alone; no description can be read.
class ListedProviders : public Providers {
 public:
  explicit ListedProviders(std::span<const Collector* const> collectors) : collectors_(collectors) {}

  void begin() override {}
  std::string describe(std::string_view text, Problems& problems) override;
  std::vector<CollectorRef> at_hand() const override;
  std::vector<std::string> names() const override;
  CollectorRef find(std::string_view name, const Node& at, Problems& problems) override;

 private:
  std::span<const Collector* const> collectors_;
};

}  // namespace cpaas::config
