// Bytes as text.
#pragma once

#include <string>
#include <string_view>

namespace cpaas::described {

std::string base64(std::string_view bytes);  // with padding
std::string hex(std::string_view bytes);     // in small letters

}  // namespace cpaas::described
