#include "tests/end_to_end/support/page.h"

#include <cstdlib>

namespace cpaas::end_to_end {

Page parse_page(std::string_view text) {
  Page page;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto blank = line.rfind(' ');
    if (line.empty() || line.front() == '#' || blank == std::string_view::npos) continue;
    page.emplace(line.substr(0, blank), std::strtod(std::string(line.substr(blank)).c_str(), nullptr));
  }
  return page;
}

std::string series(std::string_view name,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> labels) {
  std::string text(name);
  char separator = '{';
  for (const auto& [label, value] : labels) {
    text.append(1, separator).append(label).append("=\"").append(value).append("\"");
    separator = ',';
  }
  return text + "}";
}

std::optional<double> value_of(const Page& page, std::string_view series) {
  const auto found = page.find(series);
  return found == page.end() ? std::nullopt : std::optional(found->second);
}

std::string_view label_of(std::string_view series, std::string_view label) {
  const std::string mark = std::string(label) + "=\"";
  const auto at = series.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = series.substr(at + mark.size());
  return rest.substr(0, rest.find('"'));
}

namespace {

template <class Visit>
void each_of(const Page& page, std::string_view name, const Visit& visit) {
  for (const auto& [text, value] : page) {
    if (std::string_view(text).substr(0, text.find('{')) == name) visit(text, value);
  }
}

}  // namespace

double sum_of(const Page& page, std::string_view name, std::string_view part) {
  double sum = 0;
  each_of(page, name, [&](const std::string& text, double value) {
    if (text.find(part) != std::string::npos) sum += value;
  });
  return sum;
}

std::size_t count_of(const Page& page, std::string_view name) {
  std::size_t count = 0;
  each_of(page, name, [&](const std::string&, double) { ++count; });
  return count;
}

}  // namespace cpaas::end_to_end
