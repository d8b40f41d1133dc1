// What the ledger did not take from a provider as it came, and why.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cpaas::ledger {

// The closed set behind cpaas_ledger_corrections_total{reason}.
enum class Correction : std::uint8_t {
  held,        // a move out of all proportion waits for a second answer
  taken_back,  // the second answer did not agree: the move is not counted
  fell,        // an all-time total is less than it was; the counter stands still
  reset,       // the lower total was confirmed: the counter goes on from there
  restated,    // a day was corrected downward; the counter stands still until growth has made up for it
  refused,     // no amount, or of a day that is still to come
  days_lost,   // days that were never read and now are too old to be
  account,     // the answers are another account's: its counters begin anew
  unreadable,  // a stored record that cannot be read was set aside
};

inline constexpr std::array all_corrections{
    Correction::held,      Correction::taken_back, Correction::fell,
    Correction::reset,     Correction::restated,   Correction::refused,
    Correction::days_lost, Correction::account,    Correction::unreadable,
};

std::string_view name_of(Correction correction);      // the label value: "taken_back"
std::string_view sentence_of(Correction correction);  // for a log line

// One of them, with the series that it is about: `cpaas_calls_total{direction="inbound"}`.
struct Corrected {
  Correction what;
  std::string series;
};

}  // namespace cpaas::ledger
