#include "described/document.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "exporter/core/utf8.h"

namespace cpaas::described {
namespace {

using nlohmann::json;

const json* element(const json& list, const std::string& key) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
  const bool good = error == std::errc{} && end == key.data() + key.size();
  return good && index < list.size() ? &list[index] : nullptr;
}

const json* member(const json& from, const std::string& key) {
  if (from.is_array()) return element(from, key);
  if (!from.is_object()) return nullptr;
  const auto found = from.find(key);
  return found == from.end() ? nullptr : &*found;
}

std::optional<std::size_t> position(const std::vector<std::string>& keys, const std::string& key) {
  const auto found = std::ranges::find(keys, key);
  if (found == keys.end()) return std::nullopt;
  return static_cast<std::size_t>(found - keys.begin());
}

std::string inside(const std::string& path, const std::string& key) {
  return path.empty() ? one_line(key) : path + "." + one_line(key);
}

std::optional<std::string> unescaped(std::string_view key) {
  std::string result;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] != '~') {
      result.push_back(key[i]);
    } else if (++i < key.size() && (key[i] == '0' || key[i] == '1')) {
      result.push_back(key[i] == '0' ? '~' : '/');
    } else {
      return std::nullopt;
    }
  }
  return result;
}

}  // namespace

std::optional<std::vector<std::string>> parse_pointer(std::string_view text) {
  std::vector<std::string> keys;
  while (!text.empty()) {
    if (text.front() != '/') return std::nullopt;
    text.remove_prefix(1);
    const auto end = std::min(text.find('/'), text.size());
    auto key = unescaped(text.substr(0, end));
    if (!key) return std::nullopt;
    keys.push_back(std::move(*key));
    text.remove_prefix(end);
  }
  return keys;
}

const json* find(const json& from, const std::vector<std::string>& keys) {
  const json* at = &from;
  for (const std::string& key : keys) {
    at = member(*at, key);
    if (at == nullptr) return nullptr;
  }
  return at->is_null() ? nullptr : at;
}

std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return value.dump();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  return std::nullopt;
}

Shape& Shape::child(const std::string& key) {
  if (const auto at = position(keys_, key)) return values_[*at];
  keys_.push_back(key);
  return values_.emplace_back();
}

Shape& Shape::known(const std::vector<std::string>& keys) {
  Shape* at = this;
  for (const std::string& key : keys) at = &at->child(key);
  at->whole_ = true;
  return *at;
}

Shape& Shape::rows(const std::vector<std::string>& keys) {
  Shape* at = this;
  for (const std::string& key : keys) at = &at->child(key);
  if (at->rows_.empty()) at->rows_.emplace_back();
  return at->rows_.front();
}

void Shape::ignore(const std::vector<std::string>& keys) {
  Shape* at = this;
  for (const std::string& key : keys) at = key == "*" ? &at->rows({}) : &at->child(key);
  at->whole_ = true;
}

void Shape::report_unknown(const json& document, Drift& drift) const {
  report(document, "", drift);
}

void Shape::report(const json& value, const std::string& path, Drift& drift) const {
  if (whole_ && rows_.empty()) return;
  if (!rows_.empty()) {
    if (!value.is_structured()) return;
    const std::string below = (path.empty() ? "$" : path) + "[]";
    for (const json& each : value) rows_.front().report(each, below, drift);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [key, inner] : value.items()) {
    const auto at = position(keys_, key);
    if (at) {
      const Shape& known = values_[*at];
      known.report(inner, known.whole_ ? std::string() : inside(path, key), drift);
    } else if (drift.unknown.size() < Drift::limit) {
      drift.unknown.insert(inside(path, key));
    }
  }
}

}  // namespace cpaas::described
