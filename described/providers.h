// Every provider that accounts may name: built in, shipped as a description, or described by the user.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/registry.h"
#include "config/providers.h"
#include "described/family_pool.h"

namespace cpaas::described {

// Lives as long as the program: it owns the families that descriptions declare. Shipped descriptions are read
// when somebody first wants them. A description that is read again and has not changed is the same collector
// as before, as long as an account has it. Not thread-safe.
class Providers : public config::Providers {
 public:
  explicit Providers(std::span<const Collector* const> built_in = collectors(),
                     std::span<const ShippedDescription> shipped = shipped_descriptions());

  void begin() override;
  std::string describe(std::string_view text, config::Problems& problems) override;
  std::vector<CollectorRef> at_hand() const override;
  std::vector<std::string> names() const override;
  CollectorRef find(std::string_view name, const config::Node& at, config::Problems& problems) override;

  // Built-in and shipped ones, sorted by name.
  std::vector<CollectorRef> shipped();

 private:
  struct Known {
    CollectorRef collector;
    FamilyPool::Declared declared;
  };
  struct Seen {
    std::weak_ptr<const Collector> collector;
    FamilyPool::Declared declared;
  };

  Known read(std::string_view text, config::Problems& problems);
  const Known* read_shipped(std::string_view name);
  std::string conflict_of(const FamilyPool::Declared& declared) const;

  std::span<const Collector* const> built_in_;
  std::span<const ShippedDescription> shipped_;
  FamilyPool families_;
  std::map<std::string, Known, std::less<>> read_shipped_;
  std::map<std::string, CollectorRef, std::less<>> described_;  // by the user's files
  FamilyPool::Declared declared_;                               // by what is used now
  std::map<std::string, Seen, std::less<>> seen_;               // by the text
};

}  // namespace cpaas::described
