// The metric model: families are declared once, as constants; samples refer to them.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/calendar.h"

namespace cpaas {

enum class Kind : std::uint8_t { gauge, counter, info };  // info: a gauge that is always 1

// What stretch of time a gauge covers; part of the metric's name, never a label.
enum class Window : std::uint8_t { none, h24, d7, d30, d90, today, month, last_month };

// The window of `days` (7, 30 or 90) days.
Window sliding_window(std::chrono::days days);

// Up to 12 label names or values, which live elsewhere; usable in constants.
class LabelList {
 public:
  using value_type = std::string_view;
  using const_iterator = const std::string_view*;

  constexpr LabelList() = default;
  constexpr LabelList(std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) push_back(text);
  }
  // Throws std::out_of_range on the 13th: no family has so many labels.
  constexpr void push_back(std::string_view text) { texts_.at(size_++) = text; }
  constexpr std::size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr std::string_view front() const { return texts_.front(); }
  constexpr std::string_view operator[](std::size_t at) const { return texts_.at(at); }
  constexpr const_iterator begin() const { return texts_.data(); }
  constexpr const_iterator end() const { return texts_.data() + size_; }

 private:
  std::array<std::string_view, 12> texts_{};
  std::size_t size_ = 0;
};

// A metric family. Families live as long as the program and are compared by address: one constant a name.
struct Family {
  std::string_view name;  // "cpaas_%_calls": % stands where the window goes
  Kind kind;
  LabelList labels;       // beyond `provider` and `account`, which every series of an account carries
  std::string_view help;  // one sentence without the full stop; % becomes "in the last 30 days", "today", ...
};

bool windowed(const Family& family);
std::string family_name(const Family& family, Window window);
std::string family_help(const Family& family, Window window);

// The values for a family's labels, in its order. Always valid UTF-8 of at most 1,024 bytes: a longer value
// is cut, and a hash of the whole put behind it, so that what differs stays different. An empty value means
// the label is absent.
class LabelValues {
 public:
  LabelValues() = default;
  LabelValues(std::initializer_list<std::string_view> values);
  explicit LabelValues(std::span<const std::string_view> values);

  LabelList values() const;  // valid as long as this
  friend bool operator==(const LabelValues&, const LabelValues&) = default;
  friend auto operator<=>(const LabelValues&, const LabelValues&) = default;
  const std::string& key() const { return joined_; }  // equal exactly when all values are equal
  // Takes over the values of the one that had this key.
  void assign_key(std::string_view key) { joined_ = key; }

 private:
  void append(std::string_view value);
  std::string joined_;  // each value followed by a NUL: one allocation a series
};

struct Sample {
  const Family* family;
  Window window;
  LabelValues labels;
  double value;         // in the family's base unit; always finite
  TimePoint created{};  // of a counter: since when it counts; the epoch if not known
  TimePoint expires =
      TimePoint::max();  // by the provider's clock: the end of the period that a gauge belongs to
};

// What the provider counted on one day: the ledger makes a counter of these (`family` is that counter).
struct DayValue {
  const Family* family;
  LabelValues labels;
  Day day;
  double value;
};

// Days that a response tells whole: what it has no DayValue of was not used. Of a day that has not ended it
// tells what is so far.
struct DaysRead {
  Day from;
  Day to;                      // the last one
  bool first_partial = false;  // a sliding window may have cut `from`
};

// A part of an all-time total that a provider only gives part by part (by organization, say): the ledger
// counts each part by itself and shows the sum, so that a part that is not listed for a while costs nothing.
struct TotalPart {
  const Family* family;
  LabelValues labels;  // of the sum
  std::string part;
  double value;
};

// A balance or credit level: the ledger counts its falls into `spent` and its rises into `added`.
struct Level {
  const Family* spent;
  const Family* added;  // may be null: rises are not counted
  LabelValues labels;
  double value;
};

// The windows that a source writes a family for.
struct WindowKinds {
  bool sliding = false;  // the account's window: 30 days unless the configuration says 7 or 90
  bool h24 = false;
  bool d7 = false;
  bool d30 = false;
  bool d90 = false;
  bool today = false;
  bool month = false;
  bool last_month = false;
};
std::vector<Window> windows_of(const WindowKinds& kinds);  // `sliding` gives 7, 30 and 90 days

// What a counter is made of, which decides since when it counts.
enum class Counted : std::uint8_t {
  total,  // the provider's own all-time total
  days,   // the provider's days
  level,  // the moves of a balance
};

// Where a family comes from, declared by a collector beside the code that reads it.
struct Source {
  const Family* family;
  std::string_view endpoint;
  std::string_view field;  // the provider's field and its conversion: "traffic.*.total_minutes x 60"
  WindowKinds windows{};   // empty for families without a window
  // Of a counter that several endpoints could feed, only the first that is polled does. One that feeds some
  // of its series only leaves the others to the next, whose collector code leaves out what is fed already.
  bool partial = false;
  Counted counted = Counted::total;  // of a counter
};

// The source of a counter that is made of days, or of a level's moves.
constexpr Source of_days(Source source) {
  source.counted = Counted::days;
  return source;
}
constexpr Source of_moves(Source source) {
  source.counted = Counted::level;
  return source;
}

}  // namespace cpaas
