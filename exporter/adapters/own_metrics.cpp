#include "exporter/adapters/own_metrics.h"

#include "exporter/adapters/process_stats.h"
#include "exporter/core/calendar.h"

namespace cpaas {
namespace {

constexpr const char* build_info_name = "cpaas_exporter_build_info";
constexpr const char* build_info_help = "The program's version; always 1";
constexpr const char* reload_ok_name = "cpaas_exporter_config_last_reload_successful";
constexpr const char* reload_ok_help = "1 if the configuration was last loaded without a problem, else 0";
constexpr const char* reload_time_name = "cpaas_exporter_config_last_reload_success_timestamp_seconds";
constexpr const char* reload_time_help = "When the configuration in use was loaded";
constexpr const char* web_reload_ok_name = "cpaas_exporter_web_config_last_reload_successful";
constexpr const char* web_reload_ok_help =
    "1 if the web configuration was last loaded without a problem, else 0; absent without one";
constexpr const char* http_requests_name = "cpaas_exporter_http_requests_total";
constexpr const char* http_requests_help = "HTTP requests that the exporter answered";

// prometheus-cpp's labels and number in the exporter's own notation.
void append_line(std::string& out, const std::string& name,
                 const std::vector<prometheus::ClientMetric::Label>& labels, double value) {
  std::vector<exposition::Label> pairs;
  for (const auto& label : labels) pairs.push_back({label.name, label.value});
  exposition::append_line(out, name, pairs, value);
}

exposition::Section section_of(const prometheus::MetricFamily& family) {
  const bool counter = family.type == prometheus::MetricType::Counter;
  exposition::Section section{family.name, counter ? Kind::counter : Kind::gauge, family.help, ""};
  for (const auto& metric : family.metric) {
    append_line(section.lines, family.name, metric.label,
                counter ? metric.counter.value : metric.gauge.value);
  }
  return section;
}

exposition::Section process_section(const ProcessStat& stat) {
  exposition::Section section{std::string(stat.name), stat.kind, std::string(stat.help), ""};
  append_line(section.lines, section.name, {}, stat.value);
  return section;
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const char* name, const char* help,
                         const prometheus::Labels& labels = {}) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
}

}  // namespace

OwnMetrics::OwnMetrics(std::string_view version)
    : reload_ok_(gauge(registry_, reload_ok_name, reload_ok_help)),
      reload_time_(gauge(registry_, reload_time_name, reload_time_help)),
      http_requests_(
          prometheus::BuildCounter().Name(http_requests_name).Help(http_requests_help).Register(registry_)) {
  gauge(registry_, build_info_name, build_info_help, {{"version", std::string(version)}}).Set(1);
}

void OwnMetrics::config_loaded(bool ok, TimePoint when) {
  reload_ok_.Set(ok ? 1 : 0);
  if (ok) reload_time_.Set(unix_seconds(when));
}

void OwnMetrics::web_config_loaded(bool ok) {
  gauge(registry_, web_reload_ok_name, web_reload_ok_help).Set(ok ? 1 : 0);
}

void OwnMetrics::http_request(std::string_view path, int status) {
  http_requests_.Add({{"code", std::to_string(status)}, {"path", std::string(path)}}).Increment();
}

std::vector<exposition::Section> OwnMetrics::sections() {
  std::vector<exposition::Section> result;
  for (const prometheus::MetricFamily& family : registry_.Collect()) result.push_back(section_of(family));
  for (const ProcessStat& stat : process_stats()) result.push_back(process_section(stat));
  return result;
}

std::vector<OwnMetric> own_metric_catalogue() {
  std::vector<OwnMetric> result{
      {build_info_name, Kind::gauge, {"version"}, build_info_help},
      {reload_ok_name, Kind::gauge, {}, reload_ok_help},
      {reload_time_name, Kind::gauge, {}, reload_time_help},
      {web_reload_ok_name, Kind::gauge, {}, web_reload_ok_help},
      {http_requests_name, Kind::counter, {"code", "path"}, http_requests_help},
  };
  for (const ProcessStat& stat : process_stats()) {
    result.push_back({std::string(stat.name), stat.kind, {}, std::string(stat.help)});
  }
  return result;
}

}  // namespace cpaas
