// What the exporter's counters must be, from the sandbox's own books.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/end_to_end/support/scene.h"

namespace cpaas::end_to_end {

enum class Kind {
  total,  // the provider's own all-time total
  days,   // made of the provider's days
  level,  // made of the movements of a balance
};

// A counter, less a second one where only their difference is determined: of a balance that may be spent from
// and topped up between two polls only the net movement can be known.
struct Check {
  std::string account;
  std::string endpoint;  // whose good poll brings it
  Kind kind;
  std::string counter;
  std::string less;  // empty: nothing
  double expected;
};

// Of every counter that the ledger keeps for the accounts of accounts_yaml(), for books as they stand now and
// as they stood when the ledger began.
std::vector<Check> checks_of(const Json& books, const Json& at_begin);

// What the page says; nothing if the series is not there.
std::optional<double> shown(const Check& check, const Page& page);
// Equal but for the rounding of fractions of a minute.
bool agrees(const Check& check, const Page& page);
bool exceeds(const Check& check, const Page& page);
// Whether the endpoint's last poll worked.
bool is_up(const Check& check, const Page& page);
// One line: the counter, what is shown and what was expected.
std::string describe(const Check& check, const Page& page);

}  // namespace cpaas::end_to_end
