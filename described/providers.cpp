#include "described/providers.h"

#include <algorithm>
#include <set>

#include "described/collector.h"
#include "described/reader.h"

namespace cpaas::described {

Providers::Providers(std::span<const Collector* const> built_in, std::span<const ShippedDescription> shipped)
    : built_in_(built_in), shipped_(shipped), families_(built_in) {}

void Providers::begin() {
  described_.clear();
  declared_.clear();
  std::erase_if(seen_, [](const auto& each) { return each.second.collector.expired(); });
}

Providers::Known Providers::read(std::string_view text, config::Problems& problems) {
  const auto seen = seen_.find(text);
  if (seen != seen_.end()) {
    if (auto collector = seen->second.collector.lock()) {
      return {CollectorRef(std::move(collector)), seen->second.declared};
    }
  }
  ReadDescription read = read_description(text, families_, problems);
  if (!problems.none()) return {};
  CollectorRef collector = make_collector(std::move(read.description));
  seen_.insert_or_assign(std::string(text), Seen{collector.shared(), read.declared});
  return {std::move(collector), std::move(read.declared)};
}

// A metric has one meaning on a page.
std::string Providers::conflict_of(const FamilyPool::Declared& declared) const {
  for (const auto& [name, family] : declared) {
    const auto other = declared_.find(name);
    if (other != declared_.end() && other->second != family) {
      return "another description declares the metric " + name +
             " with another type, other labels or another help";
    }
  }
  return {};
}

std::string Providers::describe(std::string_view text, config::Problems& problems) {
  Known known = read(text, problems);
  if (known.collector == nullptr) return {};
  const std::string name(known.collector->name);
  if (std::string conflict = conflict_of(known.declared); !conflict.empty()) {
    problems.add(1, 1, std::move(conflict));
  } else if (described_.contains(name)) {
    problems.add(1, 1, "another file describes the provider " + name);
  } else {
    declared_.merge(FamilyPool::Declared(known.declared));
    described_.emplace(name, std::move(known.collector));
  }
  const bool replaces = std::ranges::count(built_in_, name, &Collector::name) > 0 ||
                        std::ranges::count(shipped_, name, &ShippedDescription::name) > 0;
  return replaces ? "this description takes the place of the provider " + name + " that the exporter ships"
                  : "";
}

std::vector<CollectorRef> Providers::at_hand() const {
  std::vector<CollectorRef> all;
  for (const auto& [name, collector] : described_) all.push_back(collector);
  for (const Collector* each : built_in_) {
    if (!described_.contains(each->name)) all.emplace_back(each);
  }
  return all;
}

std::vector<std::string> Providers::names() const {
  std::set<std::string> names;
  for (const auto& [name, collector] : described_) names.insert(name);
  for (const Collector* each : built_in_) names.emplace(each->name);
  for (const ShippedDescription& each : shipped_) names.emplace(each.name);
  return {names.begin(), names.end()};
}

const Providers::Known* Providers::read_shipped(std::string_view name) {
  const auto found = std::ranges::find(shipped_, name, &ShippedDescription::name);
  if (found == shipped_.end()) return nullptr;
  const auto before = read_shipped_.find(name);
  if (before != read_shipped_.end()) return &before->second;
  config::Problems none(std::string(name) + ".yml");  // tests see to it
  return &read_shipped_.emplace(name, read(found->text, none)).first->second;
}

CollectorRef Providers::find(std::string_view name, const config::Node& at, config::Problems& problems) {
  if (const auto found = described_.find(name); found != described_.end()) return found->second;
  const auto built_in = std::ranges::find(built_in_, name, &Collector::name);
  if (built_in != built_in_.end()) return *built_in;
  const Known* shipped = read_shipped(name);
  if (shipped == nullptr) return nullptr;
  if (std::string conflict = conflict_of(shipped->declared); !conflict.empty()) {
    problems.add(at, std::move(conflict));
    return nullptr;
  }
  declared_.merge(FamilyPool::Declared(shipped->declared));
  return shipped->collector;
}

std::vector<CollectorRef> Providers::shipped() {
  std::map<std::string, CollectorRef> all;
  for (const Collector* each : built_in_) all.emplace(each->name, each);
  for (const ShippedDescription& each : shipped_) {
    const Known* known = read_shipped(each.name);
    if (known != nullptr && known->collector != nullptr) all.emplace(each.name, known->collector);
  }
  std::vector<CollectorRef> result;
  for (auto& [name, collector] : all) result.push_back(std::move(collector));
  return result;
}

}  // namespace cpaas::described
