// Reading a fuzzer's bytes, and ending the process where a promise is broken.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

namespace cpaas::fuzz {

// libFuzzer keeps the input that led here.
inline void require(bool holds, std::string_view promise) {
  if (holds) return;
  std::fprintf(stderr, "broken promise: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

// The bytes from first to last; zeros after the end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : bytes_(data, size) {}

  bool empty() const { return bytes_.empty(); }
  std::uint8_t byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t first = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return first;
  }
  // 0 up to, not including, `end`.
  std::size_t below(std::size_t end) { return byte() % end; }
  // Up to the next line end, which is taken too.
  std::string line() {
    std::string text;
    while (!bytes_.empty()) {
      const auto each = static_cast<char>(byte());
      if (each == '\n') break;
      text += each;
    }
    return text;
  }
  std::string rest() {
    std::string text(bytes_.begin(), bytes_.end());
    bytes_ = {};
    return text;
  }

 private:
  std::span<const std::uint8_t> bytes_;
};

}  // namespace cpaas::fuzz
