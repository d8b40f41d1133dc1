// A compact binary form with a checksum, for what the store keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/ledger/amount.h"

namespace cpaas::ledger {

// Integers take as many bytes as they need.
class Writer {
 public:
  void number(Micros value);
  void text(std::string_view value);
  // With the checksum behind it. Leaves the writer empty.
  std::string take();

 private:
  std::string bytes_;
};

// Reads what a Writer wrote, in the same order. After the first failure everything reads as 0 or "".
class Reader {
 public:
  explicit Reader(std::string_view bytes);

  Micros number();
  // The same, for numbers within 0..most; anything else is a failure.
  std::uint64_t count(std::uint64_t most);
  std::string_view text();  // valid as long as the bytes

  bool at_end() const { return rest_.empty(); }
  // All was read, nothing failed, and the checksum is right.
  bool good() const { return good_ && at_end(); }
  bool failed() const { return !good_; }

 private:
  std::string_view rest_;
  bool good_ = true;
};

}  // namespace cpaas::ledger
