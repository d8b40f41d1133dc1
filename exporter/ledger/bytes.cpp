#include "exporter/ledger/bytes.h"

#include <array>
#include <cstdint>
#include <utility>

namespace cpaas::ledger {
namespace {

__extension__ typedef unsigned __int128 Bits;

constexpr std::size_t checksum_size = 4;

std::uint32_t checksum(std::string_view bytes) {  // FNV-1a
  std::uint32_t hash = 2166136261U;
  for (const char each : bytes) hash = (hash ^ static_cast<unsigned char>(each)) * 16777619U;
  return hash;
}

char low_byte(std::uint32_t value) {
  return static_cast<char>(static_cast<unsigned char>(value & 0xFFU));
}

}  // namespace

// Small magnitudes are small, whatever their sign; seven bits a byte.
void Writer::number(Micros value) {
  Bits bits = value < 0 ? ~(static_cast<Bits>(value) << 1U) : static_cast<Bits>(value) << 1U;
  std::array<char, 19> bytes{};
  std::size_t size = 0;
  const auto take_from = [&](auto& from) {
    bytes[size++] = low_byte(static_cast<std::uint32_t>(from & 0x7FU) | 0x80U);
    from >>= 7U;
  };
  while (bits > UINT64_MAX) take_from(bits);
  auto small = static_cast<std::uint64_t>(bits);  // nearly all are, and quicker
  while (small >= 0x80U) take_from(small);
  bytes[size++] = low_byte(static_cast<std::uint32_t>(small));
  bytes_.append(bytes.data(), size);
}

void Writer::text(std::string_view value) {
  number(static_cast<Micros>(value.size()));
  bytes_ += value;
}

std::string Writer::take() {
  const std::uint32_t sum = checksum(bytes_);
  for (std::uint32_t i = 0; i < checksum_size; ++i) bytes_ += low_byte(sum >> (8U * i));
  return std::exchange(bytes_, {});
}

Reader::Reader(std::string_view bytes) {
  if (bytes.size() < checksum_size) {
    good_ = false;
    return;
  }
  rest_ = bytes.substr(0, bytes.size() - checksum_size);
  std::uint32_t sum = 0;
  for (std::uint32_t i = 0; i < checksum_size; ++i) {
    sum |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[rest_.size() + i])) << (8U * i);
  }
  good_ = sum == checksum(rest_);
  if (!good_) rest_ = {};
}

Micros Reader::number() {
  std::uint64_t small = 0;  // what fits in it, as nearly all does, is quicker
  Bits bits = 0;
  std::size_t size = 0;
  for (const char each : rest_) {
    const auto byte = static_cast<unsigned char>(each);
    const auto shift = static_cast<unsigned>(size++) * 7;
    if (shift < 63) {
      small |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    } else {
      bits |= static_cast<Bits>(byte & 0x7FU) << shift;
    }
    if ((byte & 0x80U) == 0) {
      rest_.remove_prefix(size);
      bits |= small;
      const auto half = static_cast<Micros>(bits >> 1U);
      return (bits & 1U) != 0 ? ~half : half;
    }
    if (shift + 7 >= 128) break;
  }
  good_ = false;
  rest_ = {};
  return 0;
}

std::uint64_t Reader::count(std::uint64_t most) {
  const Micros value = number();
  if (value >= 0 && value <= static_cast<Micros>(most)) return static_cast<std::uint64_t>(value);
  good_ = false;
  rest_ = {};
  return 0;
}

std::string_view Reader::text() {
  const std::uint64_t size = count(rest_.size());
  if (size > rest_.size()) {
    good_ = false;
    rest_ = {};
    return {};
  }
  const std::string_view value = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return value;
}

}  // namespace cpaas::ledger
