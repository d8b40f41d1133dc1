// One poll of an endpoint, as the ledger books it: what the rules make of each value.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/ledger/ledger.h"

namespace cpaas::ledger {

// What the bookings of a poll have in common. Lives as long as Ledger::book(): book() each of them, then
// finish(). Changes the ledger as it goes; its records stay open until Ledger::close_all().
class Ledger::Poll {
 public:
  Poll(Ledger& ledger, std::string_view endpoint, const When& when);
  void book(const Booking& booking);
  // Whether the store should know how far the endpoint has been read; after finish().
  bool progress_changed() const { return progress_changed_; }

  // What came of it, once; `bookings` are those that were booked.
  Booked finish(const std::vector<Booking>& bookings, const Unread& unread);

 private:
  void note_unread(const std::string& name);
  void note_asked(const std::string& name);
  // Whether series that are seen for the first time are new in the world, and not only to the ledger.
  struct Newness {
    bool series;  // the member was answered before, or is new itself
    bool member;
  };
  Newness newness_of(const std::string& name);
  void note(const Verdict& verdict, const Family& family, const LabelValues& labels,
            std::string_view part = {});
  void touch(Entry& entry, bool changed);
  bool is_first(Entry& entry, Day day = {});

  // --- totals

  Record total_record(Micros value, bool born) const;
  void book_total(const Sample& sample, bool born);
  void apply(Entry& entry, Micros value, const Family& family, const LabelValues& labels);
  void book_part(const TotalPart& part, bool born);
  void grow(Entry& entry, Micros by);

  // --- levels

  void book_level(const Level& level);

  // --- days

  Member& member_with_days(const Booking& booking);
  void book_days(const Booking& booking);
  Entry* book_day(const DayValue& value, const std::string& name, const Member& member,
                  const std::set<Day>& edges);
  static void begin_days_at(Days& state, const DayAmount& amount);
  Entry& begin_series(const DayValue& value, const std::string& name, const Member& member);

  Ledger& ledger_;
  std::string_view endpoint_;
  const When& when_;
  Day today_;  // by both clocks: no day after it has begun
  Progress& progress_;
  std::string query_;
  bool goes_on_;  // the endpoint worked before and asked for the same
  std::map<std::string, Newness> newness_;
  std::set<std::string> history_;     // members whose first answer this is
  std::set<const Entry*> histories_;  // series of which this answer is history
  std::set<const Entry*> new_sums_;
  std::set<Day> held_;  // of the present booking: to be asked for again at once
  bool progress_changed_ = false;
  Booked result_;
};

}  // namespace cpaas::ledger
