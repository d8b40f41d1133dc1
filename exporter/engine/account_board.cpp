#include "exporter/engine/account_board.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory_resource>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "exporter/core/families.h"

namespace cpaas::engine {
namespace {

// Sample lines grouped into sections, each series once.
class SectionWriter {
 public:
  SectionWriter(std::string_view provider, std::string_view account, const Help& help, StartTimes start_times)
      : provider_(provider), account_(account), help_(help), start_times_(start_times) {}

  // Unless the series is there already.
  void add(const Sample& sample) {
    Group& group = group_of(*sample.family, sample.window);
    const std::string& key = sample.labels.key();
    if (!group.series) group.series.emplace(&memory_);
    auto* const copy = static_cast<char*>(memory_.allocate(key.size() + 1, 1));
    std::ranges::copy(key, copy);
    if (group.series->emplace(copy, key.size()).second) write(group, sample);
  }

  // For a series that cannot be there already.
  void add_unique(const Sample& sample) { write(group_of(*sample.family, sample.window), sample); }

  // The same, where it has no start time.
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
    std::string openmetrics_lines;                                    // with start times
    std::optional<std::pmr::unordered_set<std::string_view>> series;  // label values, in memory_
  };
  using Key = std::pair<const Family*, Window>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      return std::hash<const void*>{}(key.first) * 31 + static_cast<std::size_t>(key.second);
    }
  };

  Group& group_of(const Family& family, Window window) {
    const auto [group, is_new] = groups_.try_emplace(Key{&family, window});
    if (is_new) begin_group(group->second, family, window);
    return group->second;
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
  std::pmr::monotonic_buffer_resource memory_;
  std::unordered_map<Key, Group, KeyHash> groups_;
};

// "" if the collector gave fewer labels than the family has.
std::string_view label(const Sample& sample, std::size_t at) {
  const auto values = sample.labels.values();
  return at < values.size() ? values[at] : std::string_view{};
}

double seconds_or_zero(const std::optional<TimePoint>& time) {
  return time ? unix_seconds(*time) : 0;
}

// Whether an endpoint can move counters of the account.
bool feeds_counters(const Collector& collector, std::string_view endpoint) {
  return std::ranges::any_of(collector.sources, [&](const Source& source) {
    return source.endpoint == endpoint && source.family->kind == Kind::counter;
  });
}

// All that the endpoint has to show: what stands before is taken where both have a series.
template <class Status, class Use>
void each_values(Status& status, const Use& use) {
  use(status.values);
  for (auto& [name, member] : status.members) use(member.values);
  use(status.kept);
}

constexpr std::array member_states{
    std::pair{MemberStatus::State::read, std::string_view{"read"}},
    std::pair{MemberStatus::State::failing, std::string_view{"failing"}},
    std::pair{MemberStatus::State::waiting, std::string_view{"waiting"}},
};

void add_member_metrics(SectionWriter& writer, std::string_view endpoint, const EndpointStatus& status) {
  if (status.members.empty()) return;
  std::map<MemberStatus::State, double> counts;
  std::optional<TimePoint> oldest;
  for (const auto& [name, member] : status.members) {
    ++counts[member.state];
    if (member.state == MemberStatus::State::failing) continue;
    const TimePoint read_at = member.read_at.value_or(status.kept.fresh_from);
    oldest = std::min(oldest.value_or(read_at), read_at);
  }
  for (const auto& [state, name] : member_states) {
    writer.add_own(families::members, {endpoint, name}, counts[state]);
  }
  if (oldest) writer.add_own(families::members_oldest_read, {endpoint}, unix_seconds(*oldest));
}

