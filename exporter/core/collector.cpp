#include "exporter/core/collector.h"

#include <algorithm>
#include <cmath>

namespace cpaas {

void Page::add(const Family& family, std::optional<double> value, LabelValues labels) {
  add(family, Window::none, value, std::move(labels));
}

void Page::add(const Family& family, Window window, std::optional<double> value, LabelValues labels) {
  if (value && std::isfinite(*value)) samples.push_back({&family, window, std::move(labels), *value});
}

void Page::add_until(TimePoint end, const Family& family, std::optional<double> value, LabelValues labels) {
  const std::size_t before = samples.size();
  add(family, value, std::move(labels));
  if (samples.size() > before) samples.back().expires = end;
}

void Page::add_info(const Family& family, LabelValues labels) {
  samples.push_back({&family, Window::none, std::move(labels), 1});
}

std::vector<Day> PollStart::days_to_ask(std::string_view member) const {
  return days ? days(member) : std::vector<Day>{day_of(now)};
}

std::vector<std::string> PollStart::in_turn(std::vector<std::string> members) const {
  if (turn) std::ranges::stable_sort(members, {}, turn);
  return members;
}

std::string make_url(const Settings& settings, std::string_view path,
                     std::initializer_list<std::pair<std::string_view, std::string_view>> parameters) {
  std::string url = settings.base_url + std::string(path);
  char separator = '?';
  for (const auto& [name, value] : parameters) {
    url.append(1, separator).append(percent_encode(name)).append("=").append(percent_encode(value));
    separator = '&';
  }
  return url;
}

}  // namespace cpaas
