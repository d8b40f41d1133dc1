#include "exporter/app/completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace cpaas::app {
namespace {

struct CompletedOption {
  std::vector<std::string> names{};  // --help, -h
  std::string help{};
  std::string type{};                  // of its value; empty: it has none
  std::vector<std::string> choices{};  // all its values, if they are few
  bool repeatable = false;
};

struct CompletedCommand {
  std::string name{};
  std::string help{};
  std::vector<CompletedOption> options{};
  std::vector<std::string> words{};  // what may stand after it
};

// From "TEXT:{debug,info}", which is how CLI11 tells of an option that has only these values.
std::vector<std::string> choices_of(const std::string& type) {
  const auto begin = type.find('{');
  const auto end = type.rfind('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  return CLI::detail::split(type.substr(begin + 1, end - begin - 1), ',');
}

CompletedOption completed(const CLI::Option& option) {
  CompletedOption given;
  for (const std::string& name : option.get_lnames()) given.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) given.names.push_back("-" + name);
  given.help = option.get_description();
  given.repeatable = option.get_items_expected_max() > 1;
  if (option.get_items_expected_max() == 0) return given;
  given.type = option.get_type_name();
  given.choices = choices_of(given.type);
  given.type.erase(std::min(given.type.find(":INT"), given.type.size()));  // and which numbers it takes
  return given;
}

CompletedCommand completed(const CLI::App& cli, const CLI::App* within) {
  CompletedCommand command{cli.get_name(), cli.get_description()};
  for (const CLI::Option* option : cli.get_options()) {
    if (option->get_positional()) {
      command.words = choices_of(option->get_type_name());
    } else if (within == nullptr || option != cli.get_help_ptr()) {
      command.options.push_back(completed(*option));
    }
  }
  return command;
}

std::vector<CompletedCommand> commands_of(const CLI::App& cli) {
  std::vector<CompletedCommand> commands;
  for (const CLI::App* each : cli.get_subcommands({})) commands.push_back(completed(*each, &cli));
  return commands;
}

bool is_path(const CompletedOption& option) {
  return option.type == "FILE" || option.type == "DIR";
}

std::vector<std::string> names_of(const std::vector<CompletedOption>& options) {
  std::vector<std::string> names;
  for (const CompletedOption& option : options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

// --- bash

void add_values(std::string& script, const std::vector<CompletedOption>& options) {
  for (const CompletedOption& option : options) {
    if (option.type.empty()) continue;
    script += fmt::format("    {}) ", fmt::join(option.names, "|"));
    if (!option.choices.empty()) {
      script += fmt::format("mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$current\")",
                            fmt::join(option.choices, " "));
    } else if (is_path(option)) {
      script += "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$current\")";
    } else {
      script += ":";
    }
    script += "; return ;;\n";
  }
}

// "=" is a word of its own for bash.
std::string bash(const CompletedCommand& program, const std::vector<CompletedCommand>& commands) {
  std::string values;
  std::string words;
  std::vector<std::string> names;
  add_values(values, program.options);
  for (const CompletedCommand& command : commands) {
    names.push_back(command.name);
    add_values(values, command.options);
    words += fmt::format("      {}) words='{} {}'; break ;;\n", command.name,
                         fmt::join(names_of(command.options), " "), fmt::join(command.words, " "));
  }
  return fmt::format(
      R"(_{0}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} option=${{COMP_WORDS[COMP_CWORD - 1]}} words='{1}' word
  COMPREPLY=()
  if [[ $current == = ]]; then
    current=
  elif [[ $option == = ]]; then
    option=${{COMP_WORDS[COMP_CWORD - 2]}}
  fi
  case $option in
{2}  esac
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in
{3}    esac
  done
  mapfile -t COMPREPLY < <(compgen -W "{4} $words" -- "$current")
}}
complete -F _{0} {0}
)",
      program.name, fmt::join(names, " "), values, words, fmt::join(names_of(program.options), " "));
}

// --- zsh

// Within single quotes and an _arguments specification.
std::string zsh_text(const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
      continue;
    }
    if (c == '[' || c == ']' || c == ':') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

std::string zsh_options(const std::vector<CompletedOption>& options) {
  std::string specifications;
  for (const CompletedOption& option : options) {
    for (const std::string& name : option.names) {
      specifications += fmt::format("    '{}{}{}[{}]", option.repeatable ? "*" : "", name,
                                    option.type.empty() ? "" : "=", zsh_text(option.help));
      if (!option.choices.empty()) {
        specifications += fmt::format(":value:({})", fmt::join(option.choices, " "));
      } else if (!option.type.empty()) {
        specifications += fmt::format(":{}:{}", zsh_text(option.type), is_path(option) ? "_files" : "");
      }
      specifications += "'\n";
    }
  }
  return specifications;
}

std::string zsh(const CompletedCommand& program, const std::vector<CompletedCommand>& commands) {
  std::vector<std::string> names;
  std::string described;
  std::string cases;
  for (const CompletedCommand& command : commands) {
    names.push_back(command.name);
    described += fmt::format(" {}\\:\"{}\"", command.name, zsh_text(command.help));
    cases +=
        fmt::format("  {}) options+=(\n{}    '1:command:'\n", command.name, zsh_options(command.options));
    if (!command.words.empty()) cases += fmt::format("    '2:what:({})'\n", fmt::join(command.words, " "));
    cases += "  ) ;;\n";
  }
  return fmt::format(R"(#compdef {0}
local -a options=(
{1})
case ${{words[(r)({2})]}} in
{3}  *) options+=('1:command:(({4}))') ;;
esac
_arguments $options
)",
                     program.name, zsh_options(program.options), fmt::join(names, "|"), cases, described);
}

// --- fish

std::string fish_text(const std::string& text) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

std::string fish_options(const std::string& program, const std::string& condition,
                         const std::vector<CompletedOption>& options) {
  std::string lines;
  for (const CompletedOption& option : options) {
    lines += fmt::format("complete -c {}{}", program, condition);
    for (const std::string& name : option.names) {
      lines += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (is_path(option)) {
      lines += " -r -F";
    } else if (!option.type.empty()) {
      lines += fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
    }
    lines += fmt::format(" -d '{}'\n", fish_text(option.help));
  }
  return lines;
}

std::string fish(const CompletedCommand& program, const std::vector<CompletedCommand>& commands) {
  std::string lines = fmt::format("complete -c {} -f\n", program.name);
  lines += fish_options(program.name, "", program.options);
  for (const CompletedCommand& command : commands) {
    lines += fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d '{}'\n", program.name,
                         command.name, fish_text(command.help));
    const std::string condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name);
    lines += fish_options(program.name, condition, command.options);
    if (command.words.empty()) continue;
    lines +=
        fmt::format("complete -c {}{} -a '{}'\n", program.name, condition, fmt::join(command.words, " "));
  }
  return lines;
}

}  // namespace

std::string completion(std::string_view shell, const CLI::App& cli) {
  const CompletedCommand program = completed(cli, nullptr);
  const std::vector<CompletedCommand> commands = commands_of(cli);
  if (shell == "bash") return bash(program, commands);
  if (shell == "zsh") return zsh(program, commands);
  return fish(program, commands);
}

}  // namespace cpaas::app
