// The ledger of one account: owns its counters. What a provider says moves them by rules; nothing else does.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/intrusive/unordered_set.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/account.h"
#include "exporter/ledger/correction.h"
#include "exporter/ledger/progress.h"
#include "exporter/ledger/record.h"
#include "exporter/ledger/store.h"

namespace cpaas::ledger {

// What tells accounts apart for good: name, provider, base_url, and the options that name an account.
std::string account_identity(const Account& account);
// The same as schema version 2 had it.
std::string legacy_identity(const Account& account);

// What a response, or several of one member, gave the ledger.
struct Booking {
  std::string member{};
  std::vector<Sample> totals{};  // counters
  std::vector<DayValue> days{};
  std::vector<DaysRead> days_read{};
  std::vector<Level> levels{};
  std::vector<TotalPart> parts{};
  std::string account_id{};
};

// Members that a poll gives nothing of.
struct Unread {
  std::span<const std::string> refused{};  // not asked any more, as far as it goes by days_missing()
  std::span<const std::string> listed{};   // not read for another reason, or booked before: still asked
  bool part = false;                       // the poll goes on, and books more
};

// The time of a poll.
struct When {
  TimePoint ours;
  TimePoint providers;         // as far as its clock is believed; see ProviderClock
  bool clocks_differ = false;  // by more than a day, and it is not known which is right
};

// Gauges of an endpoint as they were when the program last ran.
struct KeptGauges {
  TimePoint last_success;
  std::vector<Sample> samples;
};

// Not thread-safe.
class Ledger {
 public:
  explicit Ledger(const Account& account);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // After a reload that leaves the identity as it is: which endpoints and members there are now.
  void configure(const Account& account);

  const std::string& identity() const { return identity_; }
  const std::string& legacy_identity() const { return legacy_; }

  // Takes over what the store has. Until then nothing is booked and nothing shown. Gives what cannot be read.
  std::vector<Corrected> restore(StoredAccount stored);
  bool restored() const { return restored_; }
  // The endpoint's gauges to show until its first poll; nothing if it never worked.
  std::optional<KeptGauges> kept_gauges(std::string_view endpoint) const;

  struct Booked {
    std::vector<Corrected> corrections;
    bool ask_again = false;  // a move is held: the endpoint should be asked again within a minute
    std::size_t series = 0;  // counters that the poll gave
  };
  // Takes over what a poll of the endpoint gave, and, but for a part, all gauges that are known of it now.
  Booked book(std::string_view endpoint, const std::vector<Booking>& bookings, const Unread& unread,
              const std::vector<Sample>& gauges, const When& when);

  // How much is known of the member, the less the sooner it should be asked: 0 nothing, so that one that is
  // new in the world is counted from its beginning.
  unsigned acquaintance(std::string_view endpoint, std::string_view member) const;

  // How many days beyond today and yesterday a poll may still ask for.
  struct DayBudget {
    std::size_t owed = 200;
    std::size_t again = 20;
  };
  // See PollStart::days_to_ask. Takes what it gives from `budget`.
  std::vector<Day> days_to_ask(std::string_view endpoint, std::string_view member, Day today, TimePoint now,
                               DayBudget& budget) const;
  // Days that are over and have not been read whole, over all members that are asked; nothing for an endpoint
  // that tells no days.
  std::optional<std::size_t> days_missing(std::string_view endpoint, Day today) const;

  // What has changed since it was last handed to the store; nothing while that is under way. Each call that
  // gives a batch is followed by one of committed().
  std::optional<Batch> take_changes(TimePoint now);
  // The same even while another batch is under way, for the last one before the ledger goes.
  std::optional<Batch> take_last_changes(TimePoint now);
  bool is_saving() const { return under_way_.active; }  // a batch is under way
  // Counters move on the page when they are durable. After a failure all is handed over again with what
  // follows.
  void committed(bool success);

  // Every counter as it is to be shown at `now`: durable; 0 for the first two minutes of a series' life, so
  // that a scrape sees where it began.
  void each_counter(TimePoint now, const std::function<void(const Sample&)>& show) const;
  // How many series each_counter() gives of each family.
  std::map<const Family*, std::size_t> counters_of_families() const;
  // When each_counter() will next give something else by time alone.
  std::optional<TimePoint> next_change(TimePoint now) const;

 private:
  using Link = boost::intrusive::unordered_set_base_hook<
      boost::intrusive::link_mode<boost::intrusive::normal_link>>;  // in by_name_
  // One series, as compact as may be: an account may have a million.
  struct Entry : Link {
    Entry(SeriesId number, const Family& of) : family(&of), id(number) {}

