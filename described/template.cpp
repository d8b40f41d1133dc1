#include "described/template.h"

#include <algorithm>
#include <array>

#include "config/spelling.h"
#include "exporter/core/http.h"

namespace cpaas::described {
namespace {

constexpr std::array moment_names{
    "today",
    "yesterday",
    "tomorrow",
    "now",
    "month.first_day",
    "month.last_day",
    "next_month.first_day",
    "last_month.first_day",
    "last_month.last_day",
    "window.first_day",
    "days.first_day",
};
constexpr std::array form_names{"date", "rfc3339", "spaced", "epoch", "epoch_ms", "year", "month"};

template <class Names>
std::optional<std::size_t> index_of(const Names& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - names.begin());
}

std::string joined(const std::vector<std::string>& list) {
  std::string result;
  for (const std::string& each : list) result.append(result.empty() ? "" : ",").append(each);
  return result;
}

}  // namespace

bool Template::read_time(std::string_view name, Part& part, std::vector<std::string>& problems) {
  const auto colon = name.find(':');
  const auto moment = index_of(moment_names, name.substr(0, colon));
  if (!moment) return false;
  part.what = What::time;
  part.moment = static_cast<Moment>(*moment);
  part.form = part.moment == Moment::now ? Form::rfc3339 : Form::date;
  if (colon == std::string_view::npos) return true;
  if (const auto form = index_of(form_names, name.substr(colon + 1))) {
    part.form = static_cast<Form>(*form);
  } else {
    problems.push_back("a time is written as one of " + config::join(form_names));
  }
  return true;
}

Template::Part Template::read_part(std::string_view name, const Names& names,
                                   std::vector<std::string>& problems) {
  Part part{.text = std::string(name)};
  if (std::ranges::count(names.each, name) > 0) {
    part.what = What::each;
  } else if (const auto option = names.options.find(name); option != names.options.end()) {
    const bool is_list = option->second == OptionKind::list || option->second == OptionKind::list_or_all;
    part.what = option->second == OptionKind::secret ? What::secret : is_list ? What::list : What::text;
  } else if (!read_time(name, part, problems)) {
    problems.push_back("{" + config::shown_word(name) +
                       " } is no option, nothing that is repeated for, and no time (" +
                       config::join(moment_names) + ")");
  }
  return part;
}

Template Template::parse(std::string_view text, const Names& names, std::vector<std::string>& problems) {
  Template result;
  while (!text.empty()) {
    const auto open = text.find('{');
    if (open != 0) {
      result.parts_.push_back({.text = std::string(text.substr(0, open))});
      text.remove_prefix(std::min(open, text.size()));
      continue;
    }
    const auto close = text.find('}');
    if (close == std::string_view::npos) {
      problems.emplace_back("a { has no }");
      break;
    }
    result.parts_.push_back(read_part(text.substr(1, close - 1), names, problems));
    text.remove_prefix(close + 1);
  }
  return result;
}

std::string Template::time_text(const Part& part, const Filling& filling) {
  const TimeZone& zone = filling.settings.zone;
  const Day today = zone.day_of(filling.now);
  constexpr std::chrono::days one{1};
  Day day = today;
  switch (part.moment) {
    case Moment::today:
    case Moment::now:
      break;
    case Moment::yesterday:
      day = today - one;
      break;
    case Moment::tomorrow:
      day = today + one;
      break;
    case Moment::month_first:
      day = month_begin(today);
      break;
    case Moment::month_last:
      day = next_month_begin(today) - one;
      break;
    case Moment::next_month_first:
      day = next_month_begin(today);
      break;
    case Moment::last_month_first:
      day = month_begin(month_begin(today) - one);
      break;
    case Moment::last_month_last:
      day = month_begin(today) - one;
      break;
    case Moment::window_first:
      day = today - filling.settings.window + one;
      break;
    case Moment::days_first:
      day = today - filling.days + one;
      break;
  }
  const TimePoint time = part.moment == Moment::now ? filling.now : zone.begin_of(day);
  const auto milliseconds = time.time_since_epoch().count();
  switch (part.form) {
    case Form::date:
      return format_date(day);
    case Form::rfc3339:
      return format_time(time);
    case Form::spaced: {
      std::string text = part.moment == Moment::now ? format_time(time) : format_date(day) + " 00:00:00";
      std::replace(text.begin(), text.end(), 'T', ' ');
      if (text.ends_with('Z')) text.pop_back();
      return text;
    }
    case Form::epoch:
      return std::to_string(milliseconds / 1000);
    case Form::epoch_ms:
      return std::to_string(milliseconds);
    case Form::year:
      return format_date(day).substr(0, 4);
    case Form::month:
      return format_date(day).substr(5, 2);
  }
  return {};
}

std::string Template::fill(const Part& part, const Filling& filling) {
  switch (part.what) {
    case What::literal:
      return part.text;
    case What::text:
      return filling.settings.text(part.text);
    case What::list:
      return joined(filling.settings.list(part.text));
    case What::secret:
      return filling.settings.secret(part.text).reveal();
    case What::each: {
      const auto found = filling.each.find(part.text);
      return found == filling.each.end() ? std::string() : found->second;
    }
    case What::time:
      return time_text(part, filling);
  }
  return {};
}

std::string Template::fill(const Filling& filling) const {
  std::string result;
  for (const Part& part : parts_) result += fill(part, filling);
  return result;
}

std::string Template::fill_path(const Filling& filling) const {
  std::string result;
  for (const Part& part : parts_) {
    result += part.what == What::literal ? part.text : percent_encode(fill(part, filling));
  }
  return result;
}

bool Template::has_secret() const {
  return std::ranges::any_of(parts_, [](const Part& part) { return part.what == What::secret; });
}
bool Template::has_time() const {
  return std::ranges::any_of(parts_, [](const Part& part) { return part.what == What::time; });
}
bool Template::is_number() const {
  return parts_.size() == 1 && parts_.front().what == What::time &&
         (parts_.front().form == Form::epoch || parts_.front().form == Form::epoch_ms);
}

}  // namespace cpaas::described
