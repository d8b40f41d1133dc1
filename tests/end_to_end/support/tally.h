// What a proof did and what came of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cpaas::end_to_end {

// Counts by name, in the order of first mention.
class Tally {
 public:
  void add(const std::string& name, std::int64_t count = 1);
  std::string table() const;

 private:
  std::vector<std::string> order_;
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace cpaas::end_to_end
