// The bytes of one connection, without waiting: plain here, encrypted in tls_stream.h.
#pragma once

#include <cstdint>
#include <string_view>

namespace cpaas {

// What came of a call: bytes went over, or the socket must first be readable or writable, or it is over.
struct Moved {
  enum class Kind : std::uint8_t { bytes, wait_to_read, wait_to_write, over };
  Kind kind = Kind::over;
  std::size_t count = 0;  // of `bytes`, at least 1
};

class WebStream {
 public:
  virtual ~WebStream() = default;
  // At most `size` bytes.
  virtual Moved read(char* to, std::size_t size) = 0;
  // Some of both texts, from the beginning; not both empty. What was not taken must be offered again.
  virtual Moved write(std::string_view first, std::string_view second) = 0;
  // No more will be written. Never waits.
  virtual void end_of_output() = 0;
};

class PlainStream : public WebStream {
 public:
  explicit PlainStream(int socket) : socket_(socket) {}  // non-blocking; stays the caller's
  Moved read(char* to, std::size_t size) override;
  Moved write(std::string_view first, std::string_view second) override;
  void end_of_output() override;

 private:
  int socket_;
};

}  // namespace cpaas
