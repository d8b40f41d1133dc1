#include "exporter/core/collector.h"
namespace cpaas {
const Collector& tingting_collector();
const Collector& tingting_collector() {
  static const Collector collector{"tingting", "TingTing", "https://app.tingting.io/api/v1", {}, {}, {}};
  return collector;
}
}  // namespace cpaas
