// Values and labels of metrics, as a description writes them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "described/description.h"
#include "described/fields.h"

namespace cpaas::described {

// "/a/b" from the row, "../a" from the row around it, "^/a" from the document. `each`: the lists that lead to
// the row.
std::optional<Pointer> read_pointer(const Node& node, const std::vector<Pointer>& each, Problems& problems);

ValueSpec read_value(const Node& node, const std::vector<Pointer>& each, Problems& problems);
LabelSpec read_label(const Node& node, const std::vector<Pointer>& each, const Context& context);

// For the catalogue: "usage_records[].usage x 60".
std::string field_text(const ValueSpec& value);

}  // namespace cpaas::described
