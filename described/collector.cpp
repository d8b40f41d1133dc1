#include "described/collector.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "described/poll.h"

namespace cpaas::described {
namespace {

// Where the windows of a source are said.
void add_window(WindowKinds& kinds, const MetricSpec& metric) {
  kinds.sliding = kinds.sliding || metric.sliding;
  switch (metric.window) {
    case Window::none:
      break;
    case Window::h24:
      kinds.h24 = true;
      break;
    case Window::d7:
      kinds.d7 = true;
      break;
    case Window::d30:
      kinds.d30 = true;
      break;
    case Window::d90:
      kinds.d90 = true;
      break;
    case Window::today:
      kinds.today = true;
      break;
    case Window::month:
      kinds.month = true;
      break;
    case Window::last_month:
      kinds.last_month = true;
      break;
  }
}

// What a collector points to. It never moves.
class Owner {
 public:
  explicit Owner(Description description) : description_(std::move(description)) {
    for (const OptionSpec& option : description_.options) add_option(option);
    for (EndpointSpec& endpoint : description_.endpoints) add_endpoint(endpoint);
    collector_ = {.name = description_.name,
                  .title = description_.title,
                  .base_url = description_.base_url,
                  .options = options_,
                  .endpoints = endpoints_,
                  .sources = sources_,
                  .timezone = description_.time_zone,
                  .requests_per_minute = description_.limits.requests_per_minute};
  }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  const Collector& collector() const { return collector_; }

 private:
  void add_option(const OptionSpec& option) {
    options_.push_back({.name = option.name,
                        .kind = option.kind,
                        .help = option.help,
                        .required = option.required,
                        .default_value = option.default_value,
                        .choices = {option.choices.begin(), option.choices.end()},
                        .names_account = option.names_account});
  }

  void add_endpoint(EndpointSpec& endpoint) {
    endpoint.description = &description_;
    const auto start = [](const void* self, const Settings& settings, const PollStart& at) {
      return start_poll(*static_cast<const EndpointSpec*>(self), settings, at);
    };
    endpoints_.push_back({.name = endpoint.name,
                          .help = endpoint.help,
                          .default_interval = endpoint.interval,
                          .default_enabled = endpoint.enabled,
                          .start = Start(&endpoint, start),
                          .minimum_interval = endpoint.minimum_interval});
    for (const Group& group : endpoint.groups) {
      for (const MetricSpec& metric : group.metrics) add_sources(endpoint, metric);
    }
  }

  void add_sources(const EndpointSpec& endpoint, const MetricSpec& metric) {
    Source& source = source_of(endpoint, *metric.family, metric.field);
    source.counted = metric.booked == Booked::day ? Counted::days : Counted::total;
    add_window(source.windows, metric);
    if (metric.booked != Booked::level) return;
    source_of(endpoint, *metric.spent, "falls of " + metric.field).counted = Counted::level;
    if (metric.added == nullptr) return;
    source_of(endpoint, *metric.added, "rises of " + metric.field).counted = Counted::level;
  }

  // One for each family of an endpoint, though several fields may give it.
  Source& source_of(const EndpointSpec& endpoint, const Family& family, const std::string& field) {
    const auto found = std::ranges::find_if(sources_, [&](const Source& each) {
      return each.family == &family && each.endpoint == endpoint.name;
    });
    if (found == sources_.end()) {
      return sources_.emplace_back(Source{&family, endpoint.name, texts_.emplace_back(field)});
    }
    if (found->field.find(field) == std::string_view::npos) {
      found->field = texts_.emplace_back(std::string(found->field) + ", " + field);
    }
    return *found;
  }

  Description description_;
  std::deque<std::string> texts_;
  std::vector<Option> options_;
  std::vector<Endpoint> endpoints_;
  std::vector<Source> sources_;
  Collector collector_{};
};

}  // namespace

CollectorRef make_collector(Description description) {
  auto owner = std::make_shared<const Owner>(std::move(description));
  const Collector* collector = &owner->collector();
  return CollectorRef(std::shared_ptr<const Collector>(std::move(owner), collector));
}

}  // namespace cpaas::described
