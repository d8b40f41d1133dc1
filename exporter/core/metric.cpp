#include "exporter/core/metric.h"

#include <algorithm>

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
  constexpr std::size_t longest = 512;  // bytes; a provider's text may have any length
  constexpr std::string_view ellipsis = "\xE2\x80\xA6";
  const std::size_t begin = joined_.size();
  const std::string_view kept =
      value.size() > longest ? first_bytes(value, longest - ellipsis.size()) : value;
  append_valid_utf8(joined_, kept);
  // Each invalid byte became three.
  if (joined_.size() - begin > longest) {
    joined_.resize(begin + first_bytes(std::string_view(joined_).substr(begin), longest).size());
  }
  if (kept.size() < value.size()) joined_.append(ellipsis);
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
