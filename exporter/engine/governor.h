// How fast requests may go out with one credential, whoever sends them. Pure.
#pragma once

#include <map>
#include <set>
#include <string>

#include "exporter/core/clock.h"

namespace cpaas::engine {

// One rate budget for each credential, shared by all endpoints and accounts that use it: so many requests a
// minute, a quarter of them at once; none while the provider asked to wait. Not thread-safe.
class Governor {
 public:
  // When the next request may go out; a time after `now` means wait and ask again then. Counts a request when
  // it is not later than `now`. `per_minute` is at least 1.
  SteadyPoint reserve(const std::string& credential, unsigned per_minute, SteadyPoint now);

  // The provider wants no request before `until`. An earlier `until` than one already asked for changes
  // nothing.
  void hold(const std::string& credential, SteadyPoint until);

  // Until when hold() holds; in the past, or the epoch, if it does not.
  SteadyPoint held_until(const std::string& credential) const;

  // Lifts the hold.
  void release(const std::string& credential);

  // Forgets the budgets of all other credentials.
  void keep_only(const std::set<std::string>& credentials);

 private:
  struct Budget {
    SteadyPoint paid_until{};  // when the requests sent so far are paid for (the generic cell rate algorithm)
    SteadyPoint held_until{};
  };
  std::map<std::string, Budget> budgets_;
};

}  // namespace cpaas::engine
