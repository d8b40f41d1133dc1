#include "config/diagnostic.h"

#include <algorithm>
#include <tuple>

namespace cpaas::config {
namespace {

std::vector<Diagnostic> by_position(std::vector<Diagnostic> found) {
  std::stable_sort(found.begin(), found.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace

std::string to_string(const Diagnostic& diagnostic) {
  return diagnostic.file + ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) +
         ": " + diagnostic.message;
}

void Problems::add(int line, int column, std::string message) {
  if (!full()) found_.push_back({file_, line, column, std::move(message)});
}

void Problems::warn(const Node& at, const std::string& message) {
  if (warnings_.size() < limit) warnings_.push_back({file_, at.line, at.column, "warning: " + message});
}

std::vector<Diagnostic> Problems::sorted() const {
  std::vector<Diagnostic> result = by_position(found_);
  if (full())
    result.push_back({file_, result.back().line, result.back().column, "too many problems to show them all"});
  return result;
}

std::vector<Diagnostic> Problems::sorted_warnings() const {
  return by_position(warnings_);
}

}  // namespace cpaas::config
