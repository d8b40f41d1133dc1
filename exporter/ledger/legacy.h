// Records of schema version 2, which hung on an endpoint, brought to the present form.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exporter/core/metric.h"
#include "exporter/ledger/progress.h"
#include "exporter/ledger/record.h"
#include "exporter/ledger/store.h"

namespace cpaas::ledger {

struct Converted {
  struct Series {
    std::string family;
    LabelValues labels;
    Record record;
  };
  std::vector<Series> series;
  std::map<std::string, Day> days_through;  // by endpoint that tells days: the last one that it told
};

// No counter falls or jumps. Of several records of one series, the one of the endpoint that stands first in
// `endpoints` is taken: the page showed that one.
Converted convert(const std::vector<LegacyRecord>& records, const std::vector<std::string_view>& endpoints);

}  // namespace cpaas::ledger
