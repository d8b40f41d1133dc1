// Which form of the page a scraper wants.
#pragma once

#include <string_view>

#include "exporter/exposition/text.h"

namespace cpaas::exposition {

// From the Accept header: OpenMetrics when it is listed with at least the weight of plain text (listed, or
// covered by text/* or */*), else text 0.0.4. "" gives text.
Format negotiate_format(std::string_view accept);

// From the Accept-Encoding header: whether a gzip body may be sent.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace cpaas::exposition
