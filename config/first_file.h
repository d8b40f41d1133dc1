// The text of a first configuration: one account, with comments, from what its provider declares.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/core/collector.h"

namespace cpaas::config {

struct FirstAccount {
  std::string name{};
  const Collector* collector = nullptr;
  // Further keys of the account, in the order in which they are to stand, as "auth_id" or "auth_token_file".
  // Of a list: its elements with commas between them.
  std::vector<std::pair<std::string, std::string>> keys{};
  std::vector<std::string_view> thresholds{};  // that something of the account can reach
  std::string file{};                          // where the text goes, for its comments

  // Empty if it is not among `keys`.
  std::string_view value(std::string_view key) const;
};

// A file for parse(), which tells whether the values are good.
std::string first_file(const FirstAccount& account);

}  // namespace cpaas::config
