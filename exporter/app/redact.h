// Takes secrets and people out of what a provider answered, so that it can be kept and shown.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cpaas::app {

// What is replaced is replaced by the same everywhere, so that rows of one customer stay rows of one
// customer. Goes by the names of fields and the looks of texts: somebody should look at the result before it
// is passed on.
class Redactor {
 public:
  explicit Redactor(std::vector<std::string> secrets);

  // JSON, also by the names of its fields: of people, places, keys, and what was said. Else as text().
  std::string body(std::string_view body);
  // Without secrets, e-mail addresses and phone numbers (+ and digits).
  std::string text(std::string_view text);
  // Whether one of the secrets is in it.
  bool has_secret(std::string_view text) const;

 private:
  void redact(nlohmann::ordered_json& value, std::string_view field);
  std::string redacted(std::string text, std::string_view field);
  std::string phone_for(const std::string& digits);
  std::string substitute(std::string_view kind, const std::string& original);
  std::string without_addresses(std::string_view text);
  std::string without_phones(std::string_view text);

  std::vector<std::string> secrets_;  // the longest first
  std::map<std::string, std::string, std::less<>> substitutes_;
  std::map<std::string, std::size_t, std::less<>> counts_;  // of each kind
};

}  // namespace cpaas::app
