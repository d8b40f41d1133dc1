// What goes over the wire for one request, with the ways in which a fault may spoil it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sandbox {

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  std::int64_t delay_ms = 0;  // before the first byte
  std::int64_t byte_ms = 0;   // above 0: the body goes out a byte at a time, with this pause before each
  bool hang_up = false;       // close without an answer
  bool close = false;         // close after the answer
  std::optional<std::size_t> cut_body;  // send only so many bytes of the promised body, then close
  // So many filler bytes stand between `body` and `tail`; sent in blocks, never held in memory at once.
  std::int64_t filler = 0;
  std::string tail;
};

}  // namespace sandbox
