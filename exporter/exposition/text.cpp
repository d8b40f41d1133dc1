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

class LineWriter {
 public:
  LineWriter(std::string& out, std::string_view name) : out_(out) { out_.append(name); }
  void label(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out_.append(1, separator_).append(name).append("=\"");
    append_escaped(out_, value, true);
    out_.push_back('"');
    separator_ = ',';
  }
  void end(double value) {
    if (separator_ == ',') out_.push_back('}');
    out_.append(" ").append(format_number(value)).append("\n");
  }

 private:
  std::string& out_;
  char separator_ = '{';
};

std::string_view type_name(Kind kind) {
  return kind == Kind::counter ? "counter" : "gauge";
}

void append_labelled(std::string& out, std::string_view name, std::initializer_list<Label> common,
                     const Sample& sample, double value) {
  LineWriter line(out, name);
  for (const Label& each : common) line.label(each.name, each.value);
  const auto* label_name = sample.family->labels.begin();
  for (const std::string_view label : sample.labels.values()) {
    if (label_name == sample.family->labels.end()) break;
    line.label(*label_name++, label);
  }
  line.end(value);
}

// A counter's name without _total.
std::string_view counter_base(std::string_view name) {
  constexpr std::string_view suffix = "_total";
  if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  return name;
}

}  // namespace

std::string family_header(Format format, std::string_view name, Kind kind, std::string_view help) {
  if (format == Format::openmetrics && kind == Kind::counter) name = counter_base(name);
  std::string out;
  out.append("# HELP ").append(name).append(" ");
  append_escaped(out, help, format == Format::openmetrics);
  out.append("\n# TYPE ").append(name).append(" ").append(type_name(kind)).append("\n");
  return out;
}

void append_sample(std::string& out, std::string_view name, std::initializer_list<Label> common,
                   const Sample& sample) {
  append_labelled(out, name, common, sample, sample.value);
}

void append_created(std::string& out, std::string_view name, std::initializer_list<Label> common,
                    const Sample& sample) {
  if (sample.created == TimePoint{}) return;
  const std::string created = std::string(counter_base(name)) + "_created";
  append_labelled(out, created, common, sample, unix_seconds(sample.created));
}

void append_line(std::string& out, std::string_view name, std::span<const Label> labels, double value) {
  LineWriter line(out, name);
  for (const Label& label : labels) line.label(label.name, label.value);
  line.end(value);
}

std::string_view page_end(Format format) {
  return format == Format::openmetrics ? "# EOF\n" : "";
}

std::string_view content_type(Format format) {
  return format == Format::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                       : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace cpaas::exposition
