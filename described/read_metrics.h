// The parts of a description that say what an answer holds.
#pragma once

#include "described/description.h"
#include "described/fields.h"

namespace cpaas::described {

// `metrics:` of a description: families that the shared ones lack.
void read_families(const Node& node, Context& context);

// `each`, `where` and `metrics` of `map`, an endpoint, into its groups and shape.
void read_metrics(const Node& map, EndpointSpec& endpoint, Context& context);

}  // namespace cpaas::described
