// How far an endpoint has been read, and its stored form.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/ledger/owed_days.h"

namespace cpaas::ledger {

// What an endpoint asks for one by one; "" is the endpoint as a whole.
struct Member {
  bool answered = false;           // at least once
  Day seen{};                      // when it was last asked
  std::optional<ReadDays> days{};  // once it has told days
  bool asked = false;              // in the last good poll; not stored
};

struct Progress {
  std::string query;           // what the endpoint asked for in its last good poll
  TimePoint last_success{};    // the epoch: never
  TimePoint stored_success{};  // as the store has it; not stored itself
  std::map<std::string, Member, std::less<>> members{};
};

std::string encode(const Progress& progress);
// Nothing if `bytes` are not a whole progress.
std::optional<Progress> decode_progress(std::string_view bytes);

}  // namespace cpaas::ledger
