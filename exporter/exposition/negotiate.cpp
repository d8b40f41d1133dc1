#include "exporter/exposition/negotiate.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

#include "exporter/core/number.h"

namespace cpaas::exposition {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Takes the part up to `separator` off the front of `text`.
std::string_view take_part(std::string_view& text, char separator) {
  const auto end = text.find(separator);
  const std::string_view part = trim(text.substr(0, end));
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return part;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

struct Offer {
  std::string_view value;  // "text/plain", "gzip"
  std::string_view version;
  double weight = 1;
};

Offer parse_offer(std::string_view item) {
  Offer offer;
  offer.value = take_part(item, ';');
  while (!item.empty()) {
    std::string_view parameter = take_part(item, ';');
    const std::string_view name = take_part(parameter, '=');
    if (equal_ignoring_case(name, "q")) offer.weight = parse_decimal(parameter).value_or(0);
    if (equal_ignoring_case(name, "version")) offer.version = parameter;
  }
  return offer;
}

// The highest weight that any offer accepted by `matches` has; nothing if there is none.
template <class Matches>
std::optional<double> weight_if(std::string_view header, const Matches& matches) {
  std::optional<double> weight;
  while (!header.empty()) {
    const Offer offer = parse_offer(take_part(header, ','));
    if (matches(offer)) weight = std::max(weight.value_or(0), offer.weight);
  }
  return weight;
}

std::optional<double> weight_of(std::string_view header, std::string_view value) {
  return weight_if(header, [&](const Offer& offer) { return equal_ignoring_case(offer.value, value); });
}

// The most specific range that covers plain text decides (RFC 9110, section 12.5.1).
double weight_of_text(std::string_view accept) {
  for (const std::string_view range : {"text/plain", "text/*", "*/*"}) {
    if (const auto weight = weight_of(accept, range)) return *weight;
  }
  return 0;
}

}  // namespace

Format negotiate_format(std::string_view accept) {
  const auto openmetrics = weight_if(accept, [](const Offer& offer) {
    return equal_ignoring_case(offer.value, "application/openmetrics-text") &&
           (offer.version.empty() || offer.version == "1.0.0" || offer.version == "0.0.1");
  });
  return openmetrics.value_or(0) > 0 && *openmetrics >= weight_of_text(accept) ? Format::openmetrics
                                                                               : Format::text;
}

bool accepts_gzip(std::string_view accept_encoding) {
  if (const auto named = weight_of(accept_encoding, "gzip")) return *named > 0;
  return weight_of(accept_encoding, "*").value_or(0) > 0;
}

}  // namespace cpaas::exposition
