// One request as the provider APIs see it, and their answer. Pure values.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/world.h"

namespace sandbox {

using Json = nlohmann::ordered_json;

struct Ask {
  std::string method;
  std::string path;    // below the provider's prefix, decoded: /v1/usage
  std::string prefix;  // absolute URL of the provider's prefix: http://127.0.0.1:8080/teli
  std::map<std::string, std::string> query;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string client;                          // address:port of the peer
  std::string body = {};

  std::string_view header(std::string_view lower_case_name) const;
  std::optional<std::string> parameter(const std::string& name) const;
};

struct Answer {
  int status = 200;
  Json body = {};
  std::string endpoint = "unknown";  // a short name, for counting and for faults
  std::string location = {};         // only of redirects
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::optional<std::string> text = {};  // what is sent in the place of `body`, which is the same as JSON
};

// Worlds differ by their credentials: the answer comes from the world whose credentials the request has.
using Worlds = std::span<const World* const>;
Answer tingting_answer(Worlds worlds, const Ask& ask);
Answer vobiz_answer(Worlds worlds, const Ask& ask);
Answer teli_answer(Worlds worlds, const Ask& ask);
Answer agentphone_answer(Worlds worlds, const Ask& ask);

// Error body of a provider as it documents it for `status`.
Json tingting_error(int status);
Json vobiz_error(int status);
Json teli_error(int status);
Json agentphone_error(int status);

// --- helpers of the four ---

std::vector<std::string_view> segments(std::string_view path);
// The whole number that `text` is, if it is one.
std::optional<std::int64_t> whole(std::string_view text);
// The token of `Authorization: Bearer ...`, empty if there is none.
std::string_view bearer(const Ask& ask);
// 1300.5 -> "1300.50000"; `micro` is cut, not rounded, to `places` decimals.
std::string money_text(std::int64_t micro, int places);
// Micro-units as a JSON number: an integer where it is whole.
Json money_number(std::int64_t micro);
// Seconds as minutes: an integer where it is whole, else a decimal.
Json minutes_number(std::int64_t seconds);
// part/whole, 0 if there is no whole.
double ratio(std::int64_t part, std::int64_t whole);

}  // namespace sandbox
