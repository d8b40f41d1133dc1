// A page of metrics as a scraper reads it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cpaas::end_to_end {

// Series by their text: `cpaas_up{provider="acme",account="main",endpoint="usage"}`.
using Page = std::map<std::string, double, std::less<>>;

Page parse_page(std::string_view text);

// `name{label="value",...}`
std::string series(std::string_view name,
                   std::initializer_list<std::pair<std::string_view, std::string_view>> labels);

std::optional<double> value_of(const Page& page, std::string_view series);

// The value of a label in a series' text; "" if it has none.
std::string_view label_of(std::string_view series, std::string_view label);

// The sum over the series of a metric whose text contains `part`.
double sum_of(const Page& page, std::string_view name, std::string_view part = "");

// How many series of the metric there are.
std::size_t count_of(const Page& page, std::string_view name);

}  // namespace cpaas::end_to_end
