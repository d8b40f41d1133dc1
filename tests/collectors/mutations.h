// Documented samples and what hostile or changed providers could make of them.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cpaas::testing {

struct NamedDocument {
  std::string name;
  nlohmann::json body;
};

// Every tests/collectors/testdata/PROVIDER/ENDPOINT.json and ENDPOINT-VARIANT.json, in the order of their
// names.
std::vector<NamedDocument> samples_of(std::string_view provider, std::string_view endpoint);

// Documents that are no provider's answer: scalars, empty and deeply nested ones, arrays of the wrong things.
const std::vector<NamedDocument>& hostile_documents();

// Calls `check` for each change of one value of `document`, inner or outer (of arrays, the first two
// elements): null, of another type, negative, huge, long. `document` is changed in place, and as before at
// the end; `change` says what is different.
void for_each_mutation(nlohmann::json& document, const std::function<void(const std::string& change)>& check);

// Every text in `document` (values, not keys).
std::vector<std::string> texts_in(const nlohmann::json& document);

}  // namespace cpaas::testing
