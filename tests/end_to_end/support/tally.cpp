#include "tests/end_to_end/support/tally.h"

#include <fmt/format.h>

#include <cstdint>

namespace cpaas::end_to_end {

void Tally::add(const std::string& name, std::int64_t count) {
  if (!counts_.contains(name)) order_.push_back(name);
  counts_[name] += count;
}

std::string Tally::table() const {
  std::string text;
  for (const std::string& name : order_) text += fmt::format("  {:<44} {:>9}\n", name, counts_.at(name));
  return text;
}

}  // namespace cpaas::end_to_end
