// A poll of a described endpoint: what it asks, and what it makes of the answers.
#pragma once

#include <vector>

#include "described/description.h"
#include "exporter/core/collector.h"

namespace cpaas::described {

// The first requests. `endpoint` must outlive what it gives.
std::vector<Call> start_poll(const EndpointSpec& endpoint, const Settings& settings, const PollStart& at);

}  // namespace cpaas::described
