#include "exporter/core/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace cpaas {
namespace {

bool continuation(unsigned char byte) {
  return (byte & 0xC0U) == 0x80U;
}

// Length of the valid sequence that starts at `at`, or 0 (Unicode 15, table 3-7).
std::size_t sequence_length(std::string_view text, std::size_t at) {
  auto byte = [&](std::size_t i) -> unsigned char {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continuation(byte(1)) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned char low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = first == 0xED ? 0x9F : 0xBF;
    return byte(1) >= low && byte(1) <= high && continuation(byte(2)) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned char low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xF4 ? 0x8F : 0xBF;
    return byte(1) >= low && byte(1) <= high && continuation(byte(2)) && continuation(byte(3)) ? 4 : 0;
  }
  return 0;
}

// The end of the ASCII that `text` has from `from` on, looked at eight bytes at a time.
std::size_t skip_ascii(std::string_view text, std::size_t from) {
  constexpr std::uint64_t top_bits = 0x8080808080808080;
  for (std::uint64_t eight = 0; text.size() - from >= sizeof eight; from += sizeof eight) {
    std::memcpy(&eight, text.data() + from, sizeof eight);
    if ((eight & top_bits) != 0) break;
  }
  return from;
}

std::size_t first_invalid(std::string_view text, std::size_t from) {
  while (from < text.size()) {
    from = skip_ascii(text, from);
    if (from == text.size()) break;
    const std::size_t length = sequence_length(text, from);
    if (length == 0) return from;
    from += length;
  }
  return std::string_view::npos;
}

// ASCII's and C1's (U+0080 to U+009F, some of which terminals obey) as spaces. `text` is valid UTF-8.
std::string without_controls(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    result.push_back(c1 || byte < 0x20 || byte == 0x7F ? ' ' : text[i]);
    if (c1) ++i;
  }
  return result;
}

}  // namespace

std::string valid_utf8(std::string text) {
  if (first_invalid(text, 0) == std::string_view::npos) return text;
  std::string result;
  append_valid_utf8(result, text);
  return result;
}

void append_valid_utf8(std::string& out, std::string_view text) {
  std::size_t done = 0;
  std::size_t bad = first_invalid(text, 0);
  while (bad != std::string_view::npos) {
    out.append(text, done, bad - done).append("\xEF\xBF\xBD");
    done = bad + 1;
    while (done < text.size() && continuation(static_cast<unsigned char>(text[done]))) ++done;
    bad = first_invalid(text, done);
  }
  out.append(text, done);
}

std::string_view first_bytes(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  for (int back = 0; back < 3 && end > 0 && continuation(static_cast<unsigned char>(text[end])); ++back)
    --end;
  return text.substr(0, end);
}

std::string one_line(std::string_view text, std::size_t limit) {
  std::string result = without_controls(valid_utf8(std::string(first_bytes(text, limit))));
  result.resize(first_bytes(result, limit).size());  // a replaced byte takes three
  return result;
}

}  // namespace cpaas
