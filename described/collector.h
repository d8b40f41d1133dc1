// A description as a collector, which the engine cannot tell from one that is written in C++.
#pragma once

#include "described/description.h"
#include "exporter/core/collector.h"

namespace cpaas::described {

// The collector owns the description, and everything that it points to but the families.
CollectorRef make_collector(Description description);

}  // namespace cpaas::described
