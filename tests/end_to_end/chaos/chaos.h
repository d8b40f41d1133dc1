// Kills the exporter again and again, at random points, while the world that it reports on lives on, and
// compares its counters with the sandbox's books.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/end_to_end/support/books.h"
#include "tests/end_to_end/support/tally.h"

namespace cpaas::end_to_end {

struct ChaosOptions {
  int kills = 200;
  std::uint64_t seed = 1;
};

class Chaos {
 public:
  explicit Chaos(const ChaosOptions& options);

  // True if no counter ever fell, none was ever above the books, and all were equal to them whenever the
  // exporter had caught up.
  bool run();
  const Tally& tally() const { return tally_; }
  const std::vector<std::string>& findings() const { return findings_; }

 private:
  void short_life();
  void whole_life();
  void catch_up(Exporter& exporter);
  void live_on(Exporter& exporter);
  void move_world();
  void begin_or_end_outage();
  void restate();
  void top_up_where_low(Exporter& exporter);
  Page scrape(const Exporter& exporter);
  std::vector<Check> checks() { return checks_of(scene_.sandbox().truth(), at_begin_); }
  bool caught_up(const Page& page) const;
  std::int64_t draw(std::int64_t from, std::int64_t to);
  void finding(const std::string& kind, const std::string& text);

  const ChaosOptions options_;
  std::mt19937_64 random_;
  Scene scene_;
  Json at_begin_;
  Page highest_;          // of every counter so far
  std::string outage_;    // the provider that is down; empty: none
  int outage_steps_ = 0;  // the clock's steps since then
  int kills_ = 0;
  Tally tally_;
  std::vector<std::string> findings_;
};

}  // namespace cpaas::end_to_end
