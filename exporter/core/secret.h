// A value that must never be shown.
#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace cpaas {

// Prints as <secret> wherever it is streamed; only reveal() gives the text, for the wire.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend bool operator==(const Secret&, const Secret&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "<secret>"; }

 private:
  std::string text_;
};

}  // namespace cpaas
