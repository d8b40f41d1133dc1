// Reloads the configuration again and again while others scrape, and holds every page against the one before.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/end_to_end/support/books.h"
#include "tests/end_to_end/support/lies.h"
#include "tests/end_to_end/support/tally.h"

namespace cpaas::end_to_end {

class Reloads {
 public:
  explicit Reloads(seconds duration) : duration_(duration) {}

  // True if every scrape was answered, no series of an account that stayed was ever missing, no counter ever
  // fell, and all counters were equal to the books in the end.
  bool run();
  const Tally& tally() const { return tally_; }
  const std::vector<std::string>& findings() const { return findings_; }

 private:
  // What one scraper saw.
  struct Seen {
    std::int64_t scrapes = 0;
    std::vector<std::string> findings;
  };
  static void compare(const Page& first, const Page& before, const Page& now, Seen& seen);
  Seen scrape_until_done(const Exporter& exporter, const Page& first) const;
  void reload_until_over(Exporter& exporter);
  void reload(const Exporter& exporter, int turn);
  void misbehave(int turn);
  void compare_with_books(const Exporter& exporter, const Json& at_begin);

  const seconds duration_;
  Scene scene_;
  std::atomic<bool> done_ = false;
  Tally tally_;
  std::vector<std::string> findings_;
};

}  // namespace cpaas::end_to_end
