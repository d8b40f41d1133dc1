// The web configuration file, in the format of Prometheus' exporter-toolkit.
#pragma once

#include <string>
#include <vector>

#include "config/diagnostic.h"
#include "config/environment.h"
#include "exporter/core/web_settings.h"

namespace cpaas::config {

struct LoadedWeb {
  WebSettings settings;              // empty unless `problems` is
  std::vector<Diagnostic> problems;  // by position; none is ever a secret's text
};

// Reads the file at `path` and those that it names, relative ones beside it. An empty file is a problem: it
// must not switch a login off. Never throws. Whether certificate and key are good is not looked at.
LoadedWeb load_web(const std::string& path, const Environment& environment);

// The same for a text at hand.
LoadedWeb parse_web(std::string_view text, const std::string& file_name, const Environment& environment);

}  // namespace cpaas::config
