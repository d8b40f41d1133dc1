// The end of a request's body, as RFC 9112 tells it; of the body only the beginning is kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cpaas {

class WebBodyReader {
 public:
  static constexpr std::size_t max_size = 64 * 1024;  // of the data; of all lines between it as much again
  static constexpr std::size_t max_kept = 1024;       // of the data

  enum class State : std::uint8_t { more, over, bad, too_long };

  static WebBodyReader none() { return {}; }
  static WebBodyReader of_length(std::size_t length);
  static WebBodyReader of_chunks();

  // Takes what belongs to the body from the front of `input`.
  State read(std::string& input);

  // The data that was read so far, its first `max_kept` bytes.
  const std::string& kept() const { return kept_; }

 private:
  enum class At : std::uint8_t { data, chunk_head, chunk_end, trailer, over };
  State read_line(std::string& input);
  State take_line(std::string_view line);

  At at_ = At::over;
  bool chunked_ = false;
  std::size_t left_ = 0;   // of this chunk or of all
  std::size_t data_ = 0;   // so far announced
  std::size_t lines_ = 0;  // bytes of lines so far
  std::string kept_;
};

}  // namespace cpaas
