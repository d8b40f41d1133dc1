#include "exporter/core/http.h"

#include <array>

namespace cpaas {

std::string_view HttpResponse::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

std::string shown_url(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  const auto authority = scheme + 3;
  const auto end = url.find('/', authority);
  const auto at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < authority) return std::string(url);
  return std::string(url.substr(0, authority)).append(url.substr(at + 1));
}

std::string percent_encode(std::string_view text) {
  constexpr std::array hex{'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'};
  constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string result;
  for (const char c : text) {
    if (unreserved.find(c) != std::string_view::npos) {
      result.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result.append({'%', hex.at(byte >> 4U), hex.at(byte & 0xFU)});
    }
  }
  return result;
}

}  // namespace cpaas