    const Family* family;
    std::unique_ptr<char[]> text{};  // labels(), part(), record()
    double value = 0;                // the counter, as durable
    TimePoint created{};             // of the record
    SeriesId id;
    std::uint32_t labels_size = 0;
    std::uint32_t record_size = 0;
    std::uint32_t opened = 0;  // its place in opened_, from 1; 0: the record is not open
    Day seen{};                // of the record
    std::uint32_t part_size : 26 = 0;
    bool born : 1 = false;  // of the record
    bool shown : 1 = false;
    bool stored : 1 = false;  // the store knows it
    bool dirty : 1 = false;
    mutable bool revealed : 1 = false;  // no longer shown as 0 for being new

    std::string_view labels() const { return {text.get(), labels_size}; }  // their key
    // Of a sum.
    std::string_view part() const { return {text.get() + labels_size, part_size}; }
    // As the store keeps it.
    std::string_view record() const { return {text.get() + labels_size + part_size, record_size}; }
    void set_text(std::string_view labels, std::string_view part, std::string_view record);
  };
  // While a poll is booked.
  struct Opened {
    Entry* entry;
    Record record;
    boost::container::small_vector<Day, 4> taken{};  // days that the poll has given; of a total the epoch
  };
  struct SeriesName {
    const Family* family;
    std::string_view labels;
    std::string_view part;
    friend bool operator==(const SeriesName&, const SeriesName&) = default;
  };
  static SeriesName name_of(const Entry& entry) { return {entry.family, entry.labels(), entry.part()}; }
  static SeriesName name_of(const SeriesName& name) { return name; }
  struct SeriesNameHash {
    std::size_t operator()(const Entry& entry) const { return (*this)(name_of(entry)); }
    std::size_t operator()(const SeriesName& name) const;
  };
  struct SameSeriesName {
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return name_of(a) == name_of(b);
    }
  };
  using ByName = boost::intrusive::unordered_set<Entry, boost::intrusive::hash<SeriesNameHash>,
                                                 boost::intrusive::equal<SameSeriesName>,
                                                 boost::intrusive::power_2_buckets<true>>;
  struct UnderWay {
    std::vector<std::pair<Entry*, double>> entries;  // with their counters
    Batch rest;                                      // without series
    bool active = false;
  };
  class Poll;

  Entry* find(const Family& family, const LabelValues& labels, std::string_view part = {});
  Entry& add(const Family& family, const LabelValues& labels, std::string_view part, Record record);
  Entry& new_entry(SeriesId id, const Family& family, std::string_view labels, std::string_view part);
  Record& open(Entry& entry) { return opened(entry).record; }
  Opened& opened(Entry& entry);
  void close_all();
  void open_as(Entry& entry, Record record);
  static void take_record(Entry& entry, const Record& record, std::string_view encoded);
  void index(Entry& entry);
  bool restore_row(SeriesRow& row);
  void take_over_legacy(const std::vector<LegacyRecord>& records);
  void forget_old(Day today);
  void note_gauges(std::string_view endpoint, const std::vector<Sample>& gauges);
  bool owns(std::string_view endpoint, const Family& family) const;
  bool is_shown(const Family& family) const;
  void become(const std::string& account_id);
  Batch changes(TimePoint now);
  const Family* family_of(std::string_view name) const;

  std::string identity_;
  std::string legacy_;
  TimeZone zone_;
  std::map<std::string, const Family*, std::less<>> families_;
  std::map<const Family*, std::set<std::string_view>> owners_;  // of counters: endpoints that may feed them
  std::vector<std::string_view> endpoints_;                     // that are polled, in their order
  std::map<std::string, std::string, std::less<>> queries_;     // by endpoint: what it asks for

  bool restored_ = false;
  bool replaces_ = false;  // another account had the same name before: totals begin at 0
  std::string account_id_;
  std::string other_account_id_;  // answered lately,
  int other_answers_ = 0;         // so often in a row
  std::deque<Entry> entries_;
  std::vector<ByName::bucket_type> buckets_{16};
  ByName by_name_{ByName::bucket_traits(buckets_.data(), buckets_.size())};
  std::deque<Opened> opened_;
  SeriesId next_series_ = 1;
  std::map<std::string, Progress, std::less<>> progress_;
  struct Gauges {
    std::string stored;    // until the endpoint's first poll
    std::size_t hash = 0;  // of what the store has
  };
  std::map<std::string, Gauges, std::less<>> gauges_;
  std::vector<Entry*> dirty_;
  Batch rest_;  // what else has changed
  UnderWay under_way_;
  Day forgot_{};
};

}  // namespace cpaas::ledger