// `counts`: the endpoint can move counters.
void add_self_metrics(SectionWriter& writer, const EndpointPlan& plan, const EndpointStatus& status,
                      bool counts) {
  const std::string_view endpoint = plan.endpoint->name;
  const auto add = [&](const Family& family, double value) { writer.add_own(family, {endpoint}, value); };
  add(families::up, status.last_attempt && status.last_success && !status.error ? 1 : 0);
  add(families::last_attempt, seconds_or_zero(status.last_attempt));
  add(families::last_success, seconds_or_zero(status.last_success));
  add(families::poll_interval, static_cast<double>(plan.interval.count()));
  add(families::poll_duration, status.duration);
  add_member_metrics(writer, endpoint, status);
  add(families::requests_total, static_cast<double>(status.requests));
  add(families::series, static_cast<double>(status.series));
  add(families::series_dropped_total, static_cast<double>(status.series_dropped));
  add(families::ledger_failures_total, static_cast<double>(status.ledger_failures));
  if (status.days_missing) add(families::ledger_days_missing, static_cast<double>(*status.days_missing));
  if (status.clock_skew) add(families::clock_skew, std::chrono::duration<double>(*status.clock_skew).count());
  if (status.rate_limit.remaining) add(families::rate_limit_remaining, *status.rate_limit.remaining);
  if (status.rate_limit.reset) add(families::rate_limit_reset, unix_seconds(*status.rate_limit.reset));
  add(families::hold_until, seconds_or_zero(status.held_until));
  const auto add_kind = [&](const Family& family, std::string_view kind, auto count) {
    writer.add_own(family, {endpoint, kind}, static_cast<double>(count));
  };
  for (const Reason reason : all_reasons) {
    add_kind(families::request_failures_total, name_of(reason),
             status.failures.at(static_cast<std::size_t>(reason)));
  }
  for (const ledger::Correction what : ledger::all_corrections) {
    if (!counts) break;
    add_kind(families::ledger_corrections_total, name_of(what),
             status.corrections.at(static_cast<std::size_t>(what)));
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
  clock_ = before.clock_;
  left_out_ = std::move(before.left_out_);
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

double AccountBoard::demand() const {
  double requests = 0;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    const auto interval = static_cast<double>(account_.endpoints[i].interval.count());
    requests += static_cast<double>(endpoints_[i].poll_requests) * 60 / interval;
  }
  return requests;
}

void AccountBoard::take_members(EndpointStatus& status, Outcome& outcome, const Poll& poll) {
  const auto named = [&](const std::string& name, MemberStatus::State state) -> MemberStatus& {
    MemberStatus& member = status.members[name];
    const bool says_more = state != MemberStatus::State::waiting;
    if (says_more || member.state == MemberStatus::State::read) member.state = state;
    member.poll = status.polls;
    return member;
  };
  for (const std::string& name : outcome.waiting) named(name, MemberStatus::State::waiting);
  for (const FailedMember& each : outcome.failed) {
    named(each.member, MemberStatus::State::failing).turn = ++status.turns;
    ++status.failures.at(static_cast<std::size_t>(each.error.reason));
  }
  forget_kept(status, outcome);
  for (ReadMember& each : outcome.members) {
    MemberStatus& member = named(each.member, MemberStatus::State::read);
    member.turn = ++status.turns;
    member.read_at = poll.end;
    status.part_series += each.samples.size();
    // `begin` may be by a clock that was set since
    member.values = {PackedSamples(each.samples), poll.end, provider_time(poll.end - poll.took)};
  }
  status.series_dropped += outcome.dropped;
}

// What is known anew.
void AccountBoard::forget_kept(EndpointStatus& status, const Outcome& outcome) {
  if (status.kept.samples.empty()) return;
  std::set<std::pair<const Family*, std::string_view>> given;
  for (const ReadMember& each : outcome.members) {
    for (const Sample& sample : each.samples) given.emplace(sample.family, sample.labels.key());
  }
  status.kept.samples.erase_if([&](const Sample& sample) {
    return given.contains({sample.family, sample.labels.key()});
  });
}

// After a good poll: members that it did not name are gone, and what is from before the program started goes
// when all were asked for.
void AccountBoard::end_pass(EndpointStatus& status, const Poll& poll) const {
  std::erase_if(status.members, [&](const auto& each) { return each.second.poll != status.polls; });
  std::size_t waiting = 0;
  bool all_asked = true;
  for (const auto& [name, member] : status.members) {
    waiting += member.state == MemberStatus::State::waiting ? 1 : 0;
    all_asked = all_asked && member.turn > 0;
  }
  if (all_asked) status.kept = {};
  const std::size_t asked = status.members.size() - waiting;
  const auto count = [](std::size_t members) { return static_cast<Duration::rep>(members); };
  status.pass = asked == 0 ? Duration{0} : poll.took * count(status.members.size()) / count(asked);
}

void AccountBoard::apply_part(std::size_t endpoint, Outcome part, const Poll& poll) {
  take_members(endpoints_.at(endpoint), part, poll);
}

void AccountBoard::apply(std::size_t endpoint, Outcome outcome, const Poll& poll) {
  EndpointStatus& status = endpoints_.at(endpoint);
  status.last_attempt = poll.begin;
  status.duration = std::chrono::duration<double>(poll.took).count();
  status.requests += outcome.requests;
  status.clock_skew = outcome.clock_skew;
  const std::size_t whole = outcome.requests + outcome.requests_left;
  status.poll_requests = outcome.error ? std::max(status.poll_requests, whole) : whole;
  if (outcome.rate_limit.remaining || outcome.rate_limit.reset) status.rate_limit = outcome.rate_limit;
  take_members(status, outcome, poll);
  const std::size_t series = std::exchange(status.part_series, 0) + outcome.samples.size();
  status.error = std::move(outcome.error);
  if (status.error) {
    ++status.failures_in_row;
    if (!outcome.error_of_member) ++status.failures.at(static_cast<std::size_t>(status.error->reason));
    ++status.polls;
    return;
  }
  status.failures_in_row = 0;
  status.last_success = poll.end;
  status.drift = std::move(outcome.drift);
  status.series = series;
  status.values = {PackedSamples(outcome.samples), poll.end, provider_time(poll.end - poll.took)};
  end_pass(status, poll);
  ++status.polls;
  rendered_.at(endpoint) = false;
}

std::uint64_t AccountBoard::turn(std::size_t endpoint, std::string_view member) const {
  const auto& members = endpoints_.at(endpoint).members;
  const auto found = members.find(member);
  return found == members.end() ? 0 : found->second.turn;
}

std::vector<Sample> AccountBoard::lasting_gauges(std::size_t endpoint) const {
  std::vector<Sample> gauges;
  each_values(endpoints_.at(endpoint), [&](const Values& values) {
    const auto lasts = [](const auto& each) { return each.window == Window::none; };
    if (std::ranges::none_of(values.samples.kinds(), lasts)) return;
    values.samples.each([&](const Sample& sample) {
      if (lasts(sample)) gauges.push_back(sample);
    });
  });
  return gauges;
}

void AccountBoard::note_booked(std::size_t endpoint, const ledger::Ledger::Booked& booked,
                               std::optional<std::size_t> days_missing) {
  EndpointStatus& status = endpoints_.at(endpoint);
  status.days_missing = days_missing;
  for (const ledger::Corrected& each : booked.corrections) {
    ++status.corrections.at(static_cast<std::size_t>(each.what));
  }
}

void AccountBoard::count_part_series(std::size_t endpoint, std::size_t counters) {
  endpoints_.at(endpoint).part_series += counters;
}

void AccountBoard::count_series(std::size_t endpoint, std::size_t counters) {
  endpoints_.at(endpoint).series += counters;
}

void AccountBoard::restore(std::size_t endpoint, const ledger::KeptGauges& kept) {
  EndpointStatus& status = endpoints_.at(endpoint);
  if (status.last_success) return;
  status.last_success = kept.last_success;
  status.kept = {PackedSamples(kept.samples), kept.last_success, kept.last_success};
}

void AccountBoard::keep_levels_only() {
  for (EndpointStatus& status : endpoints_) {
    each_values(status, [](Values& values) {
      values.samples.erase_kinds([](const PackedSamples::Kind& each) {
        return each.window != Window::none || each.family->kind == Kind::info;
      });
    });
  }
}

void AccountBoard::hold(std::size_t endpoint, TimePoint until) {
  auto& held_until = endpoints_.at(endpoint).held_until;
  held_until = std::max(held_until.value_or(until), until);
}

void AccountBoard::release() {
  for (EndpointStatus& status : endpoints_) status.held_until.reset();
}

std::optional<TimePoint> AccountBoard::expiry(std::size_t endpoint, const Values& values,
                                              const PackedSamples::Kind& kind) const {
  const TimePoint own = kind.expires == TimePoint::max() ? kind.expires : kind.expires - clock_.skew();
  if (kind.window == Window::none) return own == TimePoint::max() ? std::nullopt : std::optional(own);
  const Duration pass =
      std::max<Duration>(account_.endpoints.at(endpoint).interval, endpoints_[endpoint].pass);
  const std::chrono::duration<double> stale_time = account_.stale_after * std::chrono::duration<double>(pass);
  const TimePoint stale = std::min(own, values.fresh_from + std::chrono::duration_cast<Duration>(stale_time));
  const TimeZone& zone = account_.settings.zone;
  switch (kind.window) {
    case Window::today:
      return std::min(stale,
                      zone.begin_of(zone.day_of(values.asked_at) + std::chrono::days{1}) - clock_.skew());
    case Window::month:
    case Window::last_month:
      return std::min(stale, zone.end_of_month(values.asked_at) - clock_.skew());
    default:
      return stale;
  }
}

std::optional<TimePoint> AccountBoard::next_expiry(TimePoint now) const {
  std::optional<TimePoint> next;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    each_values(endpoints_[i], [&](const Values& values) {
      for (const PackedSamples::Kind& kind : values.samples.kinds()) {
        const auto end = expiry(i, values, kind);
        if (end && *end > now && (!next || *end < *next)) next = end;
      }
    });
  }
  return next;
}

