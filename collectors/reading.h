// What the collectors of object-shaped APIs share: reading a whole response, and values that are never
// negative.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/core/collector.h"
#include "exporter/core/families.h"

namespace cpaas {

// Reads one response: samples, days, levels and further calls go into `page`, drift by `body`.
using Read = std::function<void(JsonObject& body, TimePoint now, Page& page)>;

inline tl::unexpected<Error> no_answer(std::string_view endpoint) {
  return fail(Reason::schema, std::string(endpoint) + ": the response has nothing of what was asked for");
}

// Gives what `read` made of the response. A response without what `read` asks for with Need::purpose is an
// error (schema), so that the last good values stay.
inline Result<Page> parse_object(const Reply& reply, std::string_view endpoint, const Read& read) {
  Page page;
  bool answered = false;
  {
    JsonObject body(reply.body, page.drift);  // reports unknown keys when it ends
    read(body, reply.now, page);
    answered = body.answered();
  }
  if (!answered) return no_answer(endpoint);
  return page;
}

// --- lists that prove to be whole

// What the pages of a list gave so far. A list is whole when all its pages state the same total and as many
// rows came: rows move to another page when the list changes between two requests, and one may be missed.
class ListProof {
 public:
  static constexpr int most_attempts = 3;

  // Once for each page: the total that it states, if it does.
  void begin_page(std::optional<double> total) {
    changed_ = changed_ || (pages_ > 0 && total != total_);
    total_ = total;
    ++pages_;
    page_rows_ = page_new_ = 0;
  }
  // Once for each row; false if an earlier one had its id. Rows without an id are told apart by nothing.
  bool add(const std::optional<std::string>& id) {
    ++page_rows_;
    if (id && !id->empty() && !ids_.insert(*id).second) return false;
    ++page_new_;
    ++rows_;
    return true;
  }

  int pages() const { return pages_; }
  std::size_t page_rows() const { return page_rows_; }  // of this page
  std::size_t page_new() const { return page_new_; }    // without those that came before
  std::size_t rows() const { return rows_; }            // the same, of all pages
  bool whole() const {
    const bool repeats = page_rows_ > 0 && page_new_ == 0;
    return !changed_ && !repeats && (!total_ || static_cast<double>(rows_) == *total_);
  }
  // For reading the list again from its beginning; nothing when that was tried often enough.
  std::optional<ListProof> again() const {
    if (attempt_ == most_attempts) return std::nullopt;
    ListProof next;
    next.attempt_ = attempt_ + 1;
    return next;
  }
  Error error(std::string_view endpoint) const {
    std::string text = std::string(endpoint) + ": the list is not whole: " + std::to_string(rows_) + " rows";
    if (total_) text += " of " + std::to_string(static_cast<long long>(std::min(*total_, 1e15)));
    return {Reason::schema, changed_ ? text + ", and it changed while it was read" : text};
  }

 private:
  int attempt_ = 1;
  int pages_ = 0;
  std::optional<double> total_;
  bool changed_ = false;
  std::size_t page_rows_ = 0;
  std::size_t page_new_ = 0;
  std::size_t rows_ = 0;
  std::set<std::string> ids_;
};

// `call`, which fails when the array `list` of its response has not as many elements as its `count` states.
inline Call only_whole(Call call, std::string_view endpoint, std::string_view list) {
  call.parse = [endpoint, list, parse = std::move(call.parse)](const Reply& reply) -> Result<Page> {
    Drift ignored;
    JsonObject body(reply.body, ignored);
    const auto count = body.count("count");
    const nlohmann::json* rows = body.raw(list);
    if (count && rows != nullptr && rows->is_array() && static_cast<double>(rows->size()) != *count) {
      ListProof proof;
      proof.begin_page(count);
      for (std::size_t i = 0; i < rows->size(); ++i) proof.add(std::nullopt);
      return tl::unexpected(proof.error(endpoint));
    }
    return parse(reply);
  };
  return call;
}

// A number from 0 up; anything else is drift.
inline std::optional<double> read_amount(JsonObject& object, std::string_view key,
                                         Need need = Need::required) {
  const auto amount = object.number(key, need);
  if (!amount || *amount >= 0) return amount;
  object.mistyped(key);
  return std::nullopt;
}

// Seconds from minutes. These have few decimals: rounding to milliseconds takes away only what binary
// fractions add.
inline std::optional<double> read_minutes(JsonObject& object, std::string_view key,
                                          Need need = Need::required) {
  const auto minutes = read_amount(object, key, need);
  const double seconds = std::round(minutes.value_or(0) * 60'000) / 1000;
  if (minutes && std::isfinite(seconds)) return seconds;
  if (minutes) object.mistyped(key);
  return std::nullopt;
}

// --- periods

// Both days are part of it.
struct Dates {
  Day from;
  Day to;
};

// The account's window, which ends today: of 7 days, say, today and the 6 before.
inline Dates window_dates(const Settings& settings, TimePoint now) {
  const Day today = settings.zone.day_of(now);
  return {today - settings.window + std::chrono::days{1}, today};
}

// This calendar month, as far as it has come.
inline Dates month_dates(const Settings& settings, TimePoint now) {
  const Day today = settings.zone.day_of(now);
  return {month_begin(today), today};
}

inline Dates last_month_dates(const Settings& settings, TimePoint now) {
  const Day end = month_begin(settings.zone.day_of(now)) - std::chrono::days{1};
  return {month_begin(end), end};
}

// The period that a response says its values cover.
struct StatedPeriod {
  std::optional<Day> from;
  std::optional<Day> to;
  bool as_asked;  // as far as it says, to within a day; else drift
};

inline StatedPeriod read_stated_period(JsonObject& period, std::string_view from_key, std::string_view to_key,
                                       Need need, const Dates& asked) {
  const auto matches = [&](std::string_view key, std::optional<Day> stated, Day wanted) {
    const bool near = !stated || std::chrono::abs(*stated - wanted) <= std::chrono::days{1};
    if (!near) period.mistyped(key);
    return near;
  };
  const auto from = period.day(from_key, need);
  const auto to = period.day(to_key, need);
  const bool from_matches = matches(from_key, from, asked.from);
  return {from, to, matches(to_key, to, asked.to) && from_matches};
}

// Where it is the one that was asked for.
inline void add_period(Page& page, const StatedPeriod& period, std::string_view endpoint,
                       const TimeZone& zone) {
  if (!period.as_asked) return;
  if (period.from) page.add(families::period_start, unix_seconds(zone.begin_of(*period.from)), {endpoint});
  if (period.to) page.add(families::period_end, unix_seconds(zone.begin_of(*period.to)), {endpoint});
}

inline void add_day(Page& page, const Family& family, Day day, std::optional<double> value,
                    LabelValues labels) {
  if (value) page.days.push_back({&family, std::move(labels), day, *value});
}

}  // namespace cpaas
