// Kills the exporter again and again, at random points, while the world that it reports on lives on and its
// providers tell wrong things, and compares its counters with the sandbox's books.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/end_to_end/support/books.h"
#include "tests/end_to_end/support/lies.h"
#include "tests/end_to_end/support/prometheus.h"
#include "tests/end_to_end/support/tally.h"

namespace cpaas::end_to_end {

struct ChaosOptions {
  int kills = 200;
  std::uint64_t seed = 1;
  bool prometheus = false;  // scrapes beside it, and what it saw must be the truth too
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
  void let_leave_or_return();
  void restate();
  void change_window();
  void wait_for_second_answers(const Exporter& exporter);
  void top_up_where_low(Exporter& exporter);
  void tell_zeros_while_still(Exporter& exporter);
  void tell_zeros_while_moving();
  void set_faults();
  Exporter next();
  void begin_prometheus(const Exporter& first);
  void compare_with_prometheus(const Exporter& last);
  Page scrape(const Exporter& exporter);
  std::vector<Check> checks() { return checks_of(scene_.sandbox().truth(), at_begin_); }
  bool caught_up(const Page& page) const;
  bool right(const Check& check, const Page& page) const;
  bool is_down(std::string_view provider) const { return outage_ && outage_->provider == provider; }
  bool is_away(std::string_view member) const { return absent_ && absent_->id == member; }
  template <class Item, std::size_t size>
  const Item& one_of(const std::array<Item, size>& items) {
    return items.at(static_cast<std::size_t>(draw(0, std::ssize(items) - 1)));
  }
  std::int64_t draw(std::int64_t from, std::int64_t to);
  void finding(const std::string& kind, const std::string& text);

  const ChaosOptions options_;
  std::mt19937_64 random_;
  Scene scene_;
  Json at_begin_;
  Page highest_;  // of every counter so far
  struct Outage {
    std::string_view provider;
    std::string_view endpoint;
    std::string_view kind;
    int steps = 0;  // of the clock since it began
  };
  std::optional<Outage> outage_;
  std::optional<Member> absent_;
  int absent_steps_ = 0;
  int kills_ = 0;
  int port_ = 0;  // that every exporter takes; 0: any free one
  std::unique_ptr<Prometheus> prometheus_;
  Tally tally_;
  std::vector<std::string> findings_;
};

}  // namespace cpaas::end_to_end