// For good, so that neither our clock nor the provider's can bring a value back by being set back.
void AccountBoard::withdraw_expired(TimePoint now) {
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    each_values(endpoints_[i], [&](Values& values) {
      values.fresh_from = std::min(values.fresh_from, now);
      values.samples.erase_kinds([&](const PackedSamples::Kind& kind) {
        const auto end = expiry(i, values, kind);
        return end && *end <= now;
      });
    });
  }
}

std::vector<Sample> AccountBoard::thresholds() const {
  // The configured amounts are in the currency of what they are compared with.
  std::set<std::string> currencies;
  std::set<std::string> customer_currencies;
  for (const EndpointStatus& status : endpoints_) {
    each_values(status, [&](const Values& values) {
      const auto has_currency = [](const auto& each) {
        return each.family == &families::balance || each.family == &families::customer_balance;
      };
      if (std::ranges::none_of(values.samples.kinds(), has_currency)) return;
      values.samples.each([&](const Sample& sample) {
        if (sample.family == &families::balance) currencies.emplace(label(sample, 0));
        if (sample.family == &families::customer_balance) customer_currencies.emplace(label(sample, 1));
      });
    });
  }
  const Thresholds& given = account_.thresholds;
  std::vector<Sample> samples;
  const auto add = [&](const Family& family, std::optional<double> value, LabelValues labels) {
    if (value) samples.push_back({&family, Window::none, std::move(labels), *value});
  };
  for (const auto& currency : currencies) add(families::balance_low_threshold, given.balance, {currency});
  for (const auto& currency : customer_currencies) {
    add(families::customer_balance_low_threshold, given.customer_balance, {currency});
  }
  add(families::credits_low_threshold, given.credits, {});
  if (given.runway) add(families::runway_warning_seconds, static_cast<double>(given.runway->count()), {});
  add(families::quota_warning_ratio, given.quota_ratio, {});
  if (account_.budget)
    add(families::budget, account_.budget->amount, {account_.budget->period, account_.budget->currency});
  return samples;
}

