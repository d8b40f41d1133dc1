// What the shipped descriptions ask, and what they make of the documented answers: for each the file beside
// the answer, and `requests.txt`.
#include <gtest/gtest.h>

#include <algorithm>

#include "collectors/registry.h"
#include "tests/collectors/every_collector.h"
#include "tests/collectors/golden.h"
#include "tests/collectors/mutations.h"

namespace cpaas::testing {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon = std::chrono::sys_days{std::chrono::year{2026} / 6 / 15} + 12h;

Settings settings_of(const Collector& collector) {
  Settings settings = default_settings(collector);
  for (const Option& option : collector.options) {
    const std::string name(option.name);
    if (option.kind == OptionKind::text && option.required) settings.texts[name] = "test-" + name;
    if (option.kind == OptionKind::currency && option.required) settings.texts[name] = "EUR";
    if (option.kind == OptionKind::list) settings.lists[name] = {"test-" + name};
  }
  return settings;
}

std::string shown(const Call& call, const Settings& settings) {
  std::string text = call.request.body ? "POST " : "GET ";
  text += call.request.url.substr(settings.base_url.size());
  for (const Header& header : call.request.headers)
    text += "\n  " + header.name + ": " + header.value.reveal();
  if (call.request.body) text += "\n  " + *call.request.body;
  return text + "\n";
}

class Described : public ::testing::TestWithParam<std::string_view> {
 protected:
  const Collector& collector_ = collector_named(GetParam());
  const Settings settings_ = settings_of(collector_);
  std::string path_of(const std::string& file) const { return std::string(GetParam()) + "/" + file; }
};

TEST_P(Described, AsksAsItIsDocumented) {
  std::string requests;
  for (const Endpoint& endpoint : collector_.endpoints) {
    for (const Call& call : endpoint.start(settings_, {noon})) {
      requests += std::string(endpoint.name) + ": " + shown(call, settings_);
    }
  }
  expect_text(requests, path_of("requests.txt"));
}

// Every request gets the same answer: it is the first, and where it names a next page, all.
TEST_P(Described, ReadsTheDocumentedAnswers) {
  for (const Endpoint& endpoint : collector_.endpoints) {
    for (const NamedDocument& sample : samples_of(collector_.name, endpoint.name)) {
      std::map<std::string, std::string> responses;
      for (const Call& call : endpoint.start(settings_, {noon})) {
        responses[call.request.url.substr(settings_.base_url.size())] = sample.body.dump();
      }
      const Outcome outcome = poll(collector_, endpoint.name, settings_, noon, responses);
      expect_golden(collector_, outcome, path_of(sample.name.substr(0, sample.name.find(".json")) + ".prom"));
    }
  }
}

std::vector<std::string_view> described_names() {
  std::vector<std::string_view> names;
  for (const ShippedDescription& each : shipped_descriptions()) names.push_back(each.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Providers, Described, ::testing::ValuesIn(described_names()),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace cpaas::testing
