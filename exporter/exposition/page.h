// The whole page, kept up to date at the cost of what changed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
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

// One immutable state of the page in every form that a scraper may ask for. Thread-safe.
class Snapshot {
 public:
  struct Compressed {
    std::string text;
    std::string openmetrics;
  };
  Snapshot(std::string text, Compressed gzip);
  Snapshot(std::string text, std::string openmetrics);  // without the compressed forms

  bool has_gzip() const { return !gzip_.text.empty(); }

  // Ready bytes, valid as long as the snapshot. `gzip` only where has_gzip().
  const std::string& body(Format format, bool gzip) const;

 private:
  std::string text_;
  Compressed gzip_;
  mutable std::once_flag openmetrics_once_;
  mutable std::string openmetrics_;  // made from the compressed form at first use, unless given
};

// Families in the order of their names, each with one HELP and TYPE; within a family the sources in the order
// of their ids. What did not change since the last build keeps its compressed form. Not thread-safe.
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
  struct Piece {
    std::string deflated;  // ends on a byte boundary, without history for what follows
    std::uint32_t crc = 0;
    std::size_t size = 0;  // before compression
  };
  struct Header {  // HELP and TYPE
    std::string text;
    std::string openmetrics;
  };
  // Neighbouring sources, compressed together: alone they would compress badly, and with all sources of the
  // family each change would cost as much as the whole.
  struct Chunk {
    std::map<SourceId, std::string> lines;
    std::map<SourceId, std::string> openmetrics_lines;  // of the sources that have their own
    bool changed = true;
    bool first = false;  // in its family when it was compressed: the header is part of it
    Piece text;
    Piece openmetrics;  // empty when it is the same as `text`
  };
  struct Family {
    Kind kind = Kind::gauge;
    std::string help;
    Header header;
    std::map<SourceId, Chunk> chunks;  // by the least id that belongs in it
  };
  using Families = std::map<std::string, Family, std::less<>>;
  class Deflater;

  static SourceId chunk_of(SourceId source);
  static void take_out(Family& family, SourceId source);
  static const std::string& header_of(const Family& family, Format format);
  static void append_lines(std::string& out, const Chunk& chunk, Format format);
  static void compress(Deflater& deflater, const Family& family, Chunk& chunk, bool first);
  std::string plain(Format format) const;
  std::string gzip(Format format, Deflater& deflater) const;

  Families families_;
  std::map<SourceId, std::vector<std::string>> names_of_source_;
};

// The uncompressed form of a gzip body made here; empty if `body` is not whole.
std::string gunzip(std::string_view body);

}  // namespace cpaas::exposition
