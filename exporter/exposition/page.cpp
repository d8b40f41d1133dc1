#include "exporter/exposition/page.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace cpaas::exposition {
namespace {

const Bytef* bytes(std::string_view text) {
  return reinterpret_cast<const Bytef*>(text.data());
}

// gzip member header: deflate, no name, no time, unknown system (RFC 1952, section 2.3).
constexpr std::string_view gzip_header{"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10};
// An empty last deflate block with fixed codes.
constexpr std::string_view last_block{"\x03\x00", 2};

void append_little_endian(std::string& out, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>((value >> shift) & 0xFFU));
}

}  // namespace

// Raw deflate of independent pieces: each ends with a full flush, so that pieces can be joined in any order.
class PageBuilder::Deflater {
 public:
  explicit Deflater(Effort effort) {
    struct Settings {
      int level, window_bits, memory;  // negative bits: raw deflate
    };
    const Settings settings = effort == Effort::compress ? Settings{5, -15, 8} : Settings{0, -9, 1};
    if (deflateInit2(&stream_, settings.level, Z_DEFLATED, settings.window_bits, settings.memory,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  Compressed operator()(std::string_view text) {
    Compressed result;
    result.size = text.size();
    result.crc = static_cast<std::uint32_t>(crc32_z(0, bytes(text), text.size()));
    deflateReset(&stream_);
    stream_.next_in = const_cast<Bytef*>(bytes(text));
    stream_.avail_in = static_cast<uInt>(text.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      deflate(&stream_, Z_FULL_FLUSH);
      result.deflated.append(buffer_.data(), buffer_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    return result;
  }

 private:
  z_stream stream_{};
  std::array<char, 16384> buffer_{};
};

Snapshot::Snapshot(std::string text, std::string text_gzip, std::string openmetrics_gzip)
    : text_(std::move(text)),
      text_gzip_(std::move(text_gzip)),
      openmetrics_gzip_(std::move(openmetrics_gzip)) {}

const std::string& Snapshot::body(Format format, bool gzip) const {
  if (format == Format::text) return gzip ? text_gzip_ : text_;
  if (gzip) return openmetrics_gzip_;
  std::call_once(inflate_once_, [this] { openmetrics_ = gunzip(openmetrics_gzip_); });
  return openmetrics_;
}

void PageBuilder::put(SourceId source, std::vector<Section> sections) {
  std::vector<std::string> names;
  for (Section& section : sections) {
    Family& family = families_[section.name];
    std::string& lines = family.lines[source];
    if (lines != section.lines || family.help != section.help || family.kind != section.kind) {
      family.changed = true;
    }
    family.kind = section.kind;
    family.help = std::move(section.help);
    lines = std::move(section.lines);
    if (section.openmetrics_lines.empty()) {
      if (family.openmetrics_lines.erase(source) > 0) family.changed = true;
    } else {  // it differs whenever `lines` does, and otherwise only when a start time moved
      std::string& own = family.openmetrics_lines[source];
      family.changed = family.changed || own != section.openmetrics_lines;
      own = std::move(section.openmetrics_lines);
    }
    names.push_back(std::move(section.name));
  }
  std::sort(names.begin(), names.end());
  std::vector<std::string>& before = names_of_source_[source];
  for (const std::string& name : before) {
    if (std::binary_search(names.begin(), names.end(), name)) continue;
    const auto family = families_.find(name);
    family->second.lines.erase(source);
    family->second.openmetrics_lines.erase(source);
    family->second.changed = true;
    if (family->second.lines.empty()) families_.erase(family);
  }
  before = std::move(names);
  if (before.empty()) names_of_source_.erase(source);
}

void PageBuilder::compress(Deflater& deflater, const std::string& name, Family& family) {
  std::string text = family_header(Format::text, name, family.kind, family.help);
  std::string openmetrics = family_header(Format::openmetrics, name, family.kind, family.help);
  const bool differ = text != openmetrics || !family.openmetrics_lines.empty();
  for (const auto& [source, lines] : family.lines) {
    text += lines;
    if (!differ) continue;
    const auto own = family.openmetrics_lines.find(source);
    openmetrics += own == family.openmetrics_lines.end() ? lines : own->second;
  }
  family.text = deflater(text);
  family.openmetrics = differ ? deflater(openmetrics) : Compressed{};
}

std::string PageBuilder::gzip_of(const std::map<std::string, Family, std::less<>>& families, Format format,
                                 Deflater& deflater) {
  std::string out(gzip_header);
  uLong crc = crc32_z(0, nullptr, 0);
  std::size_t size = 0;
  const auto append = [&](const Compressed& piece) {
    out += piece.deflated;
    crc = crc32_combine(crc, piece.crc, static_cast<z_off_t>(piece.size));
    size += piece.size;
  };
  for (const auto& [name, family] : families) {
    append(format == Format::openmetrics && family.openmetrics.size != 0 ? family.openmetrics : family.text);
  }
  if (!page_end(format).empty()) append(deflater(page_end(format)));
  out += last_block;
  append_little_endian(out, static_cast<std::uint32_t>(crc));
  append_little_endian(out, static_cast<std::uint32_t>(size));
  out.shrink_to_fit();
  return out;
}

std::shared_ptr<const Snapshot> PageBuilder::build(Effort effort) {
  Deflater deflater(effort);
  std::size_t size = 0;
  for (auto& [name, family] : families_) {
    if (family.changed) compress(deflater, name, family);
    family.changed = effort == Effort::stored;
    size += family.text.size;
  }
  std::string text;
  text.reserve(size);
  for (const auto& [name, family] : families_) {
    text += family_header(Format::text, name, family.kind, family.help);
    for (const auto& [source, lines] : family.lines) text += lines;
  }
  return std::make_shared<const Snapshot>(std::move(text), gzip_of(families_, Format::text, deflater),
                                          gzip_of(families_, Format::openmetrics, deflater));
}

std::string gunzip(std::string_view body) {
  z_stream stream{};
  constexpr int gzip_only = 15 + 16;
  if (inflateInit2(&stream, gzip_only) != Z_OK) return {};
  stream.next_in = const_cast<Bytef*>(bytes(body));
  stream.avail_in = static_cast<uInt>(body.size());
  std::string out;
  std::array<char, 16384> buffer{};
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = buffer.size();
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return status == Z_STREAM_END ? out : std::string{};
}

}  // namespace cpaas::exposition
