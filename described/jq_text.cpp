#include "described/jq_text.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "exporter/core/utf8.h"

namespace cpaas::described {
namespace {

struct Refused {
  std::string_view name;
  std::string_view parameters;  // "(a)"
  std::string_view instead;
};

constexpr std::string_view no_input = "a program has one input, the answer";
constexpr std::string_view no_process = "a program sees nothing of the process that it runs in";
constexpr std::string_view no_times =
    "libjq's versions read times differently; pass the text on and read it with 'unit: time'";
constexpr std::string_view no_implode = "libjq ends the process at code points that are none";

constexpr std::array refused{
    Refused{"input", "", no_input},
    Refused{"inputs", "", no_input},
    Refused{"input_filename", "", no_input},
    Refused{"input_line_number", "", no_input},
    Refused{"env", "", no_process},
    Refused{"debug", "", no_process},
    Refused{"debug", "(a)", no_process},
    Refused{"stderr", "", no_process},
    Refused{"halt", "", no_process},
    Refused{"halt_error", "", no_process},
    Refused{"halt_error", "(a)", no_process},
    Refused{"get_search_list", "", no_process},
    Refused{"modulemeta", "", no_process},
    Refused{"implode", "", no_implode},
    Refused{"localtime", "", no_times},
    Refused{"strflocaltime", "(a)", no_times},
    Refused{"strptime", "(a)", no_times},
    Refused{"mktime", "", no_times},
    Refused{"fromdate", "", no_times},
    Refused{"fromdateiso8601", "", no_times},
    Refused{"date", "", no_times},
    Refused{"dateadd", "(a; b)", no_times},
    Refused{"datesub", "(a; b)", no_times},
};
// These are the language's, not functions.
constexpr std::array refused_words{
    Refused{"import", "", "a program has no modules"},
    Refused{"include", "", "a program has no modules"},
    Refused{"$ENV", "", no_process},
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

const Refused* find_in(std::string_view word) {
  const auto* const function = std::ranges::find(refused, word, &Refused::name);
  if (function != refused.end()) return function;
  const auto* const other = std::ranges::find(refused_words, word, &Refused::name);
  return other == refused_words.end() ? nullptr : other;
}

JqMistake mistake_at(std::string_view program, std::size_t byte, std::string message) {
  const std::string_view before = program.substr(0, byte);
  const auto line = static_cast<std::size_t>(std::ranges::count(before, '\n'));
  const auto begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {line + 1, byte - begin + 1, std::move(message)};
}

// Walks over a program's words; what is in texts and comments is none.
class Words {
 public:
  explicit Words(std::string_view program) : program_(program) {}

  // The next word with its $, at position(); "" at the end.
  std::string_view next() {
    at_ = end_;
    while (at_ < program_.size() && !begins_word()) skip();
    end_ = at_;
    if (end_ < program_.size() && program_[end_] == '$') ++end_;
    while (end_ < program_.size() && is_word(program_[end_])) ++end_;
    return program_.substr(at_, end_ - at_);
  }
  std::size_t position() const { return at_; }

  // Whether the word is a member's name: .word, or word: in a map.
  bool is_name() const {
    if (at_ > 0 && program_[at_ - 1] == '.' && !(at_ > 1 && program_[at_ - 2] == '.')) return true;
    const auto after = program_.find_first_not_of(" \t\n", end_);
    return after != std::string_view::npos && program_[after] == ':' && program_.substr(after, 2) != "::";
  }

 private:
  bool begins_word() const {
    const char c = program_[at_];
    return is_word(c) || (c == '$' && at_ + 1 < program_.size() && is_word(program_[at_ + 1]));
  }

  void skip() {
    if (program_[at_] == '#') {
      at_ = std::min(program_.find('\n', at_), program_.size());
    } else if (program_[at_] == '"') {
      skip_text();
    } else {
      ++at_;
    }
  }

  void skip_text() {
    for (++at_; at_ < program_.size() && program_[at_] != '"'; ++at_) {
      if (program_[at_] == '\\') ++at_;
    }
    at_ = std::min(at_ + 1, program_.size());
  }

  std::string_view program_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

std::size_t line_begin(std::string_view program, std::size_t line) {
  std::size_t begin = 0;
  for (; line > 1; --line) begin = program.find('\n', begin) + 1;
  return begin;
}

// The number behind the last ", line "; 0 if there is none.
std::size_t line_in(std::string_view message) {
  constexpr std::string_view mark = ", line ";
  const auto at = message.rfind(mark);
  std::size_t line = 0;
  if (at == std::string_view::npos) return 0;
  const std::string_view digits = message.substr(at + mark.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), line);
  return line;
}

std::string_view between(std::string_view text, std::string_view before, std::string_view behind) {
  const auto begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + before.size());
  return text.substr(0, text.find(behind));
}

// Where in the line the name stands that is not defined; else where the line begins.
std::size_t column_byte(std::string_view program, std::size_t begin, std::string_view problem) {
  const std::string_view line = program.substr(begin, program.find('\n', begin) - begin);
  if (problem.ends_with(" is not defined")) {
    const std::string_view name = problem.substr(0, problem.find_first_of("/ "));
    if (const auto at = line.find(name); at != std::string_view::npos) return begin + at;
  }
  return begin + std::min(line.find_first_not_of(" \t"), line.size());
}

}  // namespace

std::vector<JqMistake> find_refused(std::string_view program) {
  std::vector<JqMistake> mistakes;
  Words words(program);
  for (std::string_view word = words.next(); !word.empty(); word = words.next()) {
    const Refused* const found = find_in(word);
    if (found == nullptr || words.is_name()) continue;
    mistakes.push_back(
        mistake_at(program, words.position(),
                   "jq: there is no " + std::string(word) + " here: " + std::string(found->instead)));
  }
  return mistakes;
}

std::string wrapped(std::string_view program) {
  std::string text = ". as [$__document, $__now] | {} as $ENV | def now: $__now; ";
  for (const Refused& each : refused) {
    text.append("def ").append(each.name).append(each.parameters).append(": error(\"refused\"); ");
  }
  return text.append("$__document | (\n").append(program).append("\n)");
}

JqMistake mistake_of(std::string_view program, std::string_view message) {
  std::string_view problem = between(message, "jq: error: ", " at <");
  if (const auto hint = problem.find(" (Unix shell"); hint != std::string_view::npos) {
    problem = problem.substr(0, hint);
  }
  const auto lines = static_cast<std::size_t>(std::ranges::count(program, '\n')) + 1;
  const std::size_t line = line_in(message);  // the program begins at the second
  if (line > lines + 1) {
    const auto last = program.find_last_not_of(" \t\n");
    return mistake_at(program, last == std::string_view::npos ? 0 : last, "jq: the program is not complete");
  }
  const std::size_t begin = line_begin(program, std::max<std::size_t>(line, 2) - 1);
  const std::string said = problem.empty() ? "this is no jq program" : one_line(problem);
  return mistake_at(program, column_byte(program, begin, problem), "jq: " + said);
}

}  // namespace cpaas::described
