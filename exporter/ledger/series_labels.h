// Labels by name, as the store keeps them: a label that a later release adds to a family changes no key.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/core/metric.h"

namespace cpaas::ledger {

// Those that are not empty, in the order of their names: name NUL value NUL ...
std::string labels_by_name(const Family& family, const LabelValues& values);

// Nothing if the family has no such labels (any more).
std::optional<LabelValues> labels_of(const Family& family, std::string_view by_name);

// Whether it has bytes that were no text: then it is not the name of anything new.
bool is_garbled(std::string_view text);

// For logs: `cpaas_calls_total{direction="inbound"}`.
std::string series_text(const Family& family, const LabelValues& values, std::string_view part = {});
std::string series_text(std::string_view family, std::string_view by_name, std::string_view part);

}  // namespace cpaas::ledger
