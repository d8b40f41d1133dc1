// The last good values that hold until the provider says otherwise (balances, limits, what is in use), in the
// form in which they are kept for the next start. What covers a window is not kept: it would be wrong by
// then.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/metric.h"

namespace cpaas::ledger {

using FamilyOf = std::function<const Family*(std::string_view name)>;

// The gauges among `samples` that have no window; "" if there are none.
std::string encode_gauges(const std::vector<Sample>& samples);

// Those of families that `family_of` still knows, and none at all if `bytes` cannot be read.
std::vector<Sample> decode_gauges(std::string_view bytes, const FamilyOf& family_of);

}  // namespace cpaas::ledger
