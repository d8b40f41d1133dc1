#include "described/rows.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "described/conversion.h"

namespace cpaas::described {
namespace {

using nlohmann::json;

void remember(std::set<std::string>& paths, const std::string& path) {
  if (paths.size() < Drift::limit) paths.insert(path);
}

Window window_of(const MetricSpec& metric, const Settings& settings) {
  return metric.sliding ? sliding_window(settings.window) : metric.window;
}

char in_case(char c, LabelSpec::Case letters) {
  if (letters == LabelSpec::Case::upper && c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 'A');
  if (letters == LabelSpec::Case::lower && c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c;
}

TimePoint end_of(Expiry expiry, const TimeZone& zone, TimePoint now) {
  if (expiry == Expiry::month) return zone.end_of_month(now);
  if (expiry == Expiry::day) return zone.begin_of(zone.day_of(now) + std::chrono::days{1});
  return TimePoint::max();
}

// An info is an answer where nothing says what it describes: else its id comes with the values.
bool counts_labels(const MetricSpec& metric) {
  const auto describes = [](const LabelSpec& label) { return label.only_describes; };
  return metric.value.what == ValueSpec::What::one && std::ranges::none_of(metric.labels, describes);
}

bool needs_answer(const MetricSpec& metric) {
  if (metric.value.what != ValueSpec::What::one) return !metric.value.optional;
  return counts_labels(metric) && std::ranges::any_of(metric.labels, [](const LabelSpec& label) {
           return !label.pointers.empty() && !label.optional;
         });
}

// Of a date or time as it is written, or of Unix seconds.
std::optional<Day> day_at(const json& value, const TimeZone& zone) {
  if (value.is_string()) return parse_day(value.get_ref<const std::string&>());
  if (!value.is_number()) return std::nullopt;
  const double seconds = value.get<double>();
  if (!(seconds >= 0 && seconds < 1e11)) return std::nullopt;
  return zone.day_of(TimePoint{Duration{static_cast<Duration::rep>(seconds * 1000)}});
}

// What tells its series from others: of an info about one of many its id alone.
std::string name_of(const MetricSpec& metric, const LabelValues& labels) {
  const bool by_id = metric.labels.size() > 1 && metric.labels[1].only_describes;
  return by_id ? std::string(labels.values().front()) : labels.key();
}

bool fits(const json& row, Group::Rows rows) {
  if (rows == Group::Rows::anything) return !row.is_null();
  return rows == Group::Rows::lists ? row.is_array() : row.is_object();
}

// In the document itself, or in `scratch`. True and false are none, unless they are translated.
std::optional<std::string_view> label_text(const json& value, const LabelSpec& label, std::string& scratch) {
  if (value.is_string()) return value.get_ref<const std::string&>();
  if (value.is_boolean() && label.words.empty()) return std::nullopt;
  auto text = text_of(value);
  if (!text) return std::nullopt;
  return scratch = std::move(*text);
}

// The family's label `name`; "" if it has none.
std::string_view label_of(const Family& family, const LabelValues& labels, std::string_view name) {
  const auto* const found = std::ranges::find(family.labels, name);
  const auto values = labels.values();
  const auto at = static_cast<std::size_t>(found - family.labels.begin());
  return at < values.size() ? values[at] : std::string_view();
}

}  // namespace

std::size_t Gathered::Hash::operator()(const SeriesKey& key) const {
  const auto& [family, window, day, labels] = key;
  return std::hash<std::string>{}(labels) ^ (std::hash<const void*>{}(family) << 1U) ^
         (static_cast<std::size_t>(window) << 3U) ^
         (static_cast<std::size_t>(day.time_since_epoch().count()) << 9U);
}

RowReader::RowReader(const Asked& asked, const Reply& reply, Gathered& gathered, Page& page)
    : asked_(asked), reply_(reply), gathered_(gathered), page_(page), levels_{&reply.body}, keys_{""} {}

Result<void> RowReader::read() {
  for (const Group& group : asked_.endpoint.groups) {
    wanted_ = wanted_ || std::ranges::any_of(group.metrics, needs_answer);
    walk(group, 0);
    if (error_) return tl::unexpected(*error_);
  }
  asked_.endpoint.shape.report_unknown(reply_.body, page_.drift);
  return {};
}

void RowReader::walk(const Group& group, std::size_t level) {
  if (level == group.each.size()) return read_metrics(group);
  if (group.jq != nullptr) return walk_program(group);
  const Pointer& list = group.each[level];
  if (level > 0 && !list.keys.empty() && !levels_[level]->is_object()) {
    return mistyped(group.each[level - 1].shown + "[]");
  }
  const json* rows = find(*levels_[level], list.keys);
  if (rows == nullptr) {
    remember(page_.drift.missing, list.shown);
  } else if (group.maps[level] ? rows->is_object() : rows->is_array()) {
    walk_rows(group, level, *rows);
  } else {
    mistyped(list.shown);
  }
}

void RowReader::walk_program(const Group& group) {
  const auto result = group.jq->run(reply_.body, reply_.now);
  if (!result) {
    error_ = result.error();
  } else if (!result->refusal.empty()) {
    refusal_ = result->refusal;
    mistyped(group.each.front().shown);
  } else {
    walk_rows(group, 0, result->rows);
  }
}

void RowReader::walk_rows(const Group& group, std::size_t level, const json& rows) {
  if (rows.empty()) met_ = true;
  if (level == 0 && &group == &asked_.endpoint.groups.front()) rows_ += rows.size();
  const std::size_t most = asked_.endpoint.description->limits.series;
  gathered_.seen.reserve(gathered_.seen.size() + std::min(rows.size() * group.metrics.size(), most));
  levels_.push_back(nullptr);
  keys_.emplace_back();
  for (auto row = rows.begin(); row != rows.end(); ++row) {
    levels_.back() = &*row;
    if (rows.is_object()) keys_.back() = row.key();
    walk(group, level + 1);
  }
  levels_.pop_back();
  keys_.pop_back();
}

void RowReader::read_metrics(const Group& group) {
  const json& row = *levels_.back();
  if (!group.each.empty() && !fits(row, group.rows)) return mistyped(group.each.back().shown + "[]");
  for (const MetricSpec& metric : group.metrics) read_metric(metric);
}

void RowReader::read_metric(const MetricSpec& metric) {
  if (!applies(metric)) return;
  auto labels = read_labels(metric);
  const bool has_currency = metric.value.conversion.unit == Conversion::Unit::minor;
  const auto value =
      read_value(metric, labels && has_currency ? label_of(*metric.family, *labels, "currency") : "");
  if (!labels) return;
  Day day{};
  if (metric.booked == Booked::day) {
    const auto read = read_day(metric);
    if (!read) return;
    day = *read;
  }
  add(metric, std::move(*labels), day, value);
}

bool RowReader::applies(const MetricSpec& metric) {
  for (const Condition& condition : metric.where) {
    const json* value = find(*levels_[condition.pointer.level], condition.pointer.keys);
    const auto text = value == nullptr ? std::optional<std::string>() : text_of(*value);
    if (text) met_ = true;
    if (condition.given) {
      if (!text) return false;
      continue;
    }
    const bool listed = text && std::ranges::count(condition.texts, *text) > 0;
    if (value == nullptr) remember(page_.drift.missing, condition.pointer.shown);
    if (value != nullptr && !text) mistyped(condition.pointer.shown);
    if (!text || listed == condition.negated) return false;
  }
  return true;
}

std::optional<LabelValues> RowReader::read_labels(const MetricSpec& metric) {
  bool known = true;
  std::array<std::string_view, 12> texts{};
  std::size_t count = 0;
  for (const LabelSpec& label : metric.labels) {
    const auto text = read_label(label, scratch_.at(count));
    known = known && text;
    if (!text) continue;
    if (!label.pointers.empty() && counts_labels(metric) && !label.optional) met_ = true;
    texts.at(count++) = *text;
  }
  if (!known) return std::nullopt;
  return LabelValues(std::span(texts.data(), count));
}

// Nothing if it is not known which series it is. What it gives lives in the document, the description or
// `scratch`.
std::optional<std::string_view> RowReader::read_label(const LabelSpec& label, std::string& scratch) {
  if (label.key_of) return keys_[*label.key_of];
  if (label.pointers.empty()) return scratch = label.constant.fill(asked_.filling());
  const auto nothing = [&] {
    return label.optional || label.only_describes ? std::optional<std::string_view>(label.without)
                                                  : std::nullopt;
  };
  const json* value = find_first(label.pointers);
  if (value == nullptr) {
    missing(label.pointers, label.optional);
    return nothing();
  }
  const auto whole = label_text(*value, label, scratch);
  const auto part = whole ? part_of(*whole, label.part) : std::nullopt;
  if (!part) {
    mistyped(label.pointers.front().shown);
    return label.only_describes ? std::optional<std::string_view>(label.without) : std::nullopt;
  }
  if (label.personal && !asked_.settings->personal_data) return std::string_view();
  if (label.identifies && part->empty()) return std::nullopt;
  return in_words(label, *part, scratch);
}

std::optional<std::string_view> RowReader::in_words(const LabelSpec& label, std::string_view text,
                                                    std::string& scratch) {
  if (const auto word = label.words.find(text); word != label.words.end()) return word->second;
  if (!label.words.empty()) {
    if (!label.otherwise) mistyped(label.pointers.front().shown);
    return label.otherwise ? std::optional<std::string_view>(*label.otherwise) : std::nullopt;
  }
  if (label.letters == LabelSpec::Case::as_it_is) return text;
  std::string changed(text);
  for (char& c : changed) c = in_case(c, label.letters);
  return scratch = std::move(changed);
}

std::optional<double> RowReader::read_value(const MetricSpec& metric, std::string_view currency) {
  const ValueSpec& spec = metric.value;
  if (spec.what == ValueSpec::What::one) return 1;
  const json* value = find_first(spec.pointers);
  if (value == nullptr) {
    missing(spec.pointers, spec.optional);
    return std::nullopt;
  }
  Converted converted;
  if (spec.what == ValueSpec::What::length) {
    if (value->is_array()) converted.value = static_cast<double>(value->size());
  } else {
    converted = convert(*value, spec.conversion, currency);
  }
  if ((converted.value || converted.absent) && !spec.optional) met_ = true;
  if (!converted.value && !converted.absent) mistyped(spec.pointers.front().shown);
  return converted.value;
}

// One of those that were asked for. In the zone that is assumed they may be off by one.
std::optional<Day> RowReader::read_day(const MetricSpec& metric) {
  const json* value = find(*levels_[metric.day.level], metric.day.keys);
  if (value == nullptr) {
    remember(page_.drift.missing, metric.day.shown);
    return std::nullopt;
  }
  const TimeZone& zone = asked_.settings->zone;
  const auto day = day_at(*value, zone);
  const Day today = zone.day_of(reply_.now);
  const Day first = today - std::chrono::days{asked_.endpoint.days.value_or(1)};
  if (!day || *day > today + std::chrono::days{1} || *day < first) {
    mistyped(metric.day.shown);
    return std::nullopt;
  }
  return day;
}

void RowReader::add(const MetricSpec& metric, LabelValues labels, Day day, std::optional<double> value) {
  Gathered::SeriesKey key{metric.family, window_of(metric, *asked_.settings), day, name_of(metric, labels)};
  if (metric.sum) {
    auto& sum = gathered_.sums.try_emplace(std::move(key), Gathered::Sum{&metric, std::move(labels), day})
                    .first->second;
    sum.value = sum.value && value ? std::optional(*sum.value + *value) : std::nullopt;
    return;
  }
  const bool first = gathered_.seen.insert(std::move(key)).second;
  if (!first || !value) return;
  emit(metric, *asked_.settings, reply_.now, std::move(labels), day, *value, page_);
}

const json* RowReader::find_first(const std::vector<Pointer>& pointers) const {
  for (const Pointer& pointer : pointers) {
    const json* value = find(*levels_[pointer.level], pointer.keys);
    if (value != nullptr) return value;
  }
  return nullptr;
}

void RowReader::missing(const std::vector<Pointer>& pointers, bool optional) {
  if (!optional) remember(page_.drift.missing, pointers.front().shown);
}

void RowReader::mistyped(const std::string& shown) {
  remember(page_.drift.mistyped, shown.empty() ? "$" : shown);
}

void emit(const MetricSpec& metric, const Settings& settings, TimePoint now, LabelValues labels, Day day,
          double value, Page& page) {
  if (metric.booked == Booked::day) {
    page.days.push_back({metric.family, std::move(labels), day, value});
    return;
  }
  if (metric.booked == Booked::level) page.levels.push_back({metric.spent, metric.added, labels, value});
  page.samples.push_back({metric.family,
                          window_of(metric, settings),
                          std::move(labels),
                          value,
                          {},
                          end_of(metric.expires, settings.zone, now)});
}

}  // namespace cpaas::described
