#include "sandbox/lies.h"

#include <fnmatch.h>

#include <algorithm>
#include <cstdint>

namespace sandbox {

namespace {

bool is_number_text(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  const auto digits = text.starts_with('-') ? 1U : 0U;
  return text.size() > digits && text.find_first_not_of("0123456789.", digits) == std::string::npos;
}

void zero(Json& value, const std::string& keys, bool matched) {
  if (value.is_structured()) {
    for (const auto& [key, item] : value.items()) {
      const bool named = value.is_object() && fnmatch(keys.c_str(), key.c_str(), 0) == 0;
      zero(item, keys, value.is_object() ? named : matched);
    }
  } else if (matched && value.is_number()) {
    value = 0;
  } else if (matched && is_number_text(value)) {
    value = "0";
  }
}

bool names(const Json& row, const std::string& entity) {
  return row.is_object() && std::ranges::find(row, Json(entity)) != row.end();
}

// How many were left out.
std::int64_t leave_out(Json& list, const std::string& entity) {
  Json kept = Json::array();
  for (Json& row : list) {
    if (!names(row, entity)) kept.push_back(std::move(row));
  }
  const auto missing = static_cast<std::int64_t>(list.size() - kept.size());
  list = std::move(kept);
  return missing;
}

}  // namespace

Json with_zeros(Json body, const std::string& keys) {
  zero(body, keys, false);
  return body;
}

Json without_entity(Json body, const std::string& entity) {
  if (!body.is_object()) return body;
  std::int64_t missing = 0;
  for (Json& member : body) {
    if (member.is_array()) missing += leave_out(member, entity);
  }
  for (const char* count : {"total", "count"}) {
    if (body.contains(count) && body[count].is_number())
      body[count] = body[count].get<std::int64_t>() - missing;
  }
  return body;
}

Json Laggard::instead_of(const Json& body, const Ask& ask, std::int64_t answers) {
  auto& told = told_[{ask.path, ask.query}];
  told.push_back(body);
  if (static_cast<std::int64_t>(told.size()) > answers + 1) told.pop_front();
  return told.front();
}

}  // namespace sandbox
