#include "exporter/engine/account_board.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <unordered_set>

#include "exporter/core/families.h"

namespace cpaas::engine {
namespace {

// Sample lines grouped into sections, each series once.
class SectionWriter {
 public:
  SectionWriter(std::string_view provider, std::string_view account, const Help& help, StartTimes start_times)
      : provider_(provider), account_(account), help_(help), start_times_(start_times) {}

  // False if the series is there already. The sample outlives the writer.
  bool add(const Sample& sample) {
    Group& group = group_of(*sample.family, sample.window);
    if (!group.series.insert(sample.labels.key()).second) return false;
    write(group, sample);
    return true;
  }

  // For a series that cannot be there already and has no start time.
  void add_own(const Family& family, const LabelList& labels, double value) {
    Group& group = group_of(family, Window::none);
    exposition::append_sample(group.lines, group.start, family, labels, value);
  }

  std::vector<exposition::Section> take() {
    std::vector<exposition::Section> sections;
    for (auto& [key, group] : groups_) {
      const auto& [family, window] = key;
      sections.push_back({std::move(group.name), family->kind, help_(*family, window), std::move(group.lines),
                          std::move(group.openmetrics_lines)});
    }
    return sections;
  }

 private:
  struct Group {
    std::string name;
    std::string start;          // of each line
    std::string created_start;  // of each line with a start time; empty if there are none
    std::string lines;
    std::string openmetrics_lines;                // with start times
    std::unordered_set<std::string_view> series;  // label values; owned by the samples
  };
  using Key = std::pair<const Family*, Window>;

  Group& group_of(const Family& family, Window window) {
    const Key key{&family, window};
    if (last_ == groups_.end() || last_->first != key) {  // samples of a family mostly follow each other
      const auto [group, is_new] = groups_.try_emplace(key);
      if (is_new) begin_group(group->second, family, window);
      last_ = group;
    }
    return last_->second;
  }

  void begin_group(Group& group, const Family& family, Window window) const {
    const std::initializer_list<exposition::Label> common{{"provider", provider_}, {"account", account_}};
    group.name = family_name(family, window);
    group.start = exposition::line_start(group.name, common);
    if (start_times_ == StartTimes::shown && family.kind == Kind::counter) {
      group.created_start = exposition::line_start(exposition::created_name(group.name), common);
    }
  }

  static void write(Group& group, const Sample& sample) {
    exposition::append_sample(group.lines, group.start, sample);
    if (!group.created_start.empty()) {
      exposition::append_sample(group.openmetrics_lines, group.start, sample);
      exposition::append_created(group.openmetrics_lines, group.created_start, sample);
    }
  }

