#include "exporter/exposition/text.h"

#include <algorithm>

#include "exporter/core/number.h"

namespace cpaas::exposition {
namespace {

// Text 0.0.4 leaves a quote in HELP as it is; OpenMetrics escapes it.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out.push_back(c);
    }
  }
}

std::string_view type_name(Kind kind) {
  return kind == Kind::counter ? "counter" : "gauge";
}

}  // namespace

std::string family_header(Format format, std::string_view name, Kind kind, std::string_view help) {
  constexpr std::string_view suffix = "_total";
  if (format == Format::openmetrics && kind == Kind::counter && name.ends_with(suffix)) {
    name.remove_suffix(suffix.size());
  }
  std::string out;
  out.append("# HELP ").append(name).append(" ");
  append_escaped(out, help, format == Format::openmetrics);
  out.append("\n# TYPE ").append(name).append(" ").append(type_name(kind)).append("\n");
  return out;
}

void append_sample(std::string& out, std::string_view name, std::initializer_list<Label> common,
                   const Sample& sample) {
  out.append(name);
  char separator = '{';
  const auto append_label = [&](std::string_view label, std::string_view value) {
    if (value.empty()) return;
    out.append(1, separator).append(label).append("=\"");
    append_escaped(out, value, true);
    out.push_back('"');
    separator = ',';
  };
  for (const Label& label : common) append_label(label.name, label.value);
  const auto values = sample.labels.values();
  const auto* name_at = sample.family->labels.begin();
  for (const std::string_view value : values) {
    if (name_at == sample.family->labels.end()) break;
    append_label(*name_at++, value);
  }
  if (separator == ',') out.push_back('}');
  out.append(" ").append(format_number(sample.value)).append("\n");
}

std::string_view page_end(Format format) {
  return format == Format::openmetrics ? "# EOF\n" : "";
}

std::string_view content_type(Format format) {
  return format == Format::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                       : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace cpaas::exposition
