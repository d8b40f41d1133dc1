// What is wrong with a configuration, and where.
#pragma once

#include <string>
#include <vector>

#include "config/yaml_node.h"

namespace cpaas::config {

struct Diagnostic {
  std::string file;
  int line;    // from 1
  int column;  // from 1, in bytes
  std::string message;
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// "file:line:column: message"
std::string to_string(const Diagnostic& diagnostic);

// Gathers the problems of one file; past `limit` it only remembers that there were more.
class Problems {
 public:
  static constexpr std::size_t limit = 1000;

  explicit Problems(std::string file) : file_(std::move(file)) {}

  // Callers never put the text of a value into `message`: it may be a secret in the wrong place.
  void add(int line, int column, std::string message);
  void add(const Node& at, std::string message) { add(at.line, at.column, std::move(message)); }
  // What works, but hardly as it is meant; says what to do.
  void warn(const Node& at, const std::string& message);
  bool full() const { return found_.size() >= limit; }
  bool none() const { return found_.empty(); }
  const std::string& file() const { return file_; }

  // By position, without repeats.
  std::vector<Diagnostic> sorted() const;
  std::vector<Diagnostic> sorted_warnings() const;  // each begins with "warning: "

 private:
  std::string file_;
  std::vector<Diagnostic> found_;
  std::vector<Diagnostic> warnings_;
};

}  // namespace cpaas::config
