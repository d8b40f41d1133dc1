#include "sandbox/distort.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <stdexcept>

namespace sandbox {

namespace {

bool holds_number(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return !text.empty() && text.find_first_not_of("0123456789.-:") == std::string::npos;
}

using Leaf = std::function<std::string(const Json&)>;
using Member = std::function<std::string(const std::string& key, const Json&)>;

// Writes JSON, with `leaf` for what is neither object nor array and `extra` after each member of an object.
std::string write(const Json& value, const Leaf& leaf, const Member& extra) {
  if (!value.is_structured()) return leaf(value);
  std::string text{value.is_object() ? "{" : "["};
  for (const auto& [key, item] : value.items()) {
    if (text.size() > 1) text += ',';
    if (value.is_object()) text += Json(key).dump() + ":";
    text += write(item, leaf, extra);
    if (value.is_object()) text += extra(key, item);
  }
  return text + (value.is_object() ? "}" : "]");
}

class Deflater {
 public:
  Deflater() {
    constexpr int kGzipWindow = 15 + 16;
    if (deflateInit2(&stream_, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::runtime_error("zlib cannot compress");
    }
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void add(std::string_view text, bool last, std::string& out) {
    std::array<char, 16384> buffer{};
    // zlib reads but does not write there.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // NOLINT
    stream_.avail_in = static_cast<uInt>(text.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream_.avail_out = static_cast<uInt>(buffer.size());
      deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
      out.append(buffer.data(), buffer.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

}  // namespace

std::string with_numbers_replaced(const Json& right, std::string_view raw) {
  const auto leaf = [&](const Json& value) {
    if (value.is_number()) return std::string{raw};
    return holds_number(value) ? Json(std::string{raw}).dump() : value.dump();
  };
  return write(right, leaf, [](const std::string&, const Json&) { return std::string{}; });
}

std::string with_duplicate_keys(const Json& right) {
  const auto again = [](const std::string& key, const Json& value) {
    if (!value.is_number()) return std::string{};
    return "," + Json(key).dump() + ":" + Json(value.get<double>() + 1).dump();
  };
  return write(
      right, [](const Json& value) { return value.dump(); }, again);
}

std::string with_invalid_utf8(std::string text) {
  const auto value = text.find(":\"");
  if (value == std::string::npos) return text + "\xff\xfe";
  return text.insert(value + 2, "\xff\xfe");
}

std::string nested_arrays(std::int64_t depth) {
  const auto count = static_cast<std::size_t>(depth);
  return std::string(count, '[') + std::string(count, ']');
}

std::string gzip(std::string_view text) {
  std::string out;
  Deflater{}.add(text, true, out);
  return out;
}

std::string gzip_bomb(std::int64_t size) {
  const std::string block(1 << 20, ' ');
  Deflater deflater;
  std::string out;
  for (std::int64_t left = size; left > 0;) {
    const auto part = std::min<std::int64_t>(left, static_cast<std::int64_t>(block.size()));
    deflater.add(std::string_view{block}.substr(0, static_cast<std::size_t>(part)), false, out);
    left -= part;
  }
  deflater.add({}, true, out);
  return out;
}

}  // namespace sandbox
