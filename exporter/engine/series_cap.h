// Which families an account goes without when it has more series than its max_series. Pure.
#pragma once

#include <map>
#include <set>
#include <span>
#include <utility>

#include "exporter/core/metric.h"
#include "exporter/engine/packed_samples.h"

namespace cpaas::engine {

// A family over one window: what is shown or left out as a whole. A part of it would be taken for the whole,
// and a part that changes would make series come and go.
using SeriesGroup = std::pair<const Family*, Window>;

// What to leave out so that at most `most` series stay, of which each part holds some, perhaps the same:
// from the end of the order of worth_of() (exporter/core/families.h). What was left out `before` comes back
// only once a tenth of `most` would stay free, so that a list of about that length does not make it come and
// go.
// `counters`: how many series of each counter there are beside them.
std::set<SeriesGroup> groups_over_cap(std::span<const PackedSamples* const> parts,
                                      const std::map<const Family*, std::size_t>& counters, std::size_t most,
                                      const std::set<SeriesGroup>& before);

}  // namespace cpaas::engine
