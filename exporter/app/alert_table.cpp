#include "exporter/app/alert_table.h"

#include <algorithm>
#include <optional>

#include "exporter/core/trimmed.h"

namespace cpaas::app {
namespace {

using Row = std::vector<std::string_view>;

// The cells of "| a | b |".
Row cells_of(std::string_view line) {
  Row row;
  for (std::size_t begin = 1; begin < line.size();) {
    const std::size_t end = std::min(line.find('|', begin), line.size());
    row.push_back(trimmed(line.substr(begin, end - begin)));
    begin = end + 1;
  }
  return row;
}

// Of the table whose first cell is `header`, without its head.
std::vector<Row> table(std::string_view page, std::string_view header) {
  std::vector<Row> rows;
  const std::string head = "\n| " + std::string(header) + " |";
  const std::size_t at = page.find(head);
  if (at == std::string_view::npos) return rows;
  page.remove_prefix(at + 1);
  while (page.starts_with('|')) {
    const std::size_t end = std::min(page.find('\n'), page.size());
    rows.push_back(cells_of(page.substr(0, end)));
    page.remove_prefix(std::min(end + 1, page.size()));
  }
  rows.erase(rows.begin(), rows.begin() + std::min<std::ptrdiff_t>(2, std::ssize(rows)));
  return rows;
}

std::vector<std::string_view> metrics_in(std::string_view cell) {
  constexpr std::string_view mark = "`cpaas_";
  std::vector<std::string_view> names;
  for (std::size_t at = cell.find(mark); at != std::string_view::npos; at = cell.find(mark, at + 1)) {
    names.push_back(cell.substr(at + 1, cell.find('`', at + 1) - at - 1));
  }
  return names;
}

}  // namespace

std::vector<std::string> alerts_with(const std::set<std::string, std::less<>>& metrics,
                                     std::string_view page) {
  constexpr std::string_view again = "the same, ";  // as the row before, by other metrics
  std::vector<std::string> result;
  std::string before;
  bool before_can = false;
  for (const Row& row : table(page, "alerts")) {
    if (row.size() < 2) continue;
    const auto needed = metrics_in(row[1]);
    const bool can = !needed.empty() && std::ranges::all_of(needed, [&](std::string_view name) {
      return metrics.contains(name);
    });
    const bool is_again = row[0].starts_with(again);
    if (!is_again) before = row[0].substr(0, row[0].find(", of "));
    if (can && !is_again) result.push_back(before);
    if (can && is_again && !before_can) {
      result.push_back(before + " " + std::string(row[0].substr(again.size())));
    }
    before_can = can;
  }
  return result;
}

std::string without_threshold(std::string_view key, std::string_view page) {
  const std::string section = key == "budget" ? "`budget`" : "`thresholds: " + std::string(key) + "`";
  for (const Row& row : table(page, "configuration")) {
    if (row.size() > 2 && row[0] == section) return std::string(row[2].substr(0, row[2].find(';')));
  }
  return {};
}

std::set<std::string, std::less<>> metrics_of(const Account& account) {
  std::set<std::string, std::less<>> names;
  for (const Source& source : account.collector->sources) {
    const bool polled = std::ranges::any_of(
        account.endpoints, [&](const EndpointPlan& plan) { return plan.endpoint->name == source.endpoint; });
    if (polled && !windowed(*source.family)) names.emplace(source.family->name);
  }
  return names;
}

}  // namespace cpaas::app
