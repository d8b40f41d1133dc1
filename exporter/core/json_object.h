// Typed reading of a provider's JSON that never throws and remembers every path that was not as documented.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/calendar.h"

namespace cpaas {

// Where a response differs from its contract. Paths look like "users[].cost_breakdown.kb_cost": one entry
// however many rows. Each set keeps at most `limit` paths.
struct Drift {
  static constexpr std::size_t limit = 100;
  std::set<std::string> missing;   // documented, but absent or null
  std::set<std::string> mistyped;  // present, but not of the documented type or out of range
  std::set<std::string> unknown;   // present, but not documented

  void merge(const Drift& other);
  bool empty() const { return missing.empty() && mistyped.empty() && unknown.empty(); }
  friend bool operator==(const Drift&, const Drift&) = default;
};

// Whether the contract promises a field. An absent (or null) optional field is not drift. `purpose` is
// required, and what the request is made for: see JsonObject::answered().
enum class Need : std::uint8_t { required, optional, purpose };

// A read cursor over one JSON object. Every key that is asked for counts as documented; when the cursor is
// destroyed, all other keys of the object are reported as unknown. A cursor over a missing object is empty:
// it gives nothing and reports nothing more. Not thread-safe; must not outlive the document, the drift, nor
// the cursor it came from.
class JsonObject {
 public:
  // `value` should be an object; if it is not, `mistyped` gets `path` (or "$" for the root) and the cursor is
  // empty.
  JsonObject(const nlohmann::json& value, Drift& drift, std::string_view path = "");
  ~JsonObject();
  JsonObject(const JsonObject&) = delete;
  JsonObject& operator=(const JsonObject&) = delete;

  explicit operator bool() const { return object_ != nullptr; }
  bool has(std::string_view key) const;  // present and not null; does not mark the key

  // A JSON number, or a string holding a decimal. Always finite.
  std::optional<double> number(std::string_view key, Need need = Need::required);
  // The same, and a whole number from 0 up.
  std::optional<double> count(std::string_view key, Need need = Need::required);
  // Seconds from "HH:MM:SS" (see parse_clock_duration).
  std::optional<double> clock_seconds(std::string_view key, Need need = Need::required);
  std::optional<bool> boolean(std::string_view key, Need need = Need::required);
  // A string; numbers are given as their text, since providers switch between "12" and 12 for ids.
  std::optional<std::string> text(std::string_view key, Need need = Need::required);
  // An ISO 8601 date or time.
  std::optional<TimePoint> time(std::string_view key, Need need = Need::required);
  // The day of such a date or time, as it is written.
  std::optional<Day> day(std::string_view key, Need need = Need::required);

  JsonObject object(std::string_view key, Need need = Need::required);
  // Calls `row` with a cursor for each object in the array; other elements are drift. False if there is no
  // array.
  bool each_object(std::string_view key, Need need, const std::function<void(JsonObject&)>& row);
  // Every member with a number value (or decimal text) of the object at `key`, for objects that are
  // documented as a map or not at all. Nested objects give "outer.inner" names. Everything else in it is
  // mistyped. An array or other non-object is mistyped.
  std::vector<std::pair<std::string, double>> number_leaves(std::string_view key, Need need = Need::required);

  // The raw value of a documented key, for shapes that the above do not cover; null pointer when absent or
  // null (no drift).
  const nlohmann::json* raw(std::string_view key);
  // False if fields were asked for with Need::purpose, by this cursor or another of its document, and none of
  // them could be read: then the document is no answer. An array of no rows is one; for rows, their own
  // fields count.
  bool answered() const { return !purpose_->asked || purpose_->met; }

  // Documented keys that are not read.
  void ignore(std::initializer_list<std::string_view> keys);
  // For checks of the caller's own: reports `key` as mistyped.
  void mistyped(std::string_view key);

  std::string path_of(std::string_view key) const;

 private:
  JsonObject(const nlohmann::json* value, Drift& drift, const JsonObject* parent, std::string_view key,
             bool element);
  struct Purpose {
    bool asked = false;
    bool met = false;
  };
  const nlohmann::json* find(std::string_view key, Need need);
  // Of a single value: `read` gives what it holds, if that is as documented.
  template <class ReadValue>
  auto read_value(std::string_view key, Need need, const ReadValue& read);
  std::string path() const;

  const nlohmann::json* object_ = nullptr;
  Drift* drift_;
  const JsonObject* parent_ = nullptr;
  std::string_view key_;
  bool element_ = false;  // one of the elements of the array at key_
  Purpose own_purpose_;
  Purpose* purpose_ = &own_purpose_;  // of the document's first cursor
  std::vector<std::string_view> asked_;
};

// Calls `row` for each object of an array that is the whole document (or any array value); other elements are
// drift. False, and `path` mistyped, if `value` is not an array.
bool each_object(const nlohmann::json& value, Drift& drift, std::string_view path,
                 const std::function<void(JsonObject&)>& row);

}  // namespace cpaas
