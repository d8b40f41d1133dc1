// A made-up described provider, and what its endpoints make of answers.
#pragma once

#include <gmock/gmock.h>

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "described/collector.h"
#include "described/providers.h"
#include "described/reader.h"
#include "exporter/core/collector.h"
#include "exporter/core/number.h"

namespace cpaas::testing {

inline constexpr TimePoint noon =
    std::chrono::sys_days{std::chrono::year{2026} / 6 / 15} + std::chrono::hours{12};

// A description with one endpoint `usage`, which `endpoint` describes (lines indented by four).
inline std::string acme_with(std::string_view endpoint, std::string_view more = "") {
  return "provider: acme\ntitle: Acme\nbase_url: https://api.acme.example\n"
         "options:\n  api_key: {kind: secret, required: true, help: The key}\n"
         "  id: {kind: text, help: The id}\n  projects: {kind: list, help: Projects}\n"
         "authentication: {bearer: \"{api_key}\"}\n" +
         std::string(more) + "endpoints:\n  usage:\n    help: Usage\n" + std::string(endpoint);
}

// With one metric of the balance.
inline constexpr std::string_view balance_endpoint =
    "    request: {path: /balance}\n"
    "    metrics: [{metric: cpaas_balance, value: {pointer: /balance, signed: true}, labels: {currency: "
    "EUR}}]\n";

// Of a text that must be good.
class Acme {
 public:
  explicit Acme(std::string_view text) {
    config::Problems problems("acme.yml");
    auto read = described::read_description(text, families_, problems);
    for (const auto& each : problems.sorted()) ADD_FAILURE() << to_string(each);
    if (problems.none()) collector_ = described::make_collector(std::move(read.description));
    settings.account = "test";
    settings.base_url = "https://api.acme.example";
    settings.secrets.emplace("api_key", Secret("k3y"));
  }

  const Collector& collector() const { return *collector_; }
  std::vector<Call> start() const { return collector_->endpoints.front().start(settings, {noon}); }

  // Each of the answers for one request after the other; all that came of them, or the first error.
  Result<Page> poll(std::deque<nlohmann::json> answers) {
    Page all;
    std::deque<Call> calls;
    for (Call& call : start()) calls.push_back(std::move(call));
    urls.clear();
    for (; !calls.empty(); calls.pop_front()) {
      urls.push_back(calls.front().request.url);
      if (answers.empty()) return fail(Reason::internal, "no answer is left for " + urls.back());
      const nlohmann::json body = std::move(answers.front());
      answers.pop_front();
      auto page = calls.front().parse(Reply{body, noon});
      if (!page) return page;
      std::ranges::move(page->samples, std::back_inserter(all.samples));
      std::ranges::move(page->days, std::back_inserter(all.days));
      std::ranges::move(page->days_read, std::back_inserter(all.days_read));
      std::ranges::move(page->levels, std::back_inserter(all.levels));
      std::ranges::move(page->next, std::back_inserter(calls));
      all.drift.merge(page->drift);
    }
    return all;
  }

  Settings settings;
  std::vector<std::string> urls;

 private:
  described::FamilyPool families_{collectors()};
  CollectorRef collector_;
};

// "family{label|label} value" of each sample.
inline std::vector<std::string> shown(const Page& page) {
  std::vector<std::string> lines;
  for (const Sample& sample : page.samples) {
    std::string line = family_name(*sample.family, sample.window) + "{";
    std::string labels;
    for (const std::string_view label : sample.labels.values()) labels.append("|").append(label);
    lines.push_back(line + labels.substr(labels.empty() ? 0 : 1) + "} " + format_number(sample.value));
  }
  return lines;
}

}  // namespace cpaas::testing
