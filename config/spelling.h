// Words for diagnostics.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cpaas::config {

// The candidate that `word` was most likely meant to be; nothing if none is near.
std::optional<std::string_view> nearest(std::string_view word, const std::vector<std::string>& candidates);

// " 'word'" if `text` looks like a key or a name that people make up, else "": other text may be a secret in
// the wrong place.
std::string shown_word(std::string_view text);

// "; did you mean 'NEAREST'?", or "" if no candidate is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

// "a, b, c"
template <class Words>
std::string join(const Words& words) {
  std::string result;
  for (const auto& word : words) result.append(result.empty() ? "" : ", ").append(word);
  return result;
}

}  // namespace cpaas::config
