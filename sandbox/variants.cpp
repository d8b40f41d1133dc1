#include "sandbox/variants.h"

#include <algorithm>
#include <array>
#include <vector>

namespace sandbox {

namespace {

struct Variant {
  std::string_view name;
  std::vector<std::string_view> choices;
};

const std::vector<Variant>& table() {
  static const std::vector<Variant> variants{
      {"tingting.details", {"filled", "empty"}},
      {"tingting.purchased", {"account", "window"}},
      {"tingting.numbers", {"int", "string"}},
      {"vobiz.dashboard", {"nested", "flat_customers", "flat_counts"}},
      {"vobiz.analytics", {"nested", "totals"}},
      {"vobiz.me", {"string", "number"}},
      {"vobiz.accounts", {"current", "older"}},
      {"vobiz.account_balance", {"current", "older"}},
      {"teli.success", {"present", "absent"}},
      {"teli.period", {"dates", "empty"}},
      {"teli.numbers", {"enabled", "disabled"}},
      {"agentphone.usage", {"current", "payg", "newest", "reported", "older", "early"}},
      {"agentphone.daily", {"current", "older"}},
  };
  return variants;
}

const Variant* find(std::string_view name) {
  const auto found = std::ranges::find(table(), name, &Variant::name);
  return found == table().end() ? nullptr : &*found;
}

}  // namespace

bool Variants::set(std::string_view name, std::string_view choice) {
  const Variant* variant = find(name);
  if (variant == nullptr || std::ranges::find(variant->choices, choice) == variant->choices.end())
    return false;
  chosen_.insert_or_assign(std::string{name}, std::string{choice});
  return true;
}

std::string_view Variants::chosen(std::string_view name) const {
  if (const auto found = chosen_.find(name); found != chosen_.end()) return found->second;
  const Variant* variant = find(name);
  return variant == nullptr ? std::string_view{} : variant->choices.front();
}

std::map<std::string, std::string> Variants::all() const {
  std::map<std::string, std::string> values;
  for (const Variant& variant : table()) values.emplace(variant.name, chosen(variant.name));
  return values;
}

}  // namespace sandbox
