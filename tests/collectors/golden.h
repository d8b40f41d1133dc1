// Runs a collector's endpoint over canned responses and compares what comes out with a file.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "exporter/core/collector.h"

namespace cpaas::testing {

// Text of tests/collectors/testdata/PATH.
std::string testdata(std::string_view path);

// Settings for `collector` with every default filled in, account "test", and "test-NAME" for each secret.
Settings default_settings(const Collector& collector);

struct Outcome {
  Page page;                      // of all calls together; `next` is empty
  std::vector<std::string> urls;  // as requested, in order
  std::vector<Error> errors;
};

// Polls `endpoint` at `now`. `responses` maps a URL without its base ("/dashboard/?days=30") to a body; a URL
// that is not there is a test failure. Follows pages and fan-out.
Outcome poll(const Collector& collector, std::string_view endpoint, const Settings& settings, TimePoint now,
             const std::map<std::string, std::string>& responses);

// What `outcome` holds, as text: exposition lines grouped by family, then "# day", "# level", "# drift" and
// "# error" lines.
std::string render(const Collector& collector, const Outcome& outcome);

// Expects `text` to equal tests/collectors/testdata/PATH. With UPDATE_GOLDEN=1 in the environment, writes the
// file instead.
void expect_text(const std::string& text, std::string_view path);

// Expects render(...) to equal tests/collectors/testdata/PATH, in the same way.
void expect_golden(const Collector& collector, const Outcome& outcome, std::string_view path);

}  // namespace cpaas::testing