  std::string_view provider_;
  std::string_view account_;
  const Help& help_;
  StartTimes start_times_;
  std::map<Key, Group> groups_;
  std::map<Key, Group>::iterator last_ = groups_.end();
};

// "" if the collector gave fewer labels than the family has.
std::string_view label(const Sample& sample, std::size_t at) {
  const auto values = sample.labels.values();
  return at < values.size() ? values[at] : std::string_view{};
}

bool is_counter(const Sample& sample) {
  return sample.family->kind == Kind::counter;
}

double seconds_or_zero(const std::optional<TimePoint>& time) {
  return time ? unix_seconds(*time) : 0;
}

void add_self_metrics(SectionWriter& writer, const EndpointPlan& plan, const EndpointStatus& status) {
  const std::string_view endpoint = plan.endpoint->name;
  const auto add = [&](const Family& family, double value) { writer.add_own(family, {endpoint}, value); };
  add(families::up, status.last_success && !status.error ? 1 : 0);
  add(families::last_attempt, seconds_or_zero(status.last_attempt));
  add(families::last_success, seconds_or_zero(status.last_success));
  add(families::poll_interval, static_cast<double>(plan.interval.count()));
  add(families::poll_duration, status.duration);
  add(families::requests_total, static_cast<double>(status.requests));
  add(families::series, static_cast<double>(status.series));
  add(families::series_dropped_total, static_cast<double>(status.series_dropped));
  add(families::ledger_corrections_total, static_cast<double>(status.corrections));
  add(families::ledger_failures_total, static_cast<double>(status.ledger_failures));
  if (status.rate_limit.remaining) add(families::rate_limit_remaining, *status.rate_limit.remaining);
  if (status.rate_limit.reset) add(families::rate_limit_reset, unix_seconds(*status.rate_limit.reset));
  const auto add_kind = [&](const Family& family, std::string_view kind, auto count) {
    writer.add_own(family, {endpoint, kind}, static_cast<double>(count));
  };
  for (const Reason reason : all_reasons) {
    add_kind(families::request_failures_total, name_of(reason),
             status.failures.at(static_cast<std::size_t>(reason)));
  }
  add_kind(families::schema_drift_fields, "missing", status.drift.missing.size());
  add_kind(families::schema_drift_fields, "mistyped", status.drift.mistyped.size());
  add_kind(families::schema_drift_fields, "unknown", status.drift.unknown.size());
}

}  // namespace

AccountBoard::AccountBoard(Account account)
    : account_(std::move(account)),
      endpoints_(account_.endpoints.size()),
      rendered_(account_.endpoints.size(), true) {}

AccountBoard::AccountBoard(Account account, AccountBoard before) : AccountBoard(std::move(account)) {
  clock_skew_ = before.clock_skew_;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    for (std::size_t j = 0; j < before.endpoints_.size(); ++j) {
      if (account_.endpoints[i].endpoint != before.account_.endpoints[j].endpoint) continue;
      endpoints_[i] = std::move(before.endpoints_[j]);
      rendered_[i] = before.rendered_[j];
    }
  }
}

bool AccountBoard::attempted() const {
  return std::all_of(endpoints_.begin(), endpoints_.end(),
                     [](const EndpointStatus& each) { return each.last_attempt.has_value(); });
}

void AccountBoard::apply(std::size_t endpoint, Outcome outcome, const Poll& poll) {
  EndpointStatus& status = endpoints_.at(endpoint);
  status.last_attempt = poll.begin;
  status.duration = std::chrono::duration<double>(poll.took).count();
  status.requests += outcome.requests;
  status.corrections += outcome.corrections;
  status.ledger_failures += outcome.unsaved ? 1 : 0;
  if (outcome.rate_limit.remaining || outcome.rate_limit.reset) status.rate_limit = outcome.rate_limit;
  if (outcome.clock_skew) clock_skew_ = *outcome.clock_skew;
  status.error = std::move(outcome.error);
  if (status.error) {
    ++status.failures_in_row;
    ++status.failures.at(static_cast<std::size_t>(status.error->reason));
    return;
  }
  status.failures_in_row = 0;
  status.last_success = poll.end;
  status.series_dropped += outcome.dropped;
  status.drift = std::move(outcome.page.drift);
  status.series = outcome.page.samples.size();
  status.samples = std::move(outcome.page.samples);
  status.fresh_from = poll.end;
  status.asked_at = provider_time(poll.end - poll.took);  // `begin` may be by a clock that was set since
  rendered_.at(endpoint) = false;
}

std::optional<TimePoint> AccountBoard::expiry(const EndpointStatus& status, std::size_t endpoint,
                                              const Sample& sample) const {
  const TimePoint own = sample.expires == TimePoint::max() ? sample.expires : sample.expires - clock_skew_;
  if (sample.window == Window::none) return own == TimePoint::max() ? std::nullopt : std::optional(own);
  const std::chrono::duration<double> stale_time =
      account_.stale_after * std::chrono::duration<double>(account_.endpoints.at(endpoint).interval);
  const TimePoint stale = std::min(own, status.fresh_from + std::chrono::duration_cast<Duration>(stale_time));
  const TimeZone& zone = account_.settings.zone;
  switch (sample.window) {
    case Window::today:
      return std::min(stale,
                      zone.begin_of(zone.day_of(status.asked_at) + std::chrono::days{1}) - clock_skew_);
    case Window::month:
    case Window::last_month:
      return std::min(stale, zone.end_of_month(status.asked_at) - clock_skew_);
    default:
      return stale;
  }
}

