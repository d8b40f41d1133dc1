// The configuration file: read, checked, shown and documented. What may be written in it follows from the
// keys that this folder declares and from the options and endpoints that the given collectors declare.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostic.h"
#include "config/environment.h"
#include "config/providers.h"
#include "exporter/core/account.h"

namespace cpaas::config {

struct Config {
  std::vector<Account> accounts;  // in the file's order; at least one, names unique
  friend bool operator==(const Config&, const Config&) = default;
};

struct Loaded {
  Config config;                       // empty unless `problems` is
  std::vector<Diagnostic> problems;    // by position; none is ever a secret's text
  std::vector<Diagnostic> warnings{};  // the same; they do not keep the configuration from being used
};

// Reads the file at `path`, and every secret and description of a provider that it names. Never throws.
Loaded load(const std::string& path, Providers& providers, const Environment& environment);

// The same for a text at hand; `file_name` is for the diagnostics, and relative secret files are looked for
// beside it.
Loaded parse(std::string_view text, const std::string& file_name, Providers& providers,
             const Environment& environment);

// The same with built-in collectors alone.
Loaded load(const std::string& path, std::span<const Collector* const> collectors,
            const Environment& environment);
Loaded parse(std::string_view text, const std::string& file_name,
             std::span<const Collector* const> collectors, const Environment& environment);

// The reference of every key, as Markdown.
std::string reference_markdown(std::span<const Collector* const> collectors);

// The configuration with all defaults filled in, as YAML that parse() takes; secrets read <secret>.
std::string dump(const Config& config);

}  // namespace cpaas::config
