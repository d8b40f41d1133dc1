// Answers that look right and are not.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "sandbox/answer.h"

namespace sandbox {

// `body` with 0 in the place of every number, and of every string that is one, in members whose names match
// the glob `keys`.
Json with_zeros(Json body, const std::string& keys);

// `body` without the objects of its lists that name `entity` in one of their members; the `total` or `count`
// beside such a list is lowered.
Json without_entity(Json body, const std::string& entity);

// Remembers answers, to give them later in the place of newer ones. Not thread-safe.
class Laggard {
 public:
  // What was to be told `answers` requests of the same kind ago, or the first of them.
  Json instead_of(const Json& body, const Ask& ask, std::int64_t answers);

 private:
  using Request = std::pair<std::string, std::map<std::string, std::string>>;  // path and query
  std::map<Request, std::deque<Json>> told_;
};

}  // namespace sandbox
