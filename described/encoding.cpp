#include "described/encoding.h"

#include <cstdint>

extern "C" {
#include <nettle/base16.h>
#include <nettle/base64.h>
}

namespace cpaas::described {
namespace {

const std::uint8_t* data_of(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
  base64_encode_raw(text.data(), bytes.size(), data_of(bytes));
  return text;
}

std::string hex(std::string_view bytes) {
  std::string text(BASE16_ENCODE_LENGTH(bytes.size()), '\0');
  base16_encode_update(text.data(), bytes.size(), data_of(bytes));
  return text;
}

}  // namespace cpaas::described
