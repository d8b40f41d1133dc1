#include "exporter/core/json_object.h"

#include <algorithm>
#include <cmath>

#include "exporter/core/number.h"
#include "exporter/core/utf8.h"

namespace cpaas {
namespace {

using nlohmann::json;

void remember(std::set<std::string>& paths, std::string path) {
  if (paths.size() < Drift::limit) paths.insert(std::move(path));
}

std::optional<double> as_number(const json& value) {
  if (value.is_number()) {
    const double number = value.get<double>();
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
  }
  return value.is_string() ? parse_decimal(value.get_ref<const std::string&>()) : std::nullopt;
}

void collect_leaves(const json& object, const std::string& prefix, const std::string& path, int depth,
                    Drift& drift, std::vector<std::pair<std::string, double>>& leaves) {
  constexpr int max_depth = 4;
  for (const auto& [key, value] : object.items()) {
    const std::string name = prefix.empty() ? key : prefix + "." + key;
    if (const auto number = as_number(value)) {
      leaves.emplace_back(name, *number);
    } else if (value.is_object() && depth < max_depth) {
      collect_leaves(value, name, path, depth + 1, drift, leaves);
    } else {
      remember(drift.mistyped, path + "." + one_line(name));
    }
  }
}

}  // namespace

void Drift::merge(const Drift& other) {
  for (const std::string& path : other.missing) remember(missing, path);
  for (const std::string& path : other.mistyped) remember(mistyped, path);
  for (const std::string& path : other.unknown) remember(unknown, path);
}

JsonObject::JsonObject(const json& value, Drift& drift, std::string_view path) : drift_(&drift), key_(path) {
  if (value.is_object()) {
    object_ = &value;
  } else {
    remember(drift.mistyped, path.empty() ? "$" : std::string(path));
  }
}

JsonObject::JsonObject(const json* value, Drift& drift, const JsonObject* parent, std::string_view key,
                       bool element)
    : drift_(&drift), parent_(parent), key_(key), element_(element), purpose_(parent->purpose_) {
  if (value == nullptr) return;
  if (value->is_object()) {
    object_ = value;
  } else {
    remember(drift.mistyped, path());
  }
}

JsonObject::~JsonObject() {
  if (object_ == nullptr) return;
  for (const auto& [key, value] : object_->items()) {
    if (std::find(asked_.begin(), asked_.end(), key) == asked_.end()) {
      remember(drift_->unknown, path_of(one_line(key)));
    }
  }
}

std::string JsonObject::path() const {
  std::string result = parent_ != nullptr ? parent_->path_of(key_) : std::string(key_);
  return element_ ? result + "[]" : result;
}

std::string JsonObject::path_of(std::string_view key) const {
  const std::string base = path();
  return base.empty() ? std::string(key) : base + "." + std::string(key);
}

bool JsonObject::has(std::string_view key) const {
  if (object_ == nullptr) return false;
  const auto found = object_->find(key);
  return found != object_->end() && !found->is_null();
}

const json* JsonObject::find(std::string_view key, Need need) {
  const json* value = raw(key);
  if (need == Need::purpose) purpose_->asked = true;
  if (value == nullptr && object_ != nullptr && need != Need::optional)
    remember(drift_->missing, path_of(key));
  return value;
}

const json* JsonObject::raw(std::string_view key) {
  if (object_ == nullptr) return nullptr;
  asked_.push_back(key);
  const auto found = object_->find(key);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

void JsonObject::ignore(std::initializer_list<std::string_view> keys) {
  asked_.insert(asked_.end(), keys.begin(), keys.end());
}

void JsonObject::mistyped(std::string_view key) {
  remember(drift_->mistyped, path_of(key));
}

template <class ReadValue>
auto JsonObject::read_value(std::string_view key, Need need, const ReadValue& read) {
  const json* value = find(key, need);
  auto result = value == nullptr ? decltype(read(*value)){} : read(*value);
  if (value != nullptr && !result) mistyped(key);
  if (result && need == Need::purpose) purpose_->met = true;
  return result;
}

std::optional<double> JsonObject::number(std::string_view key, Need need) {
  return read_value(key, need, as_number);
}

std::optional<double> JsonObject::count(std::string_view key, Need need) {
  return read_value(key, need, [](const json& value) {
    const auto number = as_number(value);
    return number && *number >= 0 && std::floor(*number) == *number ? number : std::nullopt;
  });
}

std::optional<double> JsonObject::clock_seconds(std::string_view key, Need need) {
  return read_value(key, need, [](const json& value) {
    return value.is_string() ? parse_clock_duration(value.get_ref<const std::string&>()) : std::nullopt;
  });
}

std::optional<bool> JsonObject::boolean(std::string_view key, Need need) {
  return read_value(key, need, [](const json& value) {
    return value.is_boolean() ? std::optional(value.get<bool>()) : std::nullopt;
  });
}

std::optional<std::string> JsonObject::text(std::string_view key, Need need) {
  return read_value(key, need, [](const json& value) -> std::optional<std::string> {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_number()) return value.dump();
    return std::nullopt;
  });
}

std::optional<TimePoint> JsonObject::time(std::string_view key, Need need) {
  return read_value(key, need, [](const json& value) {
    return value.is_string() ? parse_time(value.get_ref<const std::string&>()) : std::nullopt;
  });
}

std::optional<Day> JsonObject::day(std::string_view key, Need need) {
  return read_value(key, need, [](const json& value) {
    return value.is_string() ? parse_day(value.get_ref<const std::string&>()) : std::nullopt;
  });
}

JsonObject JsonObject::object(std::string_view key, Need need) {
  return {find(key, need), *drift_, this, key, false};
}

bool JsonObject::each_object(std::string_view key, Need need, const std::function<void(JsonObject&)>& row) {
  const json* value = find(key, need);
  if (value == nullptr) return false;
  if (!value->is_array()) {
    mistyped(key);
    return false;
  }
  if (value->empty() && need == Need::purpose) purpose_->met = true;
  for (const json& element : *value) {
    JsonObject cursor(&element, *drift_, this, key, true);
    if (cursor) row(cursor);
  }
  return true;
}

std::vector<std::pair<std::string, double>> JsonObject::number_leaves(std::string_view key, Need need) {
  std::vector<std::pair<std::string, double>> leaves;
  const json* value = find(key, need);
  if (value == nullptr) return leaves;
  if (value->is_object()) {
    collect_leaves(*value, "", path_of(key), 0, *drift_, leaves);
  } else {
    mistyped(key);
  }
  return leaves;
}

bool each_object(const json& value, Drift& drift, std::string_view path,
                 const std::function<void(JsonObject&)>& row) {
  if (!value.is_array()) {
    remember(drift.mistyped, path.empty() ? "$" : std::string(path));
    return false;
  }
  const std::string element = (path.empty() ? "$" : std::string(path)) + "[]";
  for (const json& item : value) {
    JsonObject cursor(item, drift, element);
    if (cursor) row(cursor);
  }
  return true;
}

}  // namespace cpaas