std::optional<TimePoint> AccountBoard::next_expiry(TimePoint now) const {
  std::optional<TimePoint> next;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    for (const Sample& sample : endpoints_[i].samples) {
      const auto end = expiry(endpoints_[i], i, sample);
      if (end && *end > now && (!next || *end < *next)) next = end;
    }
  }
  return next;
}

// For good, so that neither our clock nor the provider's can bring a value back by being set back.
void AccountBoard::withdraw_expired(TimePoint now) {
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    EndpointStatus& status = endpoints_[i];
    status.fresh_from = std::min(status.fresh_from, now);
    std::erase_if(status.samples, [&](const Sample& sample) {
      const auto end = expiry(status, i, sample);
      return end && *end <= now;
    });
  }
}

std::vector<Sample> AccountBoard::thresholds() const {
  // The configured amounts are in the currency of what they are compared with.
  std::set<std::string_view> currencies;
  std::set<std::string_view> customer_currencies;
  for (const EndpointStatus& status : endpoints_) {
    for (const Sample& sample : status.samples) {
      if (sample.family == &families::balance) currencies.insert(label(sample, 0));
      if (sample.family == &families::customer_balance) customer_currencies.insert(label(sample, 1));
    }
  }
  const Thresholds& given = account_.thresholds;
  std::vector<Sample> samples;
  const auto add = [&](const Family& family, std::optional<double> value, LabelValues labels) {
    if (value) samples.push_back({&family, Window::none, std::move(labels), *value});
  };
  for (const auto currency : currencies) add(families::balance_low_threshold, given.balance, {currency});
  for (const auto currency : customer_currencies) {
    add(families::customer_balance_low_threshold, given.customer_balance, {currency});
  }
  add(families::credits_low_threshold, given.credits, {});
  if (given.runway) add(families::runway_warning_seconds, static_cast<double>(given.runway->count()), {});
  add(families::quota_warning_ratio, given.quota_ratio, {});
  if (account_.budget)
    add(families::budget, account_.budget->amount, {account_.budget->period, account_.budget->currency});
  return samples;
}

std::vector<exposition::Section> AccountBoard::render(TimePoint now, const Help& help,
                                                      StartTimes start_times) {
  withdraw_expired(now);
  const std::vector<Sample> own_thresholds = thresholds();
  SectionWriter writer(account_.collector->name, account_.settings.account, help, start_times);
  for (const Sample& sample : own_thresholds) writer.add(sample);
  std::size_t shown = 0;
  std::vector<std::uint64_t> left_out(endpoints_.size());
  const auto add = [&](std::size_t i, auto wanted) {
    for (const Sample& sample : endpoints_[i].samples) {
      if (!wanted(sample)) continue;
      if (shown == account_.max_series) {
        ++left_out[i];
      } else if (writer.add(sample)) {
        ++shown;
      }
    }
  };
  // A counter that changed over from one endpoint's to another's would seem to count, or to start again.
  for (std::size_t i = 0; i < endpoints_.size(); ++i) add(i, is_counter);
  for (const bool failing : {false, true}) {
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
      if (endpoints_[i].error.has_value() == failing) add(i, std::not_fn(is_counter));
    }
  }
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    if (!rendered_[i]) endpoints_[i].series_dropped += left_out[i];
    rendered_[i] = true;
  }
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    add_self_metrics(writer, account_.endpoints[i], endpoints_[i]);
  }
  return writer.take();
}

}  // namespace cpaas::engine
