// Independent reading of gzip bodies, and a count of what zlib is asked to compress.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cpaas::exposition {

struct Gzip {
  bool whole = false;     // inflated to the end of one member, and nothing follows it
  std::string text;       // uncompressed
  std::uint32_t crc = 0;  // as the trailer says
  std::uint32_t size = 0;
};
Gzip inflate_member(std::string_view body);

// How many pieces were compressed since the program began.
int compressions();

}  // namespace cpaas::exposition
