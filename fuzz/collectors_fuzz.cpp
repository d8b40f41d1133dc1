// Every collector's parse: the first byte selects collector and endpoint, the second the settings, the rest
// is the document that every request of the poll is answered with.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>

#include "collectors/registry.h"
#include "exporter/engine/response.h"
#include "fuzz/input.h"

namespace {

using namespace cpaas;

constexpr TimePoint now = std::chrono::sys_days{std::chrono::year{2026} / 6 / 15} + std::chrono::hours{12};
constexpr std::size_t most_requests = 8;

struct Selected {
  const Collector* collector;
  const Endpoint* endpoint;
};

Selected select(std::size_t index) {
  std::vector<Selected> all;
  for (const Collector* collector : collectors()) {
    for (const Endpoint& endpoint : collector->endpoints) all.push_back({collector, &endpoint});
  }
  return all.at(index % all.size());
}

Settings settings_for(const Selected& selected, std::size_t variant) {
  Settings settings;
  settings.account = "main";
  settings.base_url = selected.collector->base_url;
  settings.window = std::chrono::days{std::array{7, 30, 90}.at(variant % 3)};
  settings.personal_data = variant % 2 == 0;
  for (const Option& option : selected.collector->options) {
    const std::string name(option.name);
    const bool is_list = option.kind == OptionKind::list || option.kind == OptionKind::list_or_all;
    const bool all = option.kind == OptionKind::list_or_all && variant % 5 < 3;
    if (is_list) settings.lists[name] = {all ? "all" : "one"};
    if (option.kind == OptionKind::secret) settings.secrets[name] = Secret("secret");
    if (option.kind == OptionKind::text || option.kind == OptionKind::currency)
      settings.texts[name] = option.default_value;
    if (option.kind == OptionKind::choice) {
      settings.texts[name] = selected.endpoint->only_when_scope.empty() ? option.choices.front()
                                                                        : selected.endpoint->only_when_scope;
    }
  }
  return settings;
}

void check(const Family& family, const LabelValues& labels, double value) {
  fuzz::require(labels.values().size() == family.labels.size(), "a sample has its family's labels");
  fuzz::require(std::isfinite(value), "a value is finite");
  fuzz::require(family.kind != Kind::counter || value >= 0, "a counter is not negative");
}

bool is_declared(const Selected& selected, const Family* family, Window window) {
  return std::ranges::any_of(selected.collector->sources, [&](const Source& source) {
    const auto windows = windows_of(source.windows);
    return source.family == family && source.endpoint == selected.endpoint->name &&
           std::ranges::count(windows, window) != 0;
  });
}

void check(const Selected& selected, const Page& page) {
  for (const Sample& sample : page.samples) {
    check(*sample.family, sample.labels, sample.value);
    fuzz::require(is_declared(selected, sample.family, sample.window), "a sample's family is declared");
    fuzz::require(windowed(*sample.family) == (sample.window != Window::none),
                  "a window is where it belongs");
  }
  for (const DayValue& day : page.days) {
    check(*day.family, day.labels, day.value);
    fuzz::require(is_declared(selected, day.family, Window::none), "a day's family is declared");
  }
  for (const Level& level : page.levels) {
    check(*level.spent, level.labels, std::fabs(level.value));
    fuzz::require(is_declared(selected, level.spent, Window::none), "a level's family is declared");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const Selected selected = select(input.byte());
  const Settings settings = settings_for(selected, input.byte());
  HttpResponse response;
  response.status = 200;
  response.body = input.rest();
  const auto body = engine::decode(response);
  if (!body) return 0;
  auto first = selected.endpoint->start(settings, {now});
  std::deque<Call> calls(std::make_move_iterator(first.begin()), std::make_move_iterator(first.end()));
  for (std::size_t i = 0; i < most_requests && !calls.empty(); ++i) {
    auto page = calls.front().parse({*body, now});
    calls.pop_front();
    if (!page) {
      fuzz::require(!page.error().message.empty(), "an error has a message");
      return 0;
    }
    check(selected, *page);
    for (Call& next : page->next) calls.push_back(std::move(next));
  }
  return 0;
}
