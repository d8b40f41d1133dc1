#include "tests/collectors/golden.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <sstream>

#include "exporter/core/number.h"
#include "exporter/exposition/text.h"

namespace cpaas::testing {
namespace {

std::string file_path(std::string_view path) {
  return std::string(CPAAS_SOURCE_DIR "/tests/collectors/testdata/").append(path);
}

std::string joined(const LabelValues& labels) {
  std::string text;
  for (const std::string_view value : labels.values()) text.append(text.empty() ? "" : ",").append(value);
  return "{" + text + "}";
}

}  // namespace

std::string testdata(std::string_view path) {
  std::ifstream file(file_path(path));
  EXPECT_TRUE(file) << "no such file: " << file_path(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Settings default_settings(const Collector& collector) {
  Settings settings;
  settings.account = "test";
  settings.base_url = collector.base_url;
  settings.zone = *TimeZone::find(collector.timezone);
  for (const Option& option : collector.options) {
    if (option.kind == OptionKind::secret) {
      settings.secrets.emplace(option.name, Secret("test-" + std::string(option.name)));
    } else if (!option.default_value.empty()) {
      settings.texts.emplace(option.name, option.default_value);
    }
  }
  return settings;
}

Outcome poll(const Collector& collector, std::string_view endpoint, const Settings& settings, TimePoint now,
             const std::map<std::string, std::string>& responses) {
  const auto found = std::find_if(collector.endpoints.begin(), collector.endpoints.end(),
                                  [&](const Endpoint& each) { return each.name == endpoint; });
  Outcome outcome;
  if (found == collector.endpoints.end()) {
    ADD_FAILURE() << "no endpoint " << endpoint;
    return outcome;
  }
  std::deque<Call> calls;
  PollStart start{now};
  start.days = [now](std::string_view /*member*/) {
    return std::vector{day_of(now), day_of(now) - std::chrono::days{1}};
  };
  for (Call& call : found->start(settings, start)) calls.push_back(std::move(call));
  while (!calls.empty() && outcome.urls.size() < 1000) {
    const Call call = std::move(calls.front());
    calls.pop_front();
    const std::string& url = call.request.url;
    outcome.urls.push_back(url);
    EXPECT_TRUE(url.starts_with(settings.base_url)) << url;
    const auto response = responses.find(url.substr(std::min(url.size(), settings.base_url.size())));
    if (response == responses.end()) {
      ADD_FAILURE() << "unexpected request: " << url;
      continue;
    }
    const auto body = nlohmann::json::parse(response->second, nullptr, false);
    EXPECT_FALSE(body.is_discarded()) << url;
    auto page = call.parse(Reply{body, now});
    if (!page) {
      outcome.errors.push_back(page.error());
      continue;
    }
    if (page->starts_over) outcome.page = {};
    auto move_all = [](auto& from, auto& to) { std::move(from.begin(), from.end(), std::back_inserter(to)); };
    move_all(page->samples, outcome.page.samples);
    move_all(page->days, outcome.page.days);
    move_all(page->days_read, outcome.page.days_read);
    move_all(page->levels, outcome.page.levels);
    move_all(page->parts, outcome.page.parts);
    if (!page->account_id.empty()) outcome.page.account_id = page->account_id;
    move_all(page->next, calls);
    outcome.page.drift.merge(page->drift);
  }
  return outcome;
}

std::string render(const Collector& collector, const Outcome& outcome) {
  std::map<std::string, std::pair<std::string, std::vector<std::string>>> families;  // name -> header, lines
  for (const Sample& sample : outcome.page.samples) {
    const std::string name = family_name(*sample.family, sample.window);
    auto& [header, lines] = families[name];
    header = exposition::family_header(exposition::Format::text, name, sample.family->kind,
                                       family_help(*sample.family, sample.window));
    std::string line;
    exposition::append_sample(
        line, exposition::line_start(name, {{"provider", collector.name}, {"account", "test"}}), sample);
    lines.push_back(line);
  }
  std::string text;
  for (auto& [name, family] : families) {
    text += family.first;
    std::sort(family.second.begin(), family.second.end());
    for (const std::string& line : family.second) text += line;
  }
  std::vector<std::string> extra;
  for (const DayValue& day : outcome.page.days) {
    extra.push_back("# day " + format_date(day.day) + " " + std::string(day.family->name) +
                    joined(day.labels) + " " + format_number(day.value));
  }
  for (const Level& level : outcome.page.levels) {
    extra.push_back("# level " + std::string(level.spent->name) + "/" +
                    std::string(level.added != nullptr ? level.added->name : "-") + joined(level.labels) +
                    " " + format_number(level.value));
  }
  for (const DaysRead& read : outcome.page.days_read) {
    extra.push_back("# days " + format_date(read.from) + " to " + format_date(read.to) +
                    (read.first_partial ? ", the first perhaps cut" : ""));
  }
  for (const TotalPart& part : outcome.page.parts) {
    extra.push_back("# part " + std::string(part.family->name) + joined(part.labels) + " " + part.part + " " +
                    format_number(part.value));
  }
  if (!outcome.page.account_id.empty()) extra.push_back("# account " + outcome.page.account_id);
  for (const std::string& path : outcome.page.drift.missing) extra.push_back("# drift missing " + path);
  for (const std::string& path : outcome.page.drift.mistyped) extra.push_back("# drift mistyped " + path);
  for (const std::string& path : outcome.page.drift.unknown) extra.push_back("# drift unknown " + path);
  for (const Error& error : outcome.errors) {
    extra.push_back("# error " + std::string(name_of(error.reason)) + " " + error.message);
  }
  std::stable_sort(extra.begin(), extra.end());
  for (const std::string& line : extra) text.append(line).append("\n");
  return text;
}

void expect_text(const std::string& text, std::string_view path) {
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(file_path(path)) << text;
    return;
  }
  EXPECT_EQ(text, testdata(path)) << "accept the change with UPDATE_GOLDEN=1";
}

void expect_golden(const Collector& collector, const Outcome& outcome, std::string_view path) {
  expect_text(render(collector, outcome), path);
}

}  // namespace cpaas::testing
