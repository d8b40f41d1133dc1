#include "sandbox/answer.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>

namespace sandbox {

std::string_view Ask::header(std::string_view lower_case_name) const {
  const auto found = headers.find(std::string{lower_case_name});
  return found == headers.end() ? std::string_view{} : found->second;
}

std::optional<std::string> Ask::parameter(const std::string& name) const {
  const auto found = query.find(name);
  if (found == query.end()) return std::nullopt;
  return found->second;
}

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (slash != 0) parts.push_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return parts;
}

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view bearer(const Ask& ask) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view value = ask.header("authorization");
  return value.starts_with(kScheme) ? value.substr(kScheme.size()) : std::string_view{};
}

std::string money_text(std::int64_t micro, int places) {
  const std::string_view sign = micro < 0 ? "-" : "";
  const std::int64_t size = micro < 0 ? -micro : micro;
  const std::string decimals = fmt::format("{:06}", size % kMicro);
  return fmt::format("{}{}.{}", sign, size / kMicro, decimals.substr(0, static_cast<std::size_t>(places)));
}

Json money_number(std::int64_t micro) {
  if (micro % kMicro == 0) return micro / kMicro;
  return static_cast<double>(micro) / static_cast<double>(kMicro);
}

Json minutes_number(std::int64_t seconds) {
  if (seconds % 60 == 0) return seconds / 60;
  return static_cast<double>(seconds) / 60.0;
}

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace sandbox
