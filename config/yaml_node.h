// YAML as a tree that remembers positions.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace cpaas::config {

class Problems;

struct Node {
  enum class Type : std::uint8_t { null, scalar, sequence, map };

  Type type = Type::null;
  bool plain = false;  // a scalar without quotes
  int line = 1;
  int column = 1;
  std::size_t size = 1;             // nodes in it, itself included, aliases expanded
  std::string text;                 // of a scalar
  std::vector<const Node*> keys;    // of a map: scalars, no two alike
  std::vector<const Node*> values;  // of a map: one for each key; of a sequence: its elements

  const Node* find(std::string_view key) const;  // a map's value; null if there is none
};

// One parsed document. Owns its nodes.
struct Tree {
  std::deque<Node> nodes;
  const Node* root = nullptr;  // null if the document is empty or not YAML
};

// Reads a document of at most 16 MiB with lines of at most 256 KiB, 2 million nodes (aliases expanded) and 32
// levels. Reports into `problems`: what is not YAML, and of YAML what a configuration has no use for:
// duplicate keys, keys that are not text, merge keys, tags, further documents.
Tree read_yaml(std::string_view text, Problems& problems);

}  // namespace cpaas::config
