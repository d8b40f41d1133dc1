// Numbers and lengths of time as providers write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cpaas {

// A decimal such as "1003058.82000", "-3", "1e3"; surrounding spaces are allowed. Nothing for "", "NaN",
// "inf", hexadecimal, trailing text, or what a double cannot hold.
std::optional<double> parse_decimal(std::string_view text);

// Seconds from "HH:MM:SS" (hours may exceed 24), "MM:SS", with an optional fraction, and an optional "N
// day(s), " or "N " in front ("2 days, 03:00:00", "2 03:00:00"). Never negative.
std::optional<double> parse_clock_duration(std::string_view text);

// The shortest text that reads back as the same double: "1200000", "0.375", "1e+22".
std::string format_number(double value);
void append_number(std::string& out, double value);  // the same, behind what `out` holds

}  // namespace cpaas
