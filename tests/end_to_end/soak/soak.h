// A month of the whole engine in driven time in front of a sandbox that misbehaves in every way it can.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/engine/engine.h"
#include "tests/end_to_end/soak/driven_transport.h"
#include "tests/end_to_end/support/books.h"
#include "tests/end_to_end/support/lies.h"
#include "tests/end_to_end/support/tally.h"

namespace cpaas::end_to_end {

struct SoakOptions {
  int days = 30;
  std::uint64_t seed = 1;
};

class Soak {
 public:
  explicit Soak(const SoakOptions& options);

  // True if all counters were equal to the books at every check and no endpoint missed a poll.
  bool run();
  const Tally& tally() const { return tally_; }
  const std::vector<std::string>& findings() const { return findings_; }

 private:
  void plan_day(int day);
  void at(int day, std::chrono::minutes of_day, std::function<void()> event);
  void misbehave(int day, int hour);
  void begin_outage(int day);
  void end_outage();
  void restate_up(int day);
  void restate_late(int day);
  void plan_absence(int day);
  void let_leave(int day);
  void let_return();
  void tell_zeros();
  void change_window(int day);
  void set_usual_faults();

  // Holds the sandbox still until every endpoint was polled, runs the steps one after the other with the same
  // wait between them, and lets it go on.
  void while_still(std::vector<std::function<void()>> steps);
  void check();
  void decide(const Check& check, const Page& page);
  void check_polls(const Page& page);
  void check_recovered();
  void restate_down();
  void top_up();

  std::vector<Check> checks();
  bool may_be_behind(const Check& check) const;
  double should_show(const Check& check) const;
  Page page() const;
  void count_failures();
  void note_memory();
  void finding(const std::string& kind, const std::string& text);

  const SoakOptions options_;
  sandbox::Sandbox sandbox_;
  Json at_begin_;
  DrivenClock clock_;
  const SteadyPoint begin_;
  DrivenTransport transport_;
  std::shared_ptr<const exposition::Snapshot> snapshot_;
  engine::Engine engine_;
  // What the provider subtracted from its books, and counters keep.
  struct TakenBack {
    double sum = 0;
    double undecided = 0;  // the part of which the ledger has not seen whether the total goes on from there
    double books = 0;      // the total after the last fall
  };
  std::map<std::string, TakenBack> taken_back_;  // by counter
  std::map<std::string, double> highest_;        // by counter: what the books ever showed at a check
  std::optional<Member> absent_;
  std::optional<Member> returned_;  // the last one
  TimePoint returned_at_{};
  TimePoint late_records_at_ = {};  // the last ones of days long closed
  double resident_before_ = 0;      // MiB, after the first days
  Tally tally_;
  std::vector<std::string> findings_;
};

}  // namespace cpaas::end_to_end
