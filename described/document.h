// Ways into a provider's JSON: pointers, the rows that they start from, and what a document may hold.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/json_object.h"

namespace cpaas::described {

// A JSON Pointer (RFC 6901) from one of the rows that lead to a value: level 0 is the document, level 1 an
// element of the first list of `each`, and so on.
struct Pointer {
  std::size_t level = 0;
  std::vector<std::string> keys;  // none: the row itself
  std::string shown;              // "usage_records[].price", as in reports of drift
};

// The keys of "/a/b~1c"; nothing if that is no pointer.
std::optional<std::vector<std::string>> parse_pointer(std::string_view text);

// What is there; null if nothing, or JSON's null.
const nlohmann::json* find(const nlohmann::json& from, const std::vector<std::string>& keys);

// The value as a label would show it: a text, a number as it is written, true or false. Nothing for lists,
// maps and null.
std::optional<std::string> text_of(const nlohmann::json& value);

// What a document is known to hold. Built when a description is read; then used from any thread.
class Shape {
 public:
  // That what `keys` lead to is known, with all that is in it.
  Shape& known(const std::vector<std::string>& keys);
  // That what `keys` lead to is a list, or a map of rows; gives the shape of its rows.
  Shape& rows(const std::vector<std::string>& keys);
  // The same as known() for "/a/*/b", where * stands for the rows of a list.
  void ignore(const std::vector<std::string>& keys);

  // Reports everything in `document` that is not known.
  void report_unknown(const nlohmann::json& document, Drift& drift) const;

 private:
  Shape& child(const std::string& key);
  void report(const nlohmann::json& value, const std::string& path, Drift& drift) const;

  bool whole_ = false;               // whatever is in it
  std::vector<std::string> keys_{};  // of a map
  std::vector<Shape> values_{};      // one for each key
  std::vector<Shape> rows_{};        // at most one: of the elements
};

}  // namespace cpaas::described
