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
  Snapshot(std::string text, std::string text_gzip, std::string openmetrics_gzip);

  // Ready bytes, valid as long as the snapshot.
  const std::string& body(Format format, bool gzip) const;

 private:
  std::string text_;
  std::string text_gzip_;
  std::string openmetrics_gzip_;
  mutable std::once_flag inflate_once_;
  mutable std::string openmetrics_;  // hardly ever asked for: made from the compressed form at first use
};

// Families in the order of their names, each with one HELP and TYPE; within a family the sources in the order
// of their ids. Families that did not change since the last build keep their compressed form. Not
// thread-safe.
class PageBuilder {
 public:
  using SourceId = std::uint64_t;

  // Replaces all that the source contributed before; at most one section a name.
  void put(SourceId source, std::vector<Section> sections);
  void remove(SourceId source) { put(source, {}); }

  // How the compressed forms are made: `stored` is quick, for a page that is soon replaced; what it holds is
  // compressed by the next build.
  enum class Effort : std::uint8_t { compress, stored };

  std::shared_ptr<const Snapshot> build(Effort effort = Effort::compress);

 private:
  struct Compressed {
    std::string deflated;  // ends on a byte boundary, without history for what follows
    std::uint32_t crc = 0;
    std::size_t size = 0;  // before compression
  };
  struct Family {
    Kind kind = Kind::gauge;
    std::string help;
    std::map<SourceId, std::string> lines;
    std::map<SourceId, std::string> openmetrics_lines;  // of the sources that have their own
    bool changed = true;
    Compressed text;
    Compressed openmetrics;  // empty when it is the same as `text`
  };
  class Deflater;

  static void compress(Deflater& deflater, const std::string& name, Family& family);
  static std::string gzip_of(const std::map<std::string, Family, std::less<>>& families, Format format,
                             Deflater& deflater);

  std::map<std::string, Family, std::less<>> families_;
  std::map<SourceId, std::vector<std::string>> names_of_source_;
};

// The uncompressed form of a gzip body made here; empty if `body` is not whole.
std::string gunzip(std::string_view body);

}  // namespace cpaas::exposition
