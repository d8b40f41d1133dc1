#include "exporter/app/body_members.h"

#include <nlohmann/json.hpp>

namespace cpaas::app {

std::map<std::string, std::string, std::less<>> body_members(const std::optional<std::string>& body) {
  std::map<std::string, std::string, std::less<>> members;
  if (!body || body->empty()) return members;
  const auto document = nlohmann::json::parse(*body, nullptr, false);
  if (document.is_discarded()) return {{"", *body}};
  if (!document.is_structured()) return {{"", document.is_string() ? document.get<std::string>() : *body}};
  const nlohmann::json flat = document.flatten();  // kept: items() does not
  for (const auto& [pointer, value] : flat.items()) {
    members.emplace(pointer, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return members;
}

}  // namespace cpaas::app
