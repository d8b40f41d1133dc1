// The reader of descriptions, and what they make of an answer: any text is either a description, which can be
// polled, or a list of problems. The text ends at a NUL; behind it is the answer.
#include <cmath>
#include <cstdint>

#include "collectors/registry.h"
#include "described/collector.h"
#include "described/reader.h"
#include "fuzz/input.h"

namespace {

using namespace cpaas;

void check(const Page& page) {
  for (const Sample& sample : page.samples) {
    fuzz::require(std::isfinite(sample.value), "a value is finite");
    fuzz::require(sample.labels.values().size() == sample.family->labels.size(), "all labels are given");
  }
  for (const Call& call : page.next) {
    fuzz::require(call.request.url.starts_with("https://api.acme.example"), "a page stays at its server");
  }
}

void poll(const Collector& collector, const nlohmann::json& answer) {
  Settings settings;
  settings.base_url = "https://api.acme.example";
  const TimePoint now{std::chrono::hours{500'000}};
  for (const Option& option : collector.options) {
    settings.texts.emplace(option.name, "x");
    settings.lists[std::string(option.name)] = {"a", "b"};
    settings.secrets.emplace(option.name, Secret("Xq7-secret-Zw9"));
  }
  for (const Endpoint& endpoint : collector.endpoints) {
    for (const Call& call : endpoint.start(settings, {now})) {
      if (auto page = call.parse(Reply{answer, now})) check(*page);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = input.find('\0');
  // Programs of jq are another parser's and trusted: libjq ends the process at some of them.
  if (input.substr(0, end).find("jq") != std::string_view::npos) return 0;
  described::FamilyPool families(collectors());
  config::Problems problems("fuzz.yml");
  auto read = described::read_description(input.substr(0, end), families, problems);
  for (const config::Diagnostic& problem : problems.sorted()) {
    fuzz::require(problem.line >= 1 && problem.column >= 1, "a problem has a place");
  }
  if (!problems.none() || end == std::string_view::npos) return 0;
  const auto answer = nlohmann::json::parse(input.substr(end + 1), nullptr, false);
  if (answer.is_discarded()) return 0;
  const CollectorRef collector = described::make_collector(std::move(read.description));
  poll(*collector, answer);
  return 0;
}
