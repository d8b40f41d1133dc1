// What the collectors of object-shaped APIs share: reading a whole response, and values that are never
// negative.
#pragma once

#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/core/collector.h"

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

inline void add_day(Page& page, const Family& family, Day day, std::optional<double> value,
                    LabelValues labels) {
  if (value) page.days.push_back({&family, std::move(labels), day, *value});
}

}  // namespace cpaas
