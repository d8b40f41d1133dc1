// Samples to the Prometheus text format 0.0.4 and to OpenMetrics 1.0. Both write the same sample lines; only
// the lines about families and the end differ.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "exporter/core/metric.h"

namespace cpaas::exposition {

enum class Format : std::uint8_t { text, openmetrics };

// The HELP and TYPE lines for a family. `help` is escaped here; `name` is the sample name (with _total on a
// counter).
std::string family_header(Format format, std::string_view name, Kind kind, std::string_view help);

struct Label {
  std::string_view name;
  std::string_view value;
};

// What all lines of one source's family begin with: `NAME{common...`, or just NAME. In all of these, labels
// with an empty value are left out and values are escaped.
std::string line_start(std::string_view name, std::initializer_list<Label> common);

// Appends `START,family labels...} VALUE\n`, where `start` is from line_start().
void append_sample(std::string& out, std::string_view start, const Sample& sample);
// The same for label values that are known to be valid UTF-8.
void append_sample(std::string& out, std::string_view start, const Family& family, const LabelList& labels,
                   double value);

// The name of the series that tells OpenMetrics since when a counter counts: _created for _total.
std::string created_name(std::string_view counter);

// Appends that series' line, in seconds since the epoch; nothing where the time is not known. `start` is from
// line_start() with created_name().
void append_created(std::string& out, std::string_view start, const Sample& sample);

// The same line for labels that belong to no family.
void append_line(std::string& out, std::string_view name, std::span<const Label> labels, double value);

// What ends a page: "# EOF\n" in OpenMetrics.
std::string_view page_end(Format format);

// The Content-Type of a page.
std::string_view content_type(Format format);

}  // namespace cpaas::exposition