void AccountBoard::leave_out(const ledger::Ledger& ledger) {
  std::vector<const PackedSamples*> parts;
  for (const EndpointStatus& status : endpoints_) {
    each_values(status, [&](const Values& values) { parts.push_back(&values.samples); });
  }
  left_out_ = groups_over_cap(parts, ledger.counters_of_families(), account_.max_series, left_out_);
}

std::vector<exposition::Section> AccountBoard::render(TimePoint now, const Help& help,
                                                      const ledger::Ledger& ledger, StartTimes start_times) {
  withdraw_expired(now);
  const std::vector<Sample> own_thresholds = thresholds();
  SectionWriter writer(account_.collector->name, account_.settings.account, help, start_times);
  for (const Sample& sample : own_thresholds) writer.add(sample);
  leave_out(ledger);
  std::vector<std::uint64_t> left_out(endpoints_.size());
  const auto add = [&](std::size_t i) {
    each_values(endpoints_[i], [&](const Values& values) {
      values.samples.each([&](const Sample& sample) {
        if (!left_out_.empty() && left_out_.contains({sample.family, sample.window})) {
          ++left_out[i];
        } else {
          writer.add(sample);
        }
      });
    });
  };
  ledger.each_counter(now, [&](const Sample& sample) {
    if (left_out_.empty() || !left_out_.contains({sample.family, Window::none})) writer.add_unique(sample);
  });
  for (const bool failing : {false, true}) {
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
      if (endpoints_[i].error.has_value() == failing) add(i);
    }
  }
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    if (!rendered_[i]) endpoints_[i].series_dropped += left_out[i];
    rendered_[i] = true;
  }
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    const bool counts = feeds_counters(*account_.collector, account_.endpoints[i].endpoint->name);
    add_self_metrics(writer, account_.endpoints[i], endpoints_[i], counts);
  }
  return writer.take();
}

}  // namespace cpaas::engine
