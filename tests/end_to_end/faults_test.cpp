// Each way in which a provider may misbehave, at one endpoint at a time.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "exporter/core/utf8.h"
#include "tests/end_to_end/support/scene.h"

namespace cpaas::end_to_end {
namespace {

struct Case {
  Json fault;
  std::string_view reason;
};

struct Place {
  std::string_view path;
  std::string_view endpoint;
};
constexpr std::array<Place, 6> places{{{"/v1/webhooks/deliveries/all-time", "webhooks"},
                                       {"/v1/usage", "usage"},
                                       {"/v1/usage/daily", "daily"},
                                       {"/v1/usage/monthly", "monthly"},
                                       {"/v1/usage/by-number", "by_number"},
                                       {"/v1/usage/by-agent", "by_agent"}}};

// What the provider says of each agent.
constexpr std::array<std::string_view, 3> of_agents{"cpaas_agent_month_calls", "cpaas_agent_month_messages",
                                                    "cpaas_agent_month_voice_seconds"};

std::string failures(std::string_view endpoint, std::string_view reason) {
  return series(
      "cpaas_request_failures_total",
      {{"provider", "agentphone"}, {"account", agents}, {"endpoint", endpoint}, {"reason", reason}});
}

std::string up(std::string_view endpoint) {
  return series("cpaas_up", {{"provider", "agentphone"}, {"account", agents}, {"endpoint", endpoint}});
}

bool tells_of_polls(std::string_view series) {
  static constexpr std::array prefixes{
      "cpaas_up{",         "cpaas_last_",           "cpaas_poll_",
      "cpaas_members",     "cpaas_requests_total{", "cpaas_request_failures_total{",
      "cpaas_series{",     "cpaas_rate_limit_",     "cpaas_schema_drift_",
      "cpaas_ledger_",     "cpaas_clock_skew_",     "cpaas_series_dropped_total{",
      "cpaas_hold_until_", "cpaas_exporter_",       "process_"};
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return series.starts_with(prefix); });
}

// What the providers said, without what the exporter says of itself.
Page provider_values(Page page) {
  std::erase_if(page, [](const auto& each) { return tells_of_polls(each.first); });
  return page;
}

// AgentPhone is polled by its collector in C++, and by a description that takes its place.
class Faults : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) describe_agents();
    exporter = std::make_unique<Exporter>(scene);
    ASSERT_TRUE(exporter->wait_until_listening()) << exporter->process().errors();
    ASSERT_TRUE(exporter->shows(all_up)) << exporter->process().errors();
    // Counters come when they are saved: with the second poll of everything those of the first are there.
    const double requests = sum_of(exporter->scrape(), "cpaas_requests_total");
    ASSERT_TRUE(exporter->shows(
        [&](const Page& page) { return sum_of(page, "cpaas_requests_total") >= 2 * requests; }));
    EXPECT_EQ(sum_of(exporter->scrape(), "cpaas_agentphone_calls_by_month") > 0, GetParam());
  }

  void describe_agents() {
    std::filesystem::copy_file(CPAAS_SOURCE_DIR "/tests/end_to_end/agentphone.yml", scene.folder() / "a.yml");
    write_file(scene.config_file(), "providers: [a.yml]\n" + read_file(scene.config_file()));
  }

  // One fault at each endpoint, all at the same time.
  void inject(const std::vector<Case>& cases) {
    for (std::size_t i = 0; i < cases.size(); ++i) {
      const std::string problem = scene.sandbox().add_fault(
          {{"provider", "agentphone"}, {"endpoint", places.at(i).path}, {"fault", cases.at(i).fault}});
      ASSERT_EQ(problem, "");
    }
  }

  void spoil_agents(std::string_view kind) {
    const std::string problem = scene.sandbox().add_fault(
        {{"provider", "agentphone"}, {"endpoint", "/v1/usage/by-agent"}, {"fault", {{"kind", kind}}}});
    ASSERT_EQ(problem, "");
  }

  void expect_reasons(const std::vector<Case>& cases) {
    const Page good = provider_values(exporter->scrape());
    inject(cases);
    Page page;
    const auto all_counted = [&](const Page& now) {
      page = now;
      for (std::size_t i = 0; i < cases.size(); ++i) {
        if (value_of(page, failures(places.at(i).endpoint, cases.at(i).reason)).value_or(0) < 1) return false;
        if (value_of(page, up(places.at(i).endpoint)) != 0) return false;
      }
      return true;
    };
    EXPECT_TRUE(exporter->shows(all_counted)) << exporter->process().errors();
    EXPECT_EQ(sum_of(page, "cpaas_request_failures_total", "provider=\"agentphone\""),
              sum_of_reasons(page, cases));
    EXPECT_EQ(sum_of(page, "cpaas_request_failures_total"), sum_of_reasons(page, cases)) << "others fail too";
    EXPECT_EQ(provider_values(page), good) << "the last good values do not stay";
    scene.sandbox().clear_faults();
    EXPECT_TRUE(exporter->shows(all_up)) << exporter->process().errors();
    EXPECT_EQ(provider_values(exporter->scrape()), good);
  }

  static double sum_of_reasons(const Page& page, const std::vector<Case>& cases) {
    double sum = 0;
    for (std::size_t i = 0; i < cases.size(); ++i) {
      sum += value_of(page, failures(places.at(i).endpoint, cases.at(i).reason)).value_or(0);
    }
    return sum;
  }

  Scene scene;
  std::unique_ptr<Exporter> exporter;
};

