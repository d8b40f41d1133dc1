#include "exporter/engine/in_flight.h"

#include <algorithm>

namespace cpaas::engine {

std::string origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  const auto end = url.find_first_of("/?#", scheme == std::string_view::npos ? 0 : scheme + 3);
  return std::string(url.substr(0, end));
}

bool InFlight::enter(Transport::Id id, const std::string& origin) {
  Lane& lane = lanes_[origin];
  const bool goes = lane.waiting.empty() && has_room(lane);
  places_[id] = {origin, goes};
  if (!goes) {
    lane.waiting.push_back(id);
    return false;
  }
  ++lane.going;
  ++going_;
  return true;
}

std::vector<Transport::Id> InFlight::leave(Transport::Id id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return {};
  const auto lane = lanes_.find(place->second.origin);
  if (place->second.going) {
    --lane->second.going;
    --going_;
  } else {
    std::erase(lane->second.waiting, id);
  }
  places_.erase(place);
  if (lane->second.going == 0 && lane->second.waiting.empty()) lanes_.erase(lane);
  std::vector<Transport::Id> may_go;
  while (Lane* next = next_lane()) {
    may_go.push_back(next->waiting.front());
    next->waiting.pop_front();
    ++next->going;
    ++going_;
    places_.at(may_go.back()).going = true;
  }
  return may_go;
}

bool InFlight::waits(Transport::Id id) const {
  const auto place = places_.find(id);
  return place != places_.end() && !place->second.going;
}

// The next one after the last that had its turn, round and round.
InFlight::Lane* InFlight::next_lane() {
  if (going_ >= limits_.in_all) return nullptr;
  const auto can_go = [&](const auto& each) { return !each.second.waiting.empty() && has_room(each.second); };
  const auto after = lanes_.upper_bound(last_);
  auto found = std::find_if(after, lanes_.end(), can_go);
  if (found == lanes_.end()) {
    found = std::find_if(lanes_.begin(), after, can_go);
    if (found == after) return nullptr;
  }
  last_ = found->first;
  return &found->second;
}

}  // namespace cpaas::engine
