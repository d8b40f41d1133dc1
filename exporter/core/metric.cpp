#include "exporter/core/metric.h"

#include <algorithm>
#include <cstdint>

#include "exporter/core/utf8.h"

namespace cpaas {
namespace {

struct WindowText {
  std::string_view name;
  std::string_view phrase;
};

WindowText text_of(Window window) {
  switch (window) {
    case Window::none:
      return {"", ""};
    case Window::h24:
      return {"24h", "in the last 24 hours"};
    case Window::d7:
      return {"7d", "in the last 7 days"};
    case Window::d30:
      return {"30d", "in the last 30 days"};
    case Window::d90:
      return {"90d", "in the last 90 days"};
    case Window::today:
      return {"today", "today"};
    case Window::month:
      return {"month", "in this calendar month"};
    case Window::last_month:
      return {"last_month", "in the last calendar month"};
  }
  return {"", ""};
}

std::string replace_mark(std::string_view text, std::string_view with) {
  const auto mark = text.find('%');
  if (mark == std::string_view::npos) return std::string(text);
  return std::string(text.substr(0, mark)).append(with).append(text.substr(mark + 1));
}

constexpr std::size_t longest_label = 1024;

// FNV-1a: the same in every run, since the ledger keeps labels.
std::string hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits.push_back("0123456789abcdef"[(hash >> shift) & 0xFU]);
  return digits;
}

// Some bytes may grow to three when they turn out not to be UTF-8.
std::string shortened(std::string_view text) {
  std::size_t end = longest_label / 4;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "..." + hash_of(text);
}

}  // namespace

Window sliding_window(std::chrono::days days) {
  if (days == std::chrono::days{7}) return Window::d7;
  if (days == std::chrono::days{90}) return Window::d90;
  return Window::d30;
}

bool windowed(const Family& family) {
  return family.name.find('%') != std::string_view::npos;
}

std::string family_name(const Family& family, Window window) {
  return replace_mark(family.name, text_of(window).name);
}

std::string family_help(const Family& family, Window window) {
  return replace_mark(family.help, text_of(window).phrase);
}

std::vector<Window> windows_of(const WindowKinds& kinds) {
  std::vector<Window> result;
  if (kinds.h24) result.push_back(Window::h24);
  if (kinds.sliding || kinds.d7) result.push_back(Window::d7);
  if (kinds.sliding || kinds.d30) result.push_back(Window::d30);
  if (kinds.sliding || kinds.d90) result.push_back(Window::d90);
  if (kinds.today) result.push_back(Window::today);
  if (kinds.month) result.push_back(Window::month);
  if (kinds.last_month) result.push_back(Window::last_month);
  if (result.empty()) result.push_back(Window::none);
  return result;
}

LabelValues::LabelValues(std::initializer_list<std::string_view> values)
    : LabelValues(std::span(values.begin(), values.size())) {}

LabelValues::LabelValues(std::span<const std::string_view> values) {
  std::size_t size = values.size();
  for (const std::string_view value : values) size += value.size();
  joined_.reserve(size);
  for (const std::string_view value : values) append(value);
}

void LabelValues::append(std::string_view value) {
  const std::size_t begin = joined_.size();
  if (value.size() > longest_label) {
    append_valid_utf8(joined_, shortened(value));
  } else {
    append_valid_utf8(joined_, value);
  }
  if (value.find('\0') != std::string_view::npos) {
    joined_.erase(std::remove(joined_.begin() + static_cast<std::ptrdiff_t>(begin), joined_.end(), '\0'),
                  joined_.end());
  }
  joined_.push_back('\0');
}

LabelList LabelValues::values() const {
  LabelList result;
  std::string_view rest = joined_;
  while (!rest.empty()) {
    const auto end = rest.find('\0');
    result.push_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace cpaas
