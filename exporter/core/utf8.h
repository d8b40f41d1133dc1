// Text from a provider made safe to pass on.
#pragma once

#include <string>
#include <string_view>

namespace cpaas {

// `text` with every byte sequence that is not UTF-8 replaced by U+FFFD. Valid text comes back unchanged.
std::string valid_utf8(std::string text);

// Appends valid_utf8(text) to `out`.
void append_valid_utf8(std::string& out, std::string_view text);

// The first `limit` bytes of `text`, less a character that this would cut in two.
std::string_view first_bytes(std::string_view text, std::size_t limit);

// `text` fit for one log line or message: valid UTF-8, control characters as spaces, at most `limit` bytes.
std::string one_line(std::string_view text, std::size_t limit = 200);

}  // namespace cpaas
