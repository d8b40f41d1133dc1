#include "tests/end_to_end/support/prometheus.h"

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "tests/end_to_end/support/wait.h"
#include "tests/sandbox/http_client.h"

namespace cpaas::end_to_end {
namespace {

using Json = nlohmann::json;

// Only the counters that the ledger keeps have an account and no endpoint.
const std::string counters = R"({__name__=~"cpaas_.*_total",account!="",endpoint=""})";
const std::string whole_time = "[1d]";

std::vector<std::string> command(const std::filesystem::path& folder, int exporters_port) {
  std::filesystem::create_directories(folder);
  write_file(folder / "prometheus.yml",
             "global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
             "scrape_configs:\n"
             "  - job_name: exporter\n"
             "    static_configs: [{targets: ['127.0.0.1:" +
                 std::to_string(exporters_port) + "']}]\n");
  return {"prometheus", "--config.file=" + (folder / "prometheus.yml").string(),
          "--storage.tsdb.path=" + (folder / "data").string(), "--web.listen-address=127.0.0.1:0"};
}

std::string percent_encoded(const std::string& text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char each : text) {
    const auto byte = static_cast<unsigned char>(each);
    out.append({'%', digits[byte / 16U], digits[byte % 16U]});
  }
  return out;
}

std::string text_of(const std::string& name, const std::map<std::string, std::string>& labels) {
  std::string text = name;
  char separator = '{';
  for (const auto& [label, value] : labels) {
    text.append(1, separator).append(label).append("=\"").append(value).append("\"");
    separator = ',';
  }
  return text + "}";
}

std::string text_of(const Json& metric) {
  std::map<std::string, std::string> labels;
  for (const auto& [label, value] : metric.items()) {
    if (label != "__name__" && label != "job" && label != "instance")
      labels[label] = value.get<std::string>();
  }
  return text_of(metric.at("__name__").get<std::string>(), labels);
}

double value_of_sample(const Json& sample) {
  return std::strtod(sample.at(1).get<std::string>().c_str(), nullptr);
}

Json result_of(const std::string& answer) {
  const Json parsed = Json::parse(answer, nullptr, false);
  if (parsed.is_discarded() || !parsed.contains("data"))
    throw std::runtime_error("Prometheus cannot answer: " + answer);
  return parsed.at("data").at("result");
}

// [[time, "value"], ...]
double increase_of(const Json& samples) {
  double increase = 0;
  double before = value_of_sample(samples.front());
  for (const Json& sample : samples) {
    const double value = value_of_sample(sample);
    increase += value < before ? value : value - before;
    before = value;
  }
  return increase;
}

}  // namespace

Prometheus::Prometheus(const std::filesystem::path& folder, int exporters_port)
    : process_(command(folder, exporters_port), folder) {
  const std::string mark = "\"Listening on\" address=127.0.0.1:";
  const bool listens = within(seconds(30), [&] {
    const std::string log = process_.errors();
    const auto at = log.find(mark);
    if (at == std::string::npos || log.find('\n', at) == std::string::npos)
      return process_.wait(std::chrono::microseconds(0)).has_value();
    port_ = std::atoi(log.c_str() + at + mark.size());
    return true;
  });
  const auto is_ready = [&] { return query("1").starts_with(R"({"status":"success")"); };
  if (!listens || port_ == 0 || !within(seconds(30), is_ready))
    throw std::runtime_error("Prometheus does not start: " + process_.errors());
}

// In HTTP/1.0, so that the answer ends with the connection.
std::string Prometheus::query(const std::string& expression) const {
  constexpr std::size_t whole = std::size_t{1} << 30U;
  const sandbox::test::Connection connection{port_};
  connection.send_text("GET /api/v1/query?query=" + percent_encoded(expression) + " HTTP/1.0\r\n\r\n");
  const std::string answer = connection.receive_bytes(whole);
  const auto body = answer.find("\r\n\r\n");
  return body == std::string::npos ? std::string{} : answer.substr(body + 4);
}

bool Prometheus::follows(const Page& page) const {
  Page wanted;
  for (const auto& [text, value] : page) {
    const auto name = std::string_view(text).substr(0, text.find('{'));
    const bool counts = name.ends_with("_total") && !label_of(text, "account").empty();
    if (counts && label_of(text, "endpoint").empty()) wanted.emplace(in_order(text), value);
  }
  return !wanted.empty() && within(seconds(60), [&] {
    Page shown;
    for (const Json& each : result_of(query(counters)))
      shown.emplace(text_of(each.at("metric")), value_of_sample(each.at("value")));
    return shown == wanted;
  });
}

std::map<std::string, double> Prometheus::increases() const {
  std::map<std::string, double> increases;
  for (const Json& each : result_of(query(counters + whole_time)))
    increases.emplace(text_of(each.at("metric")), increase_of(each.at("values")));
  return increases;
}

// Name by name: resets() drops the name, and series that differ by it alone would clash.
std::size_t Prometheus::series_with_resets() const {
  std::set<std::string> names;
  for (const auto& [text, increase] : increases()) names.insert(text.substr(0, text.find('{')));
  std::size_t count = 0;
  for (const std::string& name : names) {
    const std::string expression = "resets(" + name + R"({account!="",endpoint=""})" + whole_time + ") != 0";
    count += result_of(query(expression)).size();
  }
  return count;
}

std::string in_order(std::string_view series) {
  const auto brace = series.find('{');
  std::map<std::string, std::string> labels;
  std::string_view rest = brace == std::string_view::npos ? std::string_view{} : series.substr(brace + 1);
  while (rest.find("=\"") != std::string_view::npos) {
    const auto equals = rest.find("=\"");
    const auto end = rest.find('"', equals + 2);
    labels.emplace(rest.substr(0, equals), rest.substr(equals + 2, end - equals - 2));
    rest.remove_prefix(std::min(rest.size(), end + 2));
  }
  return text_of(std::string(series.substr(0, brace)), labels);
}

}  // namespace cpaas::end_to_end