TEST_P(Faults, Statuses) {
  expect_reasons(
      {{{{"kind", "status"}, {"status", 500}}, "http_5xx"},
       {{{"kind", "status"}, {"status", 503}}, "http_5xx"},
       {{{"kind", "status"}, {"status", 401}}, "auth"},
       {{{"kind", "status"}, {"status", 403}}, "auth"},
       {{{"kind", "status"}, {"status", 404}}, "http_4xx"},
       {{{"kind", "redirect"}, {"location", "http://127.0.0.1:1/?key=sk_live_sandbox"}}, "redirect"}});
}

TEST_P(Faults, Transfers) {
  expect_reasons({{{{"kind", "close"}}, "connect"},
                  {{{"kind", "truncated"}}, "connect"},
                  {{{"kind", "latency"}, {"ms", 60'000}}, "timeout"},
                  {{{"kind", "slow"}, {"ms", 1000}}, "timeout"},
                  {{{"kind", "huge"}}, "too_large"},
                  {{{"kind", "gzip_bomb"}, {"size", 64 << 20}}, "too_large"}});
}

TEST_P(Faults, Documents) {
  expect_reasons({{{{"kind", "wrong_type"}}, "schema"},
                  {{{"kind", "malformed"}}, "parse"},
                  {{{"kind", "empty"}}, "parse"},
                  {{{"kind", "html"}}, "parse"},
                  {{{"kind", "nan"}}, "parse"},
                  {{{"kind", "deep"}}, "too_large"}});
}

// One endpoint goes on: campaigns are counted by their states.
TEST_P(Faults, NumbersOfAnotherTypeEverywhere) {
  const Page good = provider_values(exporter->scrape());
  ASSERT_EQ(scene.sandbox().add_fault({{"provider", "*"}, {"fault", {{"kind", "wrong_type"}}}}), "");
  Page page;
  EXPECT_TRUE(exporter->shows([&](const Page& now) {
    page = now;
    return sum_of(now, "cpaas_up") == 1;
  })) << exporter->process().errors();
  EXPECT_EQ(sum_of(page, "cpaas_request_failures_total"),
            sum_of(page, "cpaas_request_failures_total", "reason=\"schema\""));
  EXPECT_EQ(provider_values(page), good);
}

TEST_P(Faults, NumbersBeyondADouble) {
  expect_reasons({{{{"kind", "big_numbers"}}, "parse"}});
}

// The whole credential has to wait: other endpoints are not asked either, but keep their values.
TEST_P(Faults, RateLimits) {
  const Page good = provider_values(exporter->scrape());
  inject({{{{"kind", "status"}, {"status", 429}, {"retry_after", "1"}}, "rate_limited"}});
  EXPECT_TRUE(exporter->shows([&](const Page& page) {
    return value_of(page, failures("webhooks", "rate_limited")).value_or(0) >= 1;
  }));
  EXPECT_EQ(provider_values(exporter->scrape()), good);
  scene.sandbox().clear_faults();
  EXPECT_TRUE(exporter->shows(all_up));
}

TEST_P(Faults, HarmlessOnesChangeNothing) {
  const Page good = provider_values(exporter->scrape());
  inject({{{{"kind", "gzip"}}, ""},
          {{{"kind", "latency"}, {"ms", 30}}, ""},
          {{{"kind", "headers"}, {"rate_limit_headers", {{"X-RateLimit-Remaining", "41"}}}}, ""}});
  const std::string remaining = series(
      "cpaas_rate_limit_remaining", {{"provider", "agentphone"}, {"account", agents}, {"endpoint", "daily"}});
  EXPECT_TRUE(exporter->shows([&](const Page& page) { return value_of(page, remaining) == 41; }));
  const Page page = exporter->scrape();
  EXPECT_TRUE(all_up(page));
  EXPECT_EQ(sum_of(page, "cpaas_request_failures_total"), 0);
  EXPECT_EQ(provider_values(page), good);
}

// Of a key that comes twice the later one counts, as for most readers. The sandbox makes it one more.
TEST_P(Faults, TheLaterOfTwoEqualKeysCounts) {
  const Page good = provider_values(exporter->scrape());
  const auto rows = static_cast<double>(scene.sandbox().truth().at("agentphone").at("numbers").size());
  spoil_agents("duplicate_keys");
  EXPECT_TRUE(exporter->shows([&](const Page& page) {
    return std::ranges::all_of(
        of_agents, [&](std::string_view name) { return sum_of(page, name) == sum_of(good, name) + rows; });
  }));
  const Page page = exporter->scrape();
  EXPECT_EQ(provider_values(page).size(), good.size());
  EXPECT_EQ(sum_of(page, "cpaas_request_failures_total"), 0);
  scene.sandbox().clear_faults();
  EXPECT_TRUE(exporter->shows([&](const Page& now) { return provider_values(now) == good; }));
}

// A name that is no UTF-8 costs its bad bytes, not the poll and not the page.
TEST_P(Faults, BytesThatAreNoUtf8AreReplaced) {
  const Page good = provider_values(exporter->scrape());
  spoil_agents("invalid_utf8");
  std::string text;
  EXPECT_TRUE(within(seconds(30), [&] {
    text = exporter->get("/metrics").body;
    return text.find("\xEF\xBF\xBD") != std::string::npos;
  }));
  EXPECT_EQ(valid_utf8(text), text);
  const Page page = parse_page(text);
  for (const std::string_view name : of_agents) EXPECT_EQ(sum_of(page, name), sum_of(good, name));
  EXPECT_EQ(provider_values(page).size(), good.size());
  EXPECT_EQ(sum_of(page, "cpaas_request_failures_total"), 0);
  scene.sandbox().clear_faults();
  EXPECT_TRUE(exporter->shows([&](const Page& now) { return provider_values(now) == good; }));
}

INSTANTIATE_TEST_SUITE_P(Collectors, Faults, testing::Bool(),
                         [](const auto& each) { return each.param ? "Described" : "BuiltIn"; });

}  // namespace
}  // namespace cpaas::end_to_end
