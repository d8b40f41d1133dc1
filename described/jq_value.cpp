#include "described/jq_value.h"

#include <cmath>
#include <cstdint>
#include <string>

namespace cpaas::described {
namespace {

using nlohmann::json;

constexpr double exact = 9007199254740992.0;  // 2^53: up to here a double has every whole number
constexpr std::size_t deepest = 100;

jv text_to_jq(const JqLibrary& jq, const std::string& text) {
  return jq.jv_string_sized(text.data(), static_cast<int>(text.size()));
}

jv number_to_jq(const JqLibrary& jq, const json& value) {
  const auto number = value.get<double>();
  if (value.is_number_float() || std::abs(number) < exact) return jq.jv_number(number);
  return text_to_jq(jq, value.dump());
}

jv list_to_jq(const JqLibrary& jq, const json& value) {
  jv list = jq.jv_array_sized(static_cast<int>(value.size()));
  for (const json& each : value) list = jq.jv_array_append(list, to_jq(jq, each));
  return list;
}

jv map_to_jq(const JqLibrary& jq, const json& value) {
  jv map = jq.jv_object();
  for (const auto& [key, each] : value.items()) {
    map = jq.jv_object_set(map, text_to_jq(jq, key), to_jq(jq, each));
  }
  return map;
}

// Owns a value while it is read.
class Owned {
 public:
  Owned(const JqLibrary& jq, jv value) : jq_(jq), value_(value) {}
  ~Owned() { jq_.jv_free(value_); }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;

  jv_kind kind() const { return jq_.jv_get_kind(value_); }
  double number() const { return jq_.jv_number_value(value_); }
  std::string text() const {
    const auto size = static_cast<std::size_t>(jq_.jv_string_length_bytes(jq_.jv_copy(value_)));
    return {jq_.jv_string_value(value_), size};
  }
  int length() const { return jq_.jv_array_length(jq_.jv_copy(value_)); }
  jv element(int index) const { return jq_.jv_array_get(jq_.jv_copy(value_), index); }
  const jv& raw() const { return value_; }

 private:
  const JqLibrary& jq_;
  jv value_;
};

json number_from(double number) {
  if (!std::isfinite(number)) return nullptr;
  if (std::floor(number) == number && std::abs(number) <= exact) return static_cast<std::int64_t>(number);
  return number;
}

class Reader {
 public:
  Reader(const JqLibrary& jq, std::size_t& budget) : jq_(jq), budget_(budget) {}

  // False if it is too much; the rest of the value is left out then.
  bool read(jv taken, json& into, std::size_t depth) {
    const Owned value(jq_, taken);
    if (depth > deepest || budget_ == 0) return false;
    --budget_;
    switch (value.kind()) {
      case JV_KIND_TRUE:
      case JV_KIND_FALSE:
        into = value.kind() == JV_KIND_TRUE;
        return true;
      case JV_KIND_NUMBER:
        into = number_from(value.number());
        return true;
      case JV_KIND_STRING:
        into = value.text();
        return true;
      case JV_KIND_ARRAY:
        return read_list(value, into, depth);
      case JV_KIND_OBJECT:
        return read_map(value, into, depth);
      case JV_KIND_INVALID:
      case JV_KIND_NULL:
        break;
    }
    into = nullptr;
    return true;
  }

 private:
  bool read_list(const Owned& value, json& into, std::size_t depth) {
    into = json::array();
    for (int i = 0; i < value.length(); ++i) {
      if (!read(value.element(i), into.emplace_back(), depth + 1)) return false;
    }
    return true;
  }

  bool read_map(const Owned& value, json& into, std::size_t depth) {
    into = json::object();
    const jv& map = value.raw();
    for (int at = jq_.jv_object_iter(map); jq_.jv_object_iter_valid(map, at) != 0;
         at = jq_.jv_object_iter_next(map, at)) {
      const Owned key(jq_, jq_.jv_object_iter_key(map, at));
      if (!read(jq_.jv_object_iter_value(map, at), into[key.text()], depth + 1)) return false;
    }
    return true;
  }

  const JqLibrary& jq_;
  std::size_t& budget_;
};

}  // namespace

jv to_jq(const JqLibrary& jq, const json& value) {
  switch (value.type()) {
    case json::value_t::boolean:
      return jq.jv_bool(value.get<bool>() ? 1 : 0);
    case json::value_t::number_integer:
    case json::value_t::number_unsigned:
    case json::value_t::number_float:
      return number_to_jq(jq, value);
    case json::value_t::string:
      return text_to_jq(jq, value.get_ref<const std::string&>());
    case json::value_t::array:
      return list_to_jq(jq, value);
    case json::value_t::object:
      return map_to_jq(jq, value);
    case json::value_t::null:
    case json::value_t::binary:
    case json::value_t::discarded:
      break;
  }
  return jq.jv_null();
}

std::optional<json> from_jq(const JqLibrary& jq, jv value, std::size_t& budget) {
  json result;
  if (!Reader(jq, budget).read(value, result, 0)) return std::nullopt;
  return result;
}

}  // namespace cpaas::described
