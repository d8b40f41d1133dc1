// Bodies that are wrong in one way each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sandbox/answer.h"

namespace sandbox {

// JSON text in which every number, and every string that holds one, is `raw` (written as it is; in quotes
// where a string was).
std::string with_numbers_replaced(const Json& right, std::string_view raw);
// JSON text in which each key of a number is repeated with that number plus one.
std::string with_duplicate_keys(const Json& right);
std::string with_invalid_utf8(std::string text);
std::string nested_arrays(std::int64_t depth);
std::string gzip(std::string_view text);
// gzip data of `size` blanks.
std::string gzip_bomb(std::int64_t size);

}  // namespace sandbox
