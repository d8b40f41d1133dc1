#include "exporter/exposition/text.h"

#include <algorithm>

#include "exporter/core/number.h"

namespace cpaas::exposition {
namespace {

// Text 0.0.4 leaves a quote in HELP as it is; OpenMetrics escapes it.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  const auto special = [quotes](char c) { return c == '\\' || c == '\n' || (c == '"' && quotes); };
  const auto* at = text.begin();
  while (true) {
    const auto* const plain_end = std::find_if(at, text.end(), special);
    out.append(at, plain_end);
    if (plain_end == text.end()) return;
    out.push_back('\\');
    out.push_back(*plain_end == '\n' ? 'n' : *plain_end);
    at = plain_end + 1;
  }
}

class LineWriter {
 public:
  LineWriter(std::string& out, std::string_view start)
      : out_(out), separator_(start.ends_with('"') ? ',' : '{') {
    out_.append(start);
  }
  void label(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    out_.push_back(separator_);
    out_.append(name).append("=\"");
    append_escaped(out_, value, true);
    out_.push_back('"');
    separator_ = ',';
  }
  void end(double value) {
    if (separator_ == ',') out_.push_back('}');
    out_.push_back(' ');
    append_number(out_, value);
    out_.push_back('\n');
  }

 private:
  std::string& out_;
  char separator_;
};

std::string_view type_name(Kind kind) {
  return kind == Kind::counter ? "counter" : "gauge";
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

std::string line_start(std::string_view name, std::initializer_list<Label> common) {
  std::string start;
  LineWriter line(start, name);
  for (const Label& each : common) line.label(each.name, each.value);
  return start;
}

void append_sample(std::string& out, std::string_view start, const Sample& sample) {
  append_sample(out, start, *sample.family, sample.labels.values(), sample.value);
}

void append_sample(std::string& out, std::string_view start, const Family& family, const LabelList& labels,
                   double value) {
  LineWriter line(out, start);
  const auto* name = family.labels.begin();
  for (const std::string_view label : labels) {
    if (name == family.labels.end()) break;
    line.label(*name++, label);
  }
  line.end(value);
}

std::string created_name(std::string_view counter) {
  return std::string(counter_base(counter)) + "_created";
}

void append_created(std::string& out, std::string_view start, const Sample& sample) {
  if (sample.created == TimePoint{}) return;
  append_sample(out, start, *sample.family, sample.labels.values(), unix_seconds(sample.created));
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
