#include "exporter/exposition/page.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

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

void append_inflated(std::string& out, const Piece& piece) {
  z_stream stream{};
  constexpr int raw = -15;
  if (inflateInit2(&stream, raw) != Z_OK) throw std::bad_alloc();
  const std::size_t begin = out.size();
  out.resize(begin + piece.size);
  stream.next_in = const_cast<Bytef*>(bytes(piece.deflated));
  stream.avail_in = static_cast<uInt>(piece.deflated.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + begin);
  stream.avail_out = static_cast<uInt>(piece.size);
  inflate(&stream, Z_SYNC_FLUSH);
  inflateEnd(&stream);
}

std::size_t size_of(const Pieces& pieces) {
  std::size_t size = 0;
  for (const auto& piece : pieces) size += piece->size;
  return size;
}

std::string inflated(const Pieces& pieces) {
  std::string out;
  out.reserve(size_of(pieces));
  for (const auto& piece : pieces) append_inflated(out, *piece);
  return out;
}

std::string gzip_member(const Pieces& pieces) {
  constexpr std::size_t trailer_size = 8;
  std::size_t body_size = gzip_header.size() + last_block.size() + trailer_size;
  for (const auto& piece : pieces) body_size += piece->deflated.size();
  std::string out;
  out.reserve(body_size);
  out += gzip_header;
  uLong crc = crc32_z(0, nullptr, 0);
  for (const auto& piece : pieces) {
    out += piece->deflated;
    crc = crc32_combine(crc, piece->crc, static_cast<z_off_t>(piece->size));
  }
  out += last_block;
  append_little_endian(out, static_cast<std::uint32_t>(crc));
  append_little_endian(out, static_cast<std::uint32_t>(size_of(pieces)));
  return out;
}

