#include "tests/exposition/inflate.h"

#include <dlfcn.h>
#include <zlib.h>

#include <atomic>
#include <cstdint>

namespace {
std::atomic<int> checksums = 0;
}

// Stands before zlib's own: called once for each piece that is compressed.
extern "C" uLong crc32_z(uLong crc, const Bytef* data, z_size_t size) {
  static const auto real =
      reinterpret_cast<uLong (*)(uLong, const Bytef*, z_size_t)>(dlsym(RTLD_NEXT, "crc32_z"));
  if (data != nullptr) ++checksums;
  return real(crc, data, size);
}

namespace cpaas::exposition {
namespace {

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return value;
}

}  // namespace

int compressions() {
  return checksums;
}

Gzip inflate_member(std::string_view body) {
  Gzip gzip;
  if (body.size() < 18) return gzip;
  z_stream stream{};
  constexpr int gzip_only = 15 + 16;
  if (inflateInit2(&stream, gzip_only) != Z_OK) return gzip;
  std::string input(body);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  std::string buffer(1 << 20, '\0');
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    status = inflate(&stream, Z_NO_FLUSH);
    gzip.text.append(buffer, 0, buffer.size() - stream.avail_out);
  }
  gzip.whole = status == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  gzip.crc = little_endian(body.substr(body.size() - 8));
  gzip.size = little_endian(body.substr(body.size() - 4));
  return gzip;
}

}  // namespace cpaas::exposition
