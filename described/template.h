// Texts of a description with places to fill in: "{account_id}", "{today}", "{window.first_day:epoch}".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/settings.h"

namespace cpaas::described {

// What a template may be filled with.
struct Filling {
  const Settings& settings;
  TimePoint now;                                                // the provider's clock
  const std::map<std::string, std::string, std::less<>>& each;  // what the request is repeated for
  std::chrono::days days{1};                                    // how many the endpoint's rows tell
};

// The names that a template may use, and whether a name is a secret.
struct Names {
  std::map<std::string, OptionKind, std::less<>> options;
  std::vector<std::string> each;
};

// A text, a part of which is known only when a request is made. Immutable.
class Template {
 public:
  Template() = default;

  // Reads `text`. What is wrong with it is appended to `problems`, as sentences without the place.
  static Template parse(std::string_view text, const Names& names, std::vector<std::string>& problems);

  std::string fill(const Filling& filling) const;
  // The same with everything that is filled in percent-encoded: for a path.
  std::string fill_path(const Filling& filling) const;

  bool empty() const { return parts_.empty(); }
  bool has_secret() const;  // what it gives must not be shown
  bool has_time() const;    // it depends on the day
  bool is_number() const;   // it is one time as epoch seconds or milliseconds, and nothing else

 private:
  enum class What : std::uint8_t { literal, text, list, secret, each, time };
  enum class Moment : std::uint8_t {
    today,
    yesterday,
    tomorrow,
    now,
    month_first,
    month_last,
    next_month_first,
    last_month_first,
    last_month_last,
    window_first,
    days_first,
  };
  enum class Form : std::uint8_t { date, rfc3339, spaced, epoch, epoch_ms, year, month };
  struct Part {
    What what = What::literal;
    std::string text;  // itself, or the name
    Moment moment = Moment::today;
    Form form = Form::date;
  };

  static bool read_time(std::string_view name, Part& part, std::vector<std::string>& problems);
  static Part read_part(std::string_view name, const Names& names, std::vector<std::string>& problems);
  static std::string fill(const Part& part, const Filling& filling);
  static std::string time_text(const Part& part, const Filling& filling);

  std::vector<Part> parts_;
};

}  // namespace cpaas::described
