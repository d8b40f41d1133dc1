#include "described/family_pool.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cpaas::described {
namespace {

struct WindowName {
  std::string_view text;
  Window window;
};
constexpr std::array window_names{
    WindowName{"24h", Window::h24},     WindowName{"7d", Window::d7},
    WindowName{"30d", Window::d30},     WindowName{"90d", Window::d90},
    WindowName{"today", Window::today}, WindowName{"last_month", Window::last_month},
    WindowName{"month", Window::month}, WindowName{"{window}", Window::none},
};

// "cpaas_%_cost" for "cpaas_30d_cost" and "30d"; empty if the window is not in the name.
std::string with_mark(std::string_view metric, std::string_view window) {
  const auto at = metric.find(std::string("_").append(window).append("_"));
  if (at == std::string_view::npos) return {};
  return std::string(metric.substr(0, at + 1)).append("%").append(metric.substr(at + 1 + window.size()));
}

bool same(const Family& family, const FamilyDeclaration& declaration) {
  return family.name == declaration.name && family.kind == declaration.kind &&
         family.help == declaration.help && std::ranges::equal(family.labels, declaration.labels);
}

const Family* find_in(const FamilyPool::Declared& families, std::string_view name) {
  const auto found = families.find(name);
  return found == families.end() ? nullptr : found->second;
}

}  // namespace

FamilyPool::FamilyPool(std::span<const Collector* const> collectors) {
  for (const Collector* collector : collectors) {
    for (const Source& source : collector->sources) families_.emplace(source.family->name, source.family);
  }
}

NamedFamily FamilyPool::find(std::string_view metric, const Declared& declared) const {
  const auto look_up = [&](std::string_view name) {
    const Family* own = find_in(declared, name);
    return own != nullptr ? own : find_in(families_, name);
  };
  for (const auto& [text, window] : window_names) {
    const std::string name = with_mark(metric, text);
    const Family* family = name.empty() ? nullptr : look_up(name);
    if (family != nullptr) return {family, window, window == Window::none};
  }
  const bool open = metric.find('%') != std::string_view::npos;
  return {open ? nullptr : look_up(metric), Window::none, false};
}

const Family* FamilyPool::declare(const FamilyDeclaration& declaration) {
  const auto found = families_.find(declaration.name);
  if (found != families_.end()) return same(*found->second, declaration) ? found->second : nullptr;
  const auto before =
      std::ranges::find_if(owned_, [&](const Family& each) { return same(each, declaration); });
  if (before != owned_.end()) return &*before;
  const auto keep = [&](const std::string& text) -> std::string_view { return texts_.emplace_back(text); };
  LabelList labels;
  for (const std::string& label : declaration.labels) labels.push_back(keep(label));
  owned_.push_back({keep(declaration.name), declaration.kind, labels, keep(declaration.help)});
  return &owned_.back();
}

std::vector<std::string> FamilyPool::names(const Declared& declared) const {
  std::vector<std::string> result;
  for (const Declared* families : {&declared, &families_}) {
    for (const auto& [name, family] : *families) {
      const auto mark = name.find('%');
      if (mark == std::string::npos) {
        result.push_back(name);
        continue;
      }
      for (const WindowName& window : window_names) {
        result.push_back(std::string(name).replace(mark, 1, window.text));
      }
    }
  }
  return result;
}

}  // namespace cpaas::described
