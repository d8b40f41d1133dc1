// What the ledger knows of one series, and its stored form.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "exporter/ledger/rules.h"

namespace cpaas::ledger {

// A counter that others move: the rises of a level, the sum over parts.
struct Sum {
  Micros shown = 0;
  friend bool operator==(const Sum&, const Sum&) = default;
};

struct Record {
  TimePoint created{};  // since when it counts; the epoch where only the provider knows
  Day seen{};           // when the provider last gave it, to within a month
  bool born = false;    // it came while its endpoint was watched: what it began with was counted since then
  std::variant<Total, Days, LevelState, Sum> state{};
  friend bool operator==(const Record&, const Record&) = default;
};

// The counter.
Micros shown(const Record& record);
void set_shown(Record& record, Micros value);

std::string encode(const Record& record);
// Nothing if `bytes` are not a whole record.
std::optional<Record> decode_record(std::string_view bytes);
// The counter of a whole record, without decoding the rest.
Micros shown_of(std::string_view bytes);

}  // namespace cpaas::ledger
