#include "config/yaml_node.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "config/diagnostic.h"
#include "config/spelling.h"
#include "exporter/core/utf8.h"

namespace cpaas::config {
namespace {

constexpr std::size_t max_bytes = 16 * 1024 * 1024;
constexpr std::size_t max_line = 256 * 1024;  // yaml-cpp keeps every '[' of a line until the line ends
constexpr std::size_t max_nodes = 2'000'000;
constexpr std::size_t max_depth = 32;

// Thrown through yaml-cpp, which offers no other way to stop it.
struct Refused {
  YAML::Mark mark;
  std::string message;
};

// yaml-cpp's events to nodes. Its own tree would keep duplicate keys and grow with every alias.
class Builder : public YAML::EventHandler {
 public:
  Builder(Tree& tree, Problems& problems) : tree_(tree), problems_(problems) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (tree_.root != nullptr) throw Refused{mark, "the file must hold one YAML document"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Node* key = awaited_key();
    Node& node = add(Node::Type::null, mark, anchor);
    if (key == nullptr) return;
    node.line = key->line;  // yaml-cpp's position is where the next thing begins, lines away
    node.column = key->column;
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node& node = add(Node::Type::scalar, mark, anchor);
    node.text = value;
    node.plain = tag != "!";
    if (tag != "!") check_tag(node, tag);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Node* target = anchors_.at(anchor);
    if (std::find(open_.begin(), open_.end(), target) != open_.end()) {
      throw Refused{mark, "an alias must not stand inside the value that it names"};
    }
    count(mark, target->size);
    attach(target);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Node::Type::sequence, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Node::Type::map, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override {
    split_keys(*open_.back());
    close();
  }

 private:
  Node& add(Node::Type type, const YAML::Mark& mark, YAML::anchor_t anchor) {
    count(mark, 1);
    Node& node = tree_.nodes.emplace_back();
    node.type = type;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    if (anchor != 0) anchors_[anchor] = &node;
    attach(&node);
    return node;
  }

  // The key whose value comes next; null outside of a map's entry.
  const Node* awaited_key() const {
    if (open_.empty() || open_.back()->type != Node::Type::map) return nullptr;
    const auto& pending = open_.back()->values;
    return pending.size() % 2 == 1 ? pending.back() : nullptr;
  }

  void attach(const Node* node) {
    if (open_.empty()) {
      tree_.root = node;
    } else {
      open_.back()->values.push_back(node);
    }
  }

  void open(Node::Type type, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (open_.size() == max_depth) throw Refused{mark, "nested too deeply"};
    Node& node = add(type, mark, anchor);
    check_tag(node, tag);
    open_.push_back(&node);
  }

  void close() {
    Node& node = *open_.back();
    for (const Node* key : node.keys) node.size += key->size;
    for (const Node* value : node.values) node.size += value->size;
    open_.pop_back();
  }

  void count(const YAML::Mark& mark, std::size_t nodes) {
    count_ += nodes;
    if (count_ > max_nodes) throw Refused{mark, "too many values, or aliases that expand to too many"};
  }

  void check_tag(const Node& node, const std::string& tag) {
    if (tag != "?" && tag != "!")
      problems_.add(node, "tags (!) are not supported; quote text that begins with '!'");
  }

  // Until its end a map's values hold keys and values in turn. Drops the entries that no reader could use.
  void split_keys(Node& map) {
    std::vector<const Node*> values;
    std::map<std::string_view, int> lines;
    for (std::size_t i = 0; i + 1 < map.values.size(); i += 2) {
      const Node* key = map.values[i];
      if (!usable_key(*key)) continue;
      const auto [first, added] = lines.emplace(key->text, key->line);
      if (!added) {
        problems_.add(*key, "key" + shown_word(key->text) + " is already given on line " +
                                std::to_string(first->second));
        continue;
      }
      map.keys.push_back(key);
      values.push_back(map.values[i + 1]);
    }
    map.values = std::move(values);
  }

  bool usable_key(const Node& key) {
    if (key.type != Node::Type::scalar) {
      problems_.add(key, "a key must be text");
      return false;
    }
    if (key.plain && key.text == "<<") {
      problems_.add(key,
                    "merge keys (<<) are not supported; use 'defaults', or an alias for the whole value");
      return false;
    }
    return true;
  }

  Tree& tree_;
  Problems& problems_;
  std::vector<Node*> open_;  // from the root down
  std::map<YAML::anchor_t, const Node*> anchors_;
  std::size_t count_ = 0;
};

void add_at_byte(std::string_view text, std::size_t byte, std::string message, Problems& problems) {
  const std::string_view before = text.substr(0, byte);
  const auto line = std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  problems.add(static_cast<int>(line) + 1, static_cast<int>(byte - start) + 1, std::move(message));
}

// Where the first line over `max_line` begins; npos if there is none.
std::size_t long_line(std::string_view text) {
  std::size_t start = 0;
  while (text.size() - start > max_line) {
    const auto end = text.find('\n', start);
    if (std::min(end, text.size()) - start > max_line) return start;
    start = end + 1;
  }
  return std::string_view::npos;
}

bool refused_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

// yaml-cpp takes any bytes, guesses at UTF-16 and reads 0x04 as the end of the text.
bool is_text(std::string_view text, Problems& problems) {
  if (text.size() > max_bytes) {
    problems.add(1, 1, "the file is over 16 MiB");
    return false;
  }
  if (const auto start = long_line(text); start != std::string_view::npos) {
    add_at_byte(text, start, "a line over 256 KiB", problems);
    return false;
  }
  const std::string valid = valid_utf8(std::string(text));
  const auto [bad, replaced] = std::mismatch(text.begin(), text.end(), valid.begin(), valid.end());
  if (bad != text.end()) {
    add_at_byte(text, static_cast<std::size_t>(bad - text.begin()), "not valid UTF-8", problems);
    return false;
  }
  const auto* const control = std::find_if(text.begin(), text.end(), refused_control);
  if (control != text.end()) {
    add_at_byte(text, static_cast<std::size_t>(control - text.begin()), "a control character", problems);
    return false;
  }
  return true;
}

// Some of yaml-cpp's messages end with a colon and a piece of the text, which may be of a secret.
std::string without_quote(const std::string& message) {
  return message.substr(0, message.find(": "));
}

void feed(std::string_view text, Builder& builder) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(builder)) {
  }
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const Node* each) { return each->text == key; });
  return found == keys.end() ? nullptr : values[static_cast<std::size_t>(found - keys.begin())];
}

Tree read_yaml(std::string_view text, Problems& problems) {
  Tree tree;
  if (!is_text(text, problems)) return tree;
  Builder builder(tree, problems);
  try {
    feed(text, builder);
    return tree;
  } catch (const Refused& refused) {
    problems.add(refused.mark.line + 1, refused.mark.column + 1, refused.message);
  } catch (const YAML::Exception& error) {
    problems.add(error.mark.line + 1, error.mark.column + 1, "not YAML: " + without_quote(error.msg));
  } catch (const std::exception&) {
    problems.add(1, 1, "not YAML");
  }
  return {};
}

}  // namespace cpaas::config
