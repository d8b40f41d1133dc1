#include "exporter/ledger/series_labels.h"

#include <algorithm>
#include <vector>

#include "exporter/core/utf8.h"

namespace cpaas::ledger {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

std::vector<Pair> pairs_of(const Family& family, const LabelValues& values) {
  const LabelList given = values.values();
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < given.size() && i < family.labels.size(); ++i) {
    if (!given[i].empty()) pairs.emplace_back(family.labels[i], given[i]);
  }
  std::ranges::sort(pairs);
  return pairs;
}

std::optional<std::string_view> next_text(std::string_view& rest) {
  const auto end = rest.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view text = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return text;
}

std::optional<std::vector<Pair>> pairs_of(std::string_view by_name) {
  std::vector<Pair> pairs;
  while (!by_name.empty()) {
    const auto name = next_text(by_name);
    const auto value = next_text(by_name);
    if (!name || !value) return std::nullopt;
    pairs.emplace_back(*name, *value);
  }
  return pairs;
}

std::string text_of(std::string_view family, const std::vector<Pair>& pairs, std::string_view part) {
  std::string text(family);
  const char* separator = "{";
  for (const auto& [name, value] : pairs) {
    text.append(separator).append(name).append("=\"").append(one_line(value)).append("\"");
    separator = ",";
  }
  if (!pairs.empty()) text += "}";
  if (!part.empty()) text.append(" part ").append(one_line(part));
  return text;
}

}  // namespace

std::string labels_by_name(const Family& family, const LabelValues& values) {
  std::string key;
  for (const auto& [name, value] : pairs_of(family, values)) {
    key.append(name).append(1, '\0').append(value).append(1, '\0');
  }
  return key;
}

std::optional<LabelValues> labels_of(const Family& family, std::string_view by_name) {
  const auto pairs = pairs_of(by_name);
  if (!pairs) return std::nullopt;
  std::vector<std::string_view> values(family.labels.size());
  for (const auto& [name, value] : *pairs) {
    const auto at = std::ranges::find(family.labels, name);
    if (at == family.labels.end()) return std::nullopt;
    values.at(static_cast<std::size_t>(at - family.labels.begin())) = value;
  }
  return LabelValues(std::span<const std::string_view>(values));
}

bool is_garbled(std::string_view text) {
  return text.find("\xEF\xBF\xBD") != std::string_view::npos;
}

std::string series_text(const Family& family, const LabelValues& values, std::string_view part) {
  return text_of(family.name, pairs_of(family, values), part);
}

std::string series_text(std::string_view family, std::string_view by_name, std::string_view part) {
  return text_of(family, pairs_of(by_name).value_or(std::vector<Pair>{}), part);
}

}  // namespace cpaas::ledger
