#include "tests/collectors/mutations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace cpaas::testing {
namespace {

using nlohmann::json;

json nested(int depth, bool objects) {
  json result = 1;
  for (int i = 0; i < depth; ++i) {
    json outer = objects ? json::object() : json::array();
    if (objects) {
      outer["data"] = std::move(result);
    } else {
      outer.push_back(std::move(result));
    }
    result = std::move(outer);
  }
  return result;
}

const std::vector<NamedDocument>& replacements() {
  static const std::vector<NamedDocument> values{
      {"null", nullptr},
      {"true", true},
      {"-1", -1},
      {"-0.5", -0.5},
      {"0.5", 0.5},
      {"1e308", 1e308},
      {"-1e308", -1e308},
      {"\"1e308\"", "1e308"},
      {"2^64-1", 18446744073709551615U},
      {"empty text", ""},
      {"long text", std::string(300, 'x')},
      {"odd text", std::string("\"\\\n\0\xef\xbf\xbf", 7)},
      {"[]", json::array()},
      {"[[1]]", json::array({json::array({1})})},
      {"{}", json::object()},
      {"{\"a\":{\"b\":1}}", json::object({{"a", json::object({{"b", 1}})}})},
  };
  return values;
}

struct Node {
  json* value;
  std::string path;
};

// Inner values first: changing an outer one moves what is in it. Of an array, the first elements stand for
// all.
void collect_nodes(json& value, const std::string& path, std::vector<Node>& nodes) {
  constexpr std::size_t enough = 2;
  std::size_t elements = 0;
  if (value.is_structured()) {
    for (auto& [key, child] : value.items()) {
      if (value.is_array() && ++elements > enough) break;
      collect_nodes(child, std::string(path).append("/").append(key), nodes);
    }
  }
  nodes.push_back({&value, path});
}

bool is_sample(const std::string& file, std::string_view endpoint) {
  if (!file.starts_with(endpoint) || !file.ends_with(".json")) return false;
  const char after = file.at(endpoint.size());
  return after == '.' || after == '-';
}

}  // namespace

std::vector<NamedDocument> samples_of(std::string_view provider, std::string_view endpoint) {
  const auto folder = std::filesystem::path(CPAAS_SOURCE_DIR "/tests/collectors/testdata") / provider;
  std::vector<NamedDocument> samples;
  if (!std::filesystem::exists(folder)) return samples;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!is_sample(name, endpoint)) continue;
    std::ifstream file(entry.path());
    json body = json::parse(file, nullptr, false);
    EXPECT_FALSE(body.is_discarded()) << entry.path();
    samples.push_back({name, std::move(body)});
  }
  std::sort(samples.begin(), samples.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return samples;
}

const std::vector<NamedDocument>& hostile_documents() {
  static const std::vector<NamedDocument> documents{
      {"null", nullptr},
      {"[]", json::array()},
      {"{}", json::object()},
      {"text", "x"},
      {"1", 1},
      {"true", true},
      {"array of null", json::array({nullptr})},
      {"array of arrays", json::array({json::array(), json::array({1})})},
      {"array of an empty object", json::array({json::object()})},
      {"deep arrays", nested(500, false)},
      {"deep objects", nested(500, true)},
      {"error envelope", json::object({{"error", json::object({{"message", "no"}, {"code", "X"}})}})},
      {"detail", json::object({{"detail", "no"}})},
      {"null data", json::object({{"data", nullptr}})},
  };
  return documents;
}

void for_each_mutation(json& document, const std::function<void(const std::string& change)>& check) {
  std::vector<Node> nodes;
  collect_nodes(document, "", nodes);
  for (const Node& node : nodes) {
    const json original = *node.value;
    for (const NamedDocument& replacement : replacements()) {
      *node.value = replacement.body;
      check(node.path + " = " + replacement.name);
    }
    *node.value = original;
  }
}

std::vector<std::string> texts_in(const json& document) {
  std::vector<std::string> texts;
  const json flat = document.flatten();
  for (const auto& [path, value] : flat.items()) {
    if (value.is_string()) texts.push_back(value.get<std::string>());
  }
  return texts;
}

}  // namespace cpaas::testing
