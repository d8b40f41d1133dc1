// Signatures that some providers want of each request. What they are made of differs too much to be
// described: each is a function of its own, and descriptions name it by what it does.
#pragma once

#include <string_view>
#include <vector>

#include "exporter/core/http.h"

namespace cpaas::described {

// Signs a GET request with its final URL: may write the query in another order and way, and adds headers.
using Sign = void (*)(HttpRequest& request, std::string_view key, std::string_view secret);

// Null if there is none of this name.
Sign find_signer(std::string_view name);

std::vector<std::string_view> signer_names();

}  // namespace cpaas::described
