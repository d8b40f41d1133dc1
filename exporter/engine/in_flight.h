// Which requests are on their way, and which wait for their turn. Pure.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exporter/core/http.h"

namespace cpaas::engine {

// Scheme, host and port of a URL, as they stand in it.
std::string origin_of(std::string_view url);

// So many requests to one server, and in all: a server that hangs keeps none from another. Not thread-safe.
class InFlight {
 public:
  struct Limits {
    std::size_t per_origin = 64;
    std::size_t in_all = 2048;
  };
  InFlight() = default;
  explicit InFlight(Limits limits) : limits_(limits) {}

  // Whether the request may go now; else it waits behind those to the same server that came before it.
  bool enter(Transport::Id id, const std::string& origin);

  // The request is over, or waits no longer; nothing if it is not known. Gives those that may go now, servers
  // in turn.
  std::vector<Transport::Id> leave(Transport::Id id);

  bool waits(Transport::Id id) const;

 private:
  struct Lane {
    std::size_t going = 0;
    std::deque<Transport::Id> waiting;
  };
  struct Place {
    std::string origin;
    bool going;
  };

  bool has_room(const Lane& lane) const { return lane.going < limits_.per_origin && going_ < limits_.in_all; }
  Lane* next_lane();

  Limits limits_;
  std::map<std::string, Lane> lanes_;  // by origin; without those that are empty
  std::unordered_map<Transport::Id, Place> places_;
  std::size_t going_ = 0;
  std::string last_;  // the origin that last had its turn
};

}  // namespace cpaas::engine
