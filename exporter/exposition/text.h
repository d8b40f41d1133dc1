// Samples to the Prometheus text format 0.0.4 and to OpenMetrics 1.0. Both write the same sample lines; only
// the lines about families and the end differ.
#pragma once

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

// Appends `NAME{common...,family labels...} VALUE\n`. Labels with an empty value are left out, values are
// escaped.
void append_sample(std::string& out, std::string_view name, std::initializer_list<Label> common,
                   const Sample& sample);

// Appends the OpenMetrics line that tells since when a counter counts: `NAME without _total_created{...} UNIX
// SECONDS\n`; nothing where it is not known.
void append_created(std::string& out, std::string_view name, std::initializer_list<Label> common,
                    const Sample& sample);

// The same as append_sample() for labels that belong to no family.
void append_line(std::string& out, std::string_view name, std::span<const Label> labels, double value);

// What ends a page: "# EOF\n" in OpenMetrics.
std::string_view page_end(Format format);

// The Content-Type of a page.
std::string_view content_type(Format format);

}  // namespace cpaas::exposition
