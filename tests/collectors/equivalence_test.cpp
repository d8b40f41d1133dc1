// A provider that is written in C++ and described as well gives the same, byte for byte, whatever it answers.
//
// Of AgentPhone that is so of two endpoints. The others go by rules that descriptions do not have, on
// purpose: `usage` asks for fewer fields where one of the older shape is there; `calls` refuses an answer
// whose rows were not filtered; `daily` and `monthly` take the rows of today and of two months, refuse a
// second row of the same day, and accept months in several spellings; `by_agent` compares the period that the
// answer states with the one that was asked for. TingTing likewise: `dashboard` takes maps and lists for the
// same, and adds up the parts of a day; `numbers` leaves out of its second list what was in the first;
// `campaigns` gives a zero for every documented status, and begins a list anew that changed while it was
// read.
#include <gtest/gtest.h>

#include "collectors/registry.h"
#include "described/providers.h"
#include "tests/collectors/golden.h"
#include "tests/collectors/mutations.h"

namespace cpaas::testing {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon = std::chrono::sys_days{std::chrono::year{2026} / 6 / 15} + 12h;

class Equivalence : public ::testing::TestWithParam<std::string_view> {
 protected:
  Equivalence() {
    config::Problems problems("described.yml");
    providers_.describe(testdata("agentphone/described.yml"), problems);
    for (const auto& each : problems.sorted()) ADD_FAILURE() << to_string(each);
    described_ = providers_.find("agentphone", config::Node(), problems);
  }

  std::string page_of(const Collector& collector, const Settings& settings, const std::string& body) const {
    std::map<std::string, std::string> responses;
    for (const Endpoint& endpoint : collector.endpoints) {
      if (endpoint.name != GetParam()) continue;
      for (const Call& call : endpoint.start(settings, {noon}))
        responses[call.request.url.substr(settings.base_url.size())] = body;
    }
    return render(collector, poll(collector, GetParam(), settings, noon, responses));
  }

  described::Providers providers_;
  CollectorRef described_;
  const Collector& built_in_ = *find_collector("agentphone");
};

TEST_P(Equivalence, OfAllAnswersAndWhatCouldBecomeOfThem) {
  std::size_t documents = 0;
  for (NamedDocument& sample : samples_of("agentphone", GetParam())) {
    for (const bool personal : {false, true}) {
      Settings settings = default_settings(built_in_);
      settings.personal_data = personal;
      const auto compare = [&](const std::string& what) {
        const std::string body = sample.body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        if (HasFailure()) return;
        EXPECT_EQ(page_of(*described_, settings, body), page_of(built_in_, settings, body))
            << sample.name << ", " << what;
        ++documents;
      };
      compare("as it is");
      for_each_mutation(sample.body, compare);
    }
  }
  EXPECT_GT(documents, 50U);
}

INSTANTIATE_TEST_SUITE_P(Endpoints, Equivalence, ::testing::Values("webhooks", "by_number"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace cpaas::testing