std::size_t hash_of(std::string_view text, std::string_view openmetrics) {
  const std::hash<std::string_view> hash;
  constexpr std::size_t odd = 0x9e3779b97f4a7c15U;
  return hash(text) + odd * hash(openmetrics);
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

  std::shared_ptr<const Piece> operator()(std::string_view text) {
    auto result = std::make_shared<Piece>();
    if (text.empty()) return result;
    result->size = text.size();
    result->crc = static_cast<std::uint32_t>(crc32_z(0, bytes(text), text.size()));
    stream_.next_in = const_cast<Bytef*>(bytes(text));
    stream_.avail_in = static_cast<uInt>(text.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      deflate(&stream_, Z_FULL_FLUSH);
      result->deflated.append(buffer_.data(), buffer_.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
    result->deflated.shrink_to_fit();
    return result;
  }

 private:
  z_stream stream_{};
  std::array<char, 16384> buffer_{};
};

// --- Snapshot

Snapshot::Snapshot(Pieces text, Pieces openmetrics)
    : has_gzip_(true), text_(std::move(text)), openmetrics_(std::move(openmetrics)) {}

Snapshot::Snapshot(std::string text, std::string openmetrics) : has_gzip_(false) {
  const auto take = [this](Format format, std::string& body) {
    const Form& made = form(format, false);
    std::call_once(made.once, [&] { made.body = std::move(body); });
    made.made = true;
  };
  take(Format::text, text);
  take(Format::openmetrics, openmetrics);
}

bool Snapshot::is_quick(Format format, bool gzip) const {
  constexpr std::size_t soon_made = 4'000'000;
  if (gzip || form(format, gzip).made) return true;
  return size_of(format == Format::text ? text_ : openmetrics_) < soon_made;
}

const std::string& Snapshot::body(Format format, bool gzip) const {
  const Form& wanted = form(format, gzip);
  std::call_once(wanted.once, [&] {
    const Pieces& pieces = format == Format::text ? text_ : openmetrics_;
    wanted.body = gzip ? gzip_member(pieces) : inflated(pieces);
    wanted.made = true;
  });
  return wanted.body;
}

// --- PageBuilder

PageBuilder::ChunkId PageBuilder::chunk_of(SourceId source, std::size_t size) {
  constexpr SourceId sources_in_chunk = 64;
  constexpr std::size_t much = 16384;
  return {source - source % sources_in_chunk, size < much ? 0 : source + 1};
}

void PageBuilder::put(SourceId source, std::vector<Section> sections) {
  std::map<std::string, ChunkId, std::less<>> places;
  std::optional<Deflater> deflater;
  for (Section& section : sections) {
    Family& family = families_[section.name];
    if (family.header.text.empty() || family.help != section.help || family.kind != section.kind) {
      family.kind = section.kind;
      family.help = std::move(section.help);
      family.header = {family_header(Format::text, section.name, family.kind, family.help),
                       family_header(Format::openmetrics, section.name, family.kind, family.help)};
    }
    const ChunkId id = chunk_of(source, section.lines.size());
    put_lines(family, source, {std::move(section.lines), std::move(section.openmetrics_lines)});
    // Much text does not wait for the next build.
    if (id.alone != 0 && !family.chunks.at(id).packed) {
      if (!deflater) deflater.emplace();
      pack(*deflater, family, id);
    }
    places.emplace(std::move(section.name), id);
  }
  const auto before = places_.find(source);
  if (before != places_.end()) {
    for (const auto& [name, id] : before->second) {
      const auto place = places.find(name);
      if (place != places.end() && place->second == id) continue;
      const auto family = families_.find(name);
      take_out(family->second, source, id);
      if (family->second.chunks.empty()) families_.erase(family);
    }
  }
  if (places.empty()) {
    places_.erase(source);
  } else {
    places_[source] = std::move(places);
  }
}

void PageBuilder::put_lines(Family& family, SourceId source, Lines lines) {
  const ChunkId id = chunk_of(source, lines.text.size());
  Chunk& chunk = family.chunks[id];
  Part next{hash_of(lines.text, lines.openmetrics), lines.text.size(), lines.openmetrics.size(), {}};
  const auto known = chunk.parts.find(source);
  if (known != chunk.parts.end()) {
    const Part& part = known->second;
    if (part.hash == next.hash && part.text_size == next.text_size &&
        part.openmetrics_size == next.openmetrics_size) {
      return;
    }
  }
  if (id.alone == 0) unpack(chunk);
  chunk.packed = false;
  next.lines = std::move(lines);
  chunk.parts[source] = std::move(next);
}

void PageBuilder::take_out(Family& family, SourceId source, ChunkId from) {
  const auto at = family.chunks.find(from);
  Chunk& chunk = at->second;
  unpack(chunk);
  chunk.parts.erase(source);
  if (chunk.parts.empty()) family.chunks.erase(at);
}

// Puts the lines back from the pieces.
void PageBuilder::unpack(Chunk& chunk) {
  if (!std::exchange(chunk.packed, false)) return;
  const auto each_part = [&](const Piece& piece, std::size_t header, const auto& take) {
    std::string text;
    append_inflated(text, piece);
    std::string_view rest = std::string_view(text).substr(header);
    for (auto& [source, part] : chunk.parts) rest.remove_prefix(take(part, rest));
  };
  each_part(*chunk.text, chunk.header.text.size(), [](Part& part, std::string_view rest) {
    part.lines.text = rest.substr(0, part.text_size);
    return part.text_size;
  });
  if (chunk.openmetrics == chunk.text) return;
  each_part(*chunk.openmetrics, chunk.header.openmetrics.size(), [](Part& part, std::string_view rest) {
    part.lines.openmetrics = rest.substr(0, part.openmetrics_size);
    return part.openmetrics_size == 0 ? part.text_size : part.openmetrics_size;
  });
}

std::string PageBuilder::text_of(const Chunk& chunk, Format format) {
  std::string out;
  for (const auto& [source, part] : chunk.parts) {
    const bool own = format == Format::openmetrics && part.openmetrics_size != 0;
    out += own ? part.lines.openmetrics : part.lines.text;
  }
  return out;
}

void PageBuilder::pack(Deflater& deflater, Family& family, ChunkId id) {
  Chunk& chunk = family.chunks.at(id);
  chunk.header = id == family.chunks.begin()->first ? family.header : Header{};
  const bool own =
      std::ranges::any_of(chunk.parts, [](const auto& each) { return each.second.openmetrics_size != 0; });
  chunk.text = deflater(chunk.header.text + text_of(chunk, Format::text));
  chunk.openmetrics = own || chunk.header.text != chunk.header.openmetrics
                          ? deflater(chunk.header.openmetrics + text_of(chunk, Format::openmetrics))
                          : chunk.text;
  for (auto& [source, part] : chunk.parts) {
    Lines empty;
    std::swap(part.lines, empty);  // assigning would keep the memory
  }
  chunk.packed = true;
}

std::shared_ptr<const Snapshot> PageBuilder::build() {
  Deflater deflater;
  Pieces text;
  Pieces openmetrics;
  const Header none;
  for (auto& [name, family] : families_) {
    const Header* header = &family.header;
    for (auto& [id, chunk] : family.chunks) {
      if (chunk.packed && chunk.header != *header) unpack(chunk);
      if (!chunk.packed) pack(deflater, family, id);
      text.push_back(chunk.text);
      openmetrics.push_back(chunk.openmetrics);
      header = &none;
    }
  }
  openmetrics.push_back(deflater(page_end(Format::openmetrics)));
  return std::make_shared<const Snapshot>(std::move(text), std::move(openmetrics));
}

std::string PageBuilder::plain(Format format) const {
  std::string out;
  for (const auto& [name, family] : families_) {
    out += format == Format::openmetrics ? family.header.openmetrics : family.header.text;
    for (const auto& [id, chunk] : family.chunks) {
      if (!chunk.packed) {
        out += text_of(chunk, format);
        continue;
      }
      Chunk unpacked = chunk;
      unpack(unpacked);
      out += text_of(unpacked, format);
    }
  }
  return out += page_end(format);
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
