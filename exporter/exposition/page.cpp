#include "exporter/exposition/page.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
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
  Deflater() {
    constexpr int level = 6, raw = -15, memory = 8;
    if (deflateInit2(&stream_, level, Z_DEFLATED, raw, memory, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  Piece operator()(std::string_view text) {
    Piece result;
    if (text.empty()) return result;
    result.size = text.size();
    result.crc = static_cast<std::uint32_t>(crc32_z(0, bytes(text), text.size()));
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

Snapshot::Snapshot(std::string text, Compressed gzip) : text_(std::move(text)), gzip_(std::move(gzip)) {}

Snapshot::Snapshot(std::string text, std::string openmetrics)
    : text_(std::move(text)), openmetrics_(std::move(openmetrics)) {}

const std::string& Snapshot::body(Format format, bool gzip) const {
  if (gzip) return format == Format::text ? gzip_.text : gzip_.openmetrics;
  if (format == Format::text) return text_;
  if (has_gzip()) std::call_once(openmetrics_once_, [this] { openmetrics_ = gunzip(gzip_.openmetrics); });
  return openmetrics_;
}

PageBuilder::SourceId PageBuilder::chunk_of(SourceId source) {
  constexpr SourceId sources_in_chunk = 64;
  return source - source % sources_in_chunk;
}

void PageBuilder::put(SourceId source, std::vector<Section> sections) {
  std::vector<std::string> names;
  for (Section& section : sections) {
    Family& family = families_[section.name];
    if (family.header.text.empty() || family.help != section.help || family.kind != section.kind) {
      family.kind = section.kind;
      family.help = std::move(section.help);
      family.header = {family_header(Format::text, section.name, family.kind, family.help),
                       family_header(Format::openmetrics, section.name, family.kind, family.help)};
      if (!family.chunks.empty()) family.chunks.begin()->second.changed = true;
    }
    Chunk& chunk = family.chunks[chunk_of(source)];
    std::string& lines = chunk.lines[source];
    chunk.changed = chunk.changed || lines != section.lines;
    lines = std::move(section.lines);
    if (section.openmetrics_lines.empty()) {
      if (chunk.openmetrics_lines.erase(source) > 0) chunk.changed = true;
    } else {  // it differs whenever `lines` does, and otherwise only when a start time moved
      std::string& own = chunk.openmetrics_lines[source];
      chunk.changed = chunk.changed || own != section.openmetrics_lines;
      own = std::move(section.openmetrics_lines);
    }
    names.push_back(std::move(section.name));
  }
  std::sort(names.begin(), names.end());
  std::vector<std::string>& before = names_of_source_[source];
  for (const std::string& name : before) {
    if (std::binary_search(names.begin(), names.end(), name)) continue;
    const auto family = families_.find(name);
    take_out(family->second, source);
    if (family->second.chunks.empty()) families_.erase(family);
  }
  before = std::move(names);
  if (before.empty()) names_of_source_.erase(source);
}

void PageBuilder::take_out(Family& family, SourceId source) {
  const auto at = family.chunks.find(chunk_of(source));
  Chunk& chunk = at->second;
  chunk.lines.erase(source);
  chunk.openmetrics_lines.erase(source);
  chunk.changed = true;
  if (chunk.lines.empty()) family.chunks.erase(at);
}

const std::string& PageBuilder::header_of(const Family& family, Format format) {
  return format == Format::openmetrics ? family.header.openmetrics : family.header.text;
}

void PageBuilder::append_lines(std::string& out, const Chunk& chunk, Format format) {
  for (const auto& [source, lines] : chunk.lines) {
    const auto own =
        format == Format::openmetrics ? chunk.openmetrics_lines.find(source) : chunk.openmetrics_lines.end();
    out += own == chunk.openmetrics_lines.end() ? lines : own->second;
  }
}

void PageBuilder::compress(Deflater& deflater, const Family& family, Chunk& chunk, bool first) {
  const auto piece_of = [&](Format format) {
    std::string text = first ? header_of(family, format) : std::string{};
    append_lines(text, chunk, format);
    return deflater(text);
  };
  const bool differ =
      !chunk.openmetrics_lines.empty() || (first && family.header.text != family.header.openmetrics);
  chunk.text = piece_of(Format::text);
  chunk.openmetrics = differ ? piece_of(Format::openmetrics) : Piece{};
  chunk.changed = false;
  chunk.first = first;
}

std::string PageBuilder::plain(Format format) const {
  std::size_t size = page_end(format).size();
  for (const auto& [name, family] : families_) {
    size += header_of(family, format).size();
    for (const auto& [id, chunk] : family.chunks) {
      for (const auto& [source, lines] : chunk.lines) size += lines.size();
    }
  }
  std::string out;
  out.reserve(size);  // less than it takes where sources have OpenMetrics lines of their own
  for (const auto& [name, family] : families_) {
    out += header_of(family, format);
    for (const auto& [id, chunk] : family.chunks) append_lines(out, chunk, format);
  }
  return out += page_end(format);
}

std::string PageBuilder::gzip(Format format, Deflater& deflater) const {
  std::vector<const Piece*> pieces;
  for (const auto& [name, family] : families_) {
    for (const auto& [id, chunk] : family.chunks) {
      const bool own = format == Format::openmetrics && chunk.openmetrics.size != 0;
      pieces.push_back(own ? &chunk.openmetrics : &chunk.text);
    }
  }
  const Piece end = deflater(page_end(format));
  pieces.push_back(&end);

  constexpr std::size_t trailer_size = 8;
  std::size_t body_size = gzip_header.size() + last_block.size() + trailer_size;
  for (const Piece* piece : pieces) body_size += piece->deflated.size();
  std::string out;
  out.reserve(body_size);
  out += gzip_header;
  uLong crc = crc32_z(0, nullptr, 0);
  std::size_t size = 0;
  for (const Piece* piece : pieces) {
    out += piece->deflated;
    crc = crc32_combine(crc, piece->crc, static_cast<z_off_t>(piece->size));
    size += piece->size;
  }
  out += last_block;
  append_little_endian(out, static_cast<std::uint32_t>(crc));
  append_little_endian(out, static_cast<std::uint32_t>(size));
  return out;
}

std::shared_ptr<const Snapshot> PageBuilder::build() {
  Deflater deflater;
  for (auto& [name, family] : families_) {
    for (auto& [id, chunk] : family.chunks) {
      const bool first = id == family.chunks.begin()->first;
      if (chunk.changed || chunk.first != first) compress(deflater, family, chunk, first);
    }
  }
  return std::make_shared<const Snapshot>(
      plain(Format::text),
      Snapshot::Compressed{gzip(Format::text, deflater), gzip(Format::openmetrics, deflater)});
}

std::shared_ptr<const Snapshot> PageBuilder::build_plain() const {
  return std::make_shared<const Snapshot>(plain(Format::text), plain(Format::openmetrics));
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
