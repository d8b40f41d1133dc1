// jq programs of descriptions: checked and compiled when a description is read, then run over documents.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/calendar.h"
#include "exporter/core/result.h"

namespace cpaas::described {

// What one run may take. They guard against mistakes: a program is as trusted as the configuration. libjq can
// be stopped between its instructions only, so one that sorts or joins much at once ends later than it
// should.
struct JqLimits {
  std::chrono::milliseconds cpu{1000};
  std::size_t memory = 256 * 1024 * 1024;  // bytes by which the process may grow
  std::size_t rows = 100'000;
  std::size_t values = 1'000'000;  // in all rows
};

struct JqMistake {
  std::size_t line;    // of the program's text, from 1
  std::size_t column;  // from 1, in bytes
  std::string message;
};

struct JqRows {
  nlohmann::json rows = nlohmann::json::array();
  // Why the document is not what the program wants, without anything that stands in it; "": it is. There are
  // no rows then.
  std::string refusal;
};

// Immutable to its users. It sees the document and the provider's time (`now`), and neither the environment
// nor files nor other documents. Runs from several threads wait for each other.
class JqProgram {
 public:
  // Null, and mistakes, if it is none, or uses what is not there. Takes some 20 ms.
  static std::shared_ptr<const JqProgram> compile(std::string_view text, std::vector<JqMistake>& mistakes,
                                                  const JqLimits& limits = {});
  ~JqProgram();
  JqProgram(const JqProgram&) = delete;
  JqProgram& operator=(const JqProgram&) = delete;

  // Everything that it gives for `document`. An error, too_large or internal, has nothing of the document.
  Result<JqRows> run(const nlohmann::json& document, TimePoint now) const;

  const std::string& text() const { return text_; }

 private:
  class Machine;
  JqProgram(std::string text, const JqLimits& limits);

  std::string text_;
  JqLimits limits_;
  std::unique_ptr<Machine> machine_;
};

}  // namespace cpaas::described
