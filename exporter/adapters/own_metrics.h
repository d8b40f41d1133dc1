// The exporter's numbers about its own process, kept in a prometheus-cpp registry.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/clock.h"
#include "exporter/exposition/page.h"

namespace cpaas {

// Thread-safe.
class OwnMetrics {
 public:
  explicit OwnMetrics(std::string_view version);

  // A (re)load of the configuration; a failed one leaves the time of the last successful one.
  void config_loaded(bool ok, TimePoint when);
  // A (re)load of the web configuration, if there is one.
  void web_config_loaded(bool ok);
  // An answered HTTP request. `path` must be one of a few known ones.
  void http_request(std::string_view path, int status);

  // Everything, with the process_* values as they are now.
  std::vector<exposition::Section> sections();

 private:
  prometheus::Registry registry_;
  prometheus::Gauge& reload_ok_;
  prometheus::Gauge& reload_time_;
  prometheus::Family<prometheus::Counter>& http_requests_;
};

// What sections() can give, for the catalogue.
struct OwnMetric {
  std::string name;
  Kind kind;
  std::vector<std::string> labels;
  std::string help;
};
std::vector<OwnMetric> own_metric_catalogue();

}  // namespace cpaas
