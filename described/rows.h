// Reads the metrics of one response: rows, conditions, labels and values.
#pragma once

#include <array>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "described/request.h"
#include "exporter/core/collector.h"

namespace cpaas::described {

// What the pages of one series of requests have given so far, where that cannot be told page by page.
struct Gathered {
  struct Sum {
    const MetricSpec* metric;
    LabelValues labels;
    Day day;                          // of a value by the day
    std::optional<double> value = 0;  // nothing as soon as one row does not say
  };
  using SeriesKey = std::tuple<const Family*, Window, Day, std::string>;

  std::size_t rows = 0;  // of the first list
  std::map<SeriesKey, Sum> sums{};
  struct Hash {
    std::size_t operator()(const SeriesKey& key) const;
  };
  std::unordered_set<SeriesKey, Hash> seen{};
};

// Reads one response into `page`.
class RowReader {
 public:
  RowReader(const Asked& asked, const Reply& reply, Gathered& gathered, Page& page);

  // An error if a jq program takes or gives too much.
  Result<void> read();
  // Whether anything was there that the endpoint is asked for.
  bool answered() const { return met_ || !wanted_; }
  std::size_t rows() const { return rows_; }  // of the first list, in this response
  // Why a jq program did not want the document; "": all did.
  const std::string& refusal() const { return refusal_; }

 private:
  void walk(const Group& group, std::size_t level);
  void walk_program(const Group& group);
  void walk_rows(const Group& group, std::size_t level, const nlohmann::json& rows);
  void read_metrics(const Group& group);
  void read_metric(const MetricSpec& metric);
  bool applies(const MetricSpec& metric);
  std::optional<LabelValues> read_labels(const MetricSpec& metric);
  std::optional<std::string_view> read_label(const LabelSpec& label, std::string& scratch);
  std::optional<std::string_view> in_words(const LabelSpec& label, std::string_view text,
                                           std::string& scratch);
  std::optional<double> read_value(const MetricSpec& metric, std::string_view currency);
  std::optional<Day> read_day(const MetricSpec& metric);
  void add(const MetricSpec& metric, LabelValues labels, Day day, std::optional<double> value);

  const nlohmann::json* find_first(const std::vector<Pointer>& pointers) const;
  void missing(const std::vector<Pointer>& pointers, bool optional);
  void mistyped(const std::string& shown);

  const Asked& asked_;
  const Reply& reply_;
  Gathered& gathered_;
  Page& page_;
  std::vector<const nlohmann::json*> levels_;  // the document, and the rows that are being read
  std::vector<std::string> keys_;              // of the same, where they are a map's
  std::array<std::string, 12> scratch_{};      // of the labels that are being read
  std::size_t rows_ = 0;
  bool wanted_ = false;
  bool met_ = false;
  std::string refusal_{};
  std::optional<Error> error_{};
};

// What `metric` gives for a series; into `page`.
void emit(const MetricSpec& metric, const Settings& settings, TimePoint now, LabelValues labels, Day day,
          double value, Page& page);

}  // namespace cpaas::described
