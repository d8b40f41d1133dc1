#include "exporter/engine/packed_samples.h"

#include <array>
#include <cstring>

namespace cpaas::engine {
namespace {

void append_number(std::string& out, std::size_t number) {  // seven bits a byte
  for (; number >= 0x80U; number >>= 7U) out.push_back(static_cast<char>((number & 0x7FU) | 0x80U));
  out.push_back(static_cast<char>(number));
}

std::size_t read_number(std::string_view& rest) {
  std::size_t number = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    number |= static_cast<std::size_t>(byte & 0x7FU) << shift;
    if (byte < 0x80U) return number;
  }
}

}  // namespace

PackedSamples::PackedSamples(const std::vector<Sample>& samples) {
  for (const Sample& sample : samples) add(sample);
  finish();
}

void PackedSamples::add(const Sample& sample) {
  const Kind kind = kind_of(sample);
  // Mostly the same as before, or what followed it in the row before.
  const auto last = kinds_.begin() + static_cast<std::ptrdiff_t>(last_kind_);
  auto found = std::find(last, kinds_.end(), kind);
  if (found == kinds_.end()) found = std::find(kinds_.begin(), kinds_.end(), kind);
  if (found == kinds_.end()) found = kinds_.insert(found, kind);
  last_kind_ = static_cast<std::size_t>(found - kinds_.begin());
  const std::string& key = sample.labels.key();
  const auto differs = std::mismatch(key.begin(), key.end(), last_key_.begin(), last_key_.end());
  const auto common = static_cast<std::size_t>(differs.first - key.begin());
  append_number(bytes_, last_kind_);
  append_number(bytes_, common);
  append_number(bytes_, key.size() - common);
  bytes_.append(key, common);
  std::array<char, sizeof(double)> value{};
  std::memcpy(value.data(), &sample.value, value.size());
  bytes_.append(value.data(), value.size());
  last_key_ = key;
  ++size_;
}

void PackedSamples::finish() {
  bytes_.shrink_to_fit();
  std::string().swap(last_key_);
}

void PackedSamples::read(std::string_view& rest, std::string& key, Sample& sample) const {
  const Kind& kind = kinds_[read_number(rest)];
  sample.family = kind.family;
  sample.window = kind.window;
  sample.expires = kind.expires;
  key.resize(read_number(rest));
  const std::size_t more = read_number(rest);
  key.append(rest.substr(0, more));
  sample.labels.assign_key(key);
  std::memcpy(&sample.value, rest.data() + more, sizeof sample.value);
  rest.remove_prefix(more + sizeof sample.value);
}

}  // namespace cpaas::engine
