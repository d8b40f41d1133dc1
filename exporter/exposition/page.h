// The whole page, kept up to date at the cost of what changed.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "exporter/exposition/text.h"

namespace cpaas::exposition {

// What one source (an account, or the exporter itself) contributes to one family.
struct Section {
  std::string name;  // the metric's name, with _total on a counter
  Kind kind;
  std::string help;                 // the same from every source
  std::string lines;                // whole sample lines, each ending in \n
  std::string openmetrics_lines{};  // in their place in OpenMetrics, where that has more to say; else empty
};

// Some text of the page, compressed so that pieces can be joined in any order. Immutable.
struct Piece {
  std::string deflated;  // ends on a byte boundary, without history for what follows
  std::uint32_t crc = 0;
  std::size_t size = 0;  // before compression
};
using Pieces = std::vector<std::shared_ptr<const Piece>>;

// One immutable state of the page in every form that a scraper may ask for. Thread-safe. It is kept in
// pieces, which it shares with the snapshots before and after it; a form is made of them when it is first
// asked for.
class Snapshot {
 public:
  Snapshot(Pieces text, Pieces openmetrics);
  Snapshot(std::string text, std::string openmetrics);  // without the compressed forms

  bool has_gzip() const { return has_gzip_; }
  // Whether body() is ready, or soon made: else it takes some seconds for each GB.
  bool is_quick(Format format, bool gzip) const;

  // Ready bytes, valid as long as the snapshot. `gzip` only where has_gzip().
  const std::string& body(Format format, bool gzip) const;

 private:
  struct Form {
    mutable std::once_flag once;
    mutable std::atomic<bool> made = false;
    mutable std::string body;
  };
  const Form& form(Format format, bool gzip) const {
    return forms_.at((format == Format::openmetrics ? 2U : 0U) + (gzip ? 1U : 0U));
  }

  bool has_gzip_;
  Pieces text_;
  Pieces openmetrics_;
  std::array<Form, 4> forms_;
};

// Families in the order of their names, each with one HELP and TYPE. Within a family sources stand in the
// order of their ids by 64, those that give much behind the others. What did not change since the last build
// keeps its compressed form; nothing is kept as plain text. Not thread-safe.
class PageBuilder {
 public:
  using SourceId = std::uint64_t;

  // Replaces all that the source contributed before; at most one section a name.
  void put(SourceId source, std::vector<Section> sections);
  void remove(SourceId source) { put(source, {}); }

  std::shared_ptr<const Snapshot> build();
  // The same page without compressed forms: quick, for a page that is soon replaced.
  std::shared_ptr<const Snapshot> build_plain() const;

 private:
  struct Header {  // HELP and TYPE
    std::string text;
    std::string openmetrics;
    friend bool operator==(const Header&, const Header&) = default;
  };
  struct Lines {
    std::string text;
    std::string openmetrics;  // empty where it is the same
  };
  // What a source gives. While the chunk is packed the lines themselves are only in its pieces.
  struct Part {
    std::size_t hash = 0;  // of all that it gives
    std::size_t text_size = 0;
    std::size_t openmetrics_size = 0;
    Lines lines{};
  };
  // Neighbouring sources, compressed together: alone they would compress badly, and with all sources of the
  // family each change would cost as much as the whole. One that gives much has a chunk of its own.
  struct Chunk {
    std::map<SourceId, Part> parts;
    bool packed = false;
    Header header{};  // that begins the pieces; its texts are empty in all but a family's first
    std::shared_ptr<const Piece> text{};
    std::shared_ptr<const Piece> openmetrics{};  // the same as `text` where nothing differs
  };
  struct ChunkId {
    SourceId group;  // the least id that belongs in it
    SourceId alone;  // one more than the source's id; 0: those that share a chunk
    friend bool operator==(const ChunkId&, const ChunkId&) = default;
    friend bool operator<(const ChunkId& a, const ChunkId& b) {
      return std::tie(a.group, a.alone) < std::tie(b.group, b.alone);
    }
  };
  struct Family {
    Kind kind = Kind::gauge;
    std::string help;
    Header header;
    std::map<ChunkId, Chunk> chunks;
  };
  using Families = std::map<std::string, Family, std::less<>>;
  class Deflater;

  static ChunkId chunk_of(SourceId source, std::size_t size);
  static void put_lines(Family& family, SourceId source, Lines lines);
  static void take_out(Family& family, SourceId source, ChunkId from);
  static void unpack(Chunk& chunk);
  static void pack(Deflater& deflater, Family& family, ChunkId id);
  static std::string text_of(const Chunk& chunk, Format format);
  std::string plain(Format format) const;

  Families families_;
  std::map<SourceId, std::map<std::string, ChunkId, std::less<>>> places_;  // by source and family
};

// The uncompressed form of a gzip body made here; empty if `body` is not whole.
std::string gunzip(std::string_view body);

}  // namespace cpaas::exposition
