#include "config/base_url.h"

#include <algorithm>
#include <charconv>

namespace cpaas::config {
namespace {

bool only_of(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

// A decimal from 0 to `most`, of at most five digits.
bool number_up_to(std::string_view text, int most) {
  int value = 0;
  if (text.size() > 5 || !only_of(text, "0123456789")) return false;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value <= most;
}

bool valid_port(std::string_view text) {
  return number_up_to(text, 65535) && text.find_first_not_of('0') != std::string_view::npos;
}

bool valid_host(std::string_view host) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
  if (host.starts_with('[')) {
    return host.ends_with(']') && host.size() > 3 &&
           only_of(host.substr(1, host.size() - 2), "0123456789abcdefABCDEF:.");
  }
  return only_of(host, letters) && host.front() != '.' && host.find("..") == std::string_view::npos;
}

bool valid_path(std::string_view path) {
  return std::all_of(path.begin(), path.end(), [](char c) {
    return c > ' ' && c < 0x7F && std::string_view("?#\\\"<>^`{|}").find(c) == std::string_view::npos;
  });
}

// 127.0.0.0/8, written with four numbers.
bool ipv4_loopback(std::string_view host) {
  if (!host.starts_with("127.")) return false;
  int numbers = 0;
  while (true) {
    const auto dot = host.find('.');
    if (!number_up_to(host.substr(0, dot), 255)) return false;
    ++numbers;
    if (dot == std::string_view::npos) return numbers == 4;
    host.remove_prefix(dot + 1);
  }
}

bool loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || ipv4_loopback(host);
}

struct Authority {
  std::string_view host;
  std::optional<std::string_view> port;
};

Authority split_authority(std::string_view text) {
  const auto bracket = text.find(']');
  const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

std::optional<BaseUrl> parse_base_url(std::string_view text) {
  const bool tls = text.starts_with("https://");
  if (!tls && !text.starts_with("http://")) return std::nullopt;
  const std::string_view rest = text.substr(tls ? 8 : 7);
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto [host, port] = split_authority(rest.substr(0, slash));
  if (!valid_host(host) || (port && !valid_port(*port)) || !valid_path(rest.substr(slash)))
    return std::nullopt;
  while (text.ends_with('/')) text.remove_suffix(1);
  return BaseUrl{std::string(text), tls, loopback(host)};
}

}  // namespace cpaas::config
