#include "config/diagnostic.h"

#include <algorithm>
#include <tuple>

namespace cpaas::config {

std::string to_string(const Diagnostic& diagnostic) {
  return diagnostic.file + ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) +
         ": " + diagnostic.message;
}

void Problems::add(int line, int column, std::string message) {
  if (!full()) found_.push_back({file_, line, column, std::move(message)});
}

std::vector<Diagnostic> Problems::sorted() const {
  std::vector<Diagnostic> result = found_;
  std::stable_sort(result.begin(), result.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  result.erase(std::unique(result.begin(), result.end()), result.end());
  if (full())
    result.push_back({file_, result.back().line, result.back().column, "too many problems to show them all"});
  return result;
}

}  // namespace cpaas::config
