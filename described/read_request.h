// The parts of a description that say how to ask.
#pragma once

#include "described/description.h"
#include "described/fields.h"

namespace cpaas::described {

Authentication read_authentication(const Node& node, const Context& context);

// A map from names to templates: headers, or parameters of a query, which may be lists.
std::vector<NamedTemplate> read_named_templates(const Node& node, std::string_view what,
                                                const Context& context);

RequestSpec read_request(const Node& node, Context& context);

// `list`: the pointers of the endpoint's `each`.
Pages read_pages(const Node& node, const Context& context);

// A pointer from the document.
std::optional<Pointer> read_root_pointer(const Node& map, std::string_view key, Problems& problems);

}  // namespace cpaas::described
