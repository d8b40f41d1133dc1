#include "tests/end_to_end/soak/soak.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <utility>

#include "collectors/registry.h"
#include "config/config.h"
#include "exporter/adapters/sqlite_ledger_store.h"
#include "sandbox/event.h"

namespace cpaas::end_to_end {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<std::string_view, 4> providers{"tingting", "vobiz", "teli", "agentphone"};
constexpr std::array<std::string_view, 19> fault_kinds{
    "latency", "status",       "headers",  "close",      "truncated",     "slow",        "malformed",
    "empty",   "html",         "redirect", "wrong_type", "nan",           "big_numbers", "huge",
    "gzip",    "invalid_utf8", "deep",     "gzip_bomb",  "duplicate_keys"};
constexpr std::string_view interval = "15m";
constexpr minutes poll_gap{16};      // 15 minutes and 5 %, with a poll's own time
constexpr minutes still{3 * 16};     // a poll that begins after the last failure and lag are made up for
constexpr hours second_reading{25};  // of closed days: once a day
constexpr int bomb_size = 20 << 20;  // over the exporter's limit; the sandbox's usual size takes it a second
constexpr int warm_up = 5;           // days, until windows, books and buffers have their size
constexpr double most_growth = 8;    // MiB afterwards, the sandbox's own books included

std::vector<Account> accounts(std::string_view window = "30d") {
  auto loaded = config::parse(accounts_yaml_with_window("http://127.0.0.1:1", interval, window), "soak.yml",
                              collectors(), config::system_environment());
  if (!loaded.problems.empty()) throw std::runtime_error(to_string(loaded.problems.front()));
  return std::move(loaded.config.accounts);
}

double resident_mib() {
  std::ifstream file("/proc/self/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

// Values that no reader can take for right: kinds that alter numbers without a trace are no faults but lies.
bool lies(std::string_view kind) {
  return kind == "duplicate_keys";
}

}  // namespace

Soak::Soak(const SoakOptions& options)
    : options_(options),
      sandbox_(sandbox_options(options.seed)),
      at_begin_((hold_top_ups(sandbox_), sandbox_.truth())),
      clock_(sandbox_.now()),
      begin_(clock_.steady()),
      transport_(clock_, sandbox_),
      engine_({clock_, [](LogLevel, std::string_view, const LogFields&) {},
               [](const Family& family, Window window) { return family_help(family, window); },
               [] { return std::vector<exposition::Section>{}; },
               [this](auto snapshot) { snapshot_ = std::move(snapshot); }, options.seed}) {}

bool Soak::run() {
  const TemporaryFolder folder;
  const auto store = SqliteLedgerStore::open((folder.path() / "state.db").string());
  if (!store) throw std::runtime_error(store.error().message);
  for (const char* name : {"days", "requests", "checks", "counters compared"}) tally_.add(name, 0);
  set_usual_faults();
  // The world begins to move when every endpoint has been polled once.
  transport_.hold_sandbox(true);
  transport_.after(minutes(5), [this] {
    check();
    transport_.hold_sandbox(false);
  });
  for (int day = 0; day < options_.days; ++day) plan_day(day);
  if (options_.days > 2 * warm_up) at(warm_up, minutes(0), [this] { note_memory(); });
  at(options_.days, minutes(0), [this] {
    while_still({[this] {
      check();
      check_recovered();
      count_failures();
      if (options_.days > 2 * warm_up) note_memory();
      engine_.stop();
    }});
  });
  engine_.set_accounts(accounts());
  ledger::DirectJournal journal(**store);
  engine_.run(transport_, journal);
  tally_.add("days", options_.days);
  tally_.add("requests", static_cast<std::int64_t>(transport_.requests()));
  for (const char* name : {"counters that differ from the books", "polls missed", "other findings"})
    tally_.add(name, 0);
  return findings_.empty();
}

// `day` counts from the begin, which is at noon; `of_day` from noon too.
void Soak::at(int day, minutes of_day, std::function<void()> event) {
  transport_.after(day * hours(24) + of_day, std::move(event));
}

// From noon to noon.
void Soak::plan_day(int day) {
  const auto hour = [&](int of_day, std::function<void()> event) {
    at(day, hours(of_day), std::move(event));
  };
  if (day % 3 == 0 && day + 2 <= options_.days) {
    hour(1, [this] {
      while_still({[this] {
                     check();
                     restate_down();
                   },
                   [this] { check(); }});
    });
  }
  for (int i = 0; i < 4; ++i) hour(4 + i, [this, day, i] { misbehave(day, i); });
  hour(8, [this] { set_usual_faults(); });
  if (day % 4 != 3) {
    hour(10, [this, day] { begin_outage(day); });  // 22:00 to 02:00
    hour(14, [this] { end_outage(); });
  }
  hour(17, [this] {
    while_still({[this] {
                   check();
                   top_up();
                 },
                 [this] { check(); }});
  });
  hour(19, [this] { tell_zeros(); });
  hour(20, [this, day] { restate_up(day); });
  const bool time_to_find = day + 2 <= options_.days;
  if (day % 2 == 0 && time_to_find) hour(21, [this, day] { restate_late(day); });
  if (day % 4 == 1) hour(22, [this, day] { change_window(day); });
  if (day % 3 == 1) plan_absence(day);
}

// Over a midnight, or over three where there is time; not while something is taken back from totals.
void Soak::plan_absence(int day) {
  const bool is_long = day % 6 == 4 && day + 3 <= options_.days;
  at(day, hours(3), [this, day] { let_leave(day); });
  at(is_long ? day + 1 : day, hours(16), [this] { let_return(); });
}

void Soak::let_leave(int day) {
  std::vector<Member> members = members_of(sandbox_.truth());
  const auto turn = static_cast<std::size_t>(day) / 3;
  const std::array kinds{
      +[](const Member& each) { return each.is_organization; },
      +[](const Member& each) { return each.provider == "vobiz"; },
      +[](const Member& each) { return each.provider == "teli" && !each.is_organization; },
  };
  std::erase_if(members, [&](const Member& each) { return !kinds.at(turn % kinds.size())(each); });
  absent_ = members.at(turn % members.size());
  set_usual_faults();
  tally_.add("members that left and returned");
}

void Soak::let_return() {
  returned_ = std::exchange(absent_, std::nullopt);
  returned_at_ = clock_.now();
  set_usual_faults();
}

// One answer of each kind is 0 while usage goes on.
void Soak::tell_zeros() {
  for (const ZeroTarget& target : zero_targets) {
    const std::string problem = sandbox_.add_fault(zeros_once(target));
    if (!problem.empty()) finding("other findings", problem);
  }
  tally_.add("zeros told once", std::ssize(zero_targets));
}

void Soak::change_window(int day) {
  engine_.set_accounts(accounts(windows.at(static_cast<std::size_t>(day) / 4 % windows.size())));
  tally_.add("reloads with another window");
}

// What is always wrong, and who is away.
void Soak::set_usual_faults() {
  sandbox_.clear_faults();
  sandbox_.add_fault(lagging_second_source(1));
  if (absent_) sandbox_.add_fault(absence_of(*absent_));
}

// Every provider misbehaves in another way, half of the time.
void Soak::misbehave(int day, int hour) {
  set_usual_faults();
  for (std::size_t i = 0; i < providers.size(); ++i) {
    const auto turn = static_cast<std::size_t>(day * 4 + hour) + i * 5;
    const std::string_view kind = fault_kinds.at(turn % fault_kinds.size());
    if (lies(kind)) continue;
    Json fault{{"kind", kind}, {"ms", kind == "slow" ? 100 : 1500}};
    if (kind == "gzip_bomb") fault["size"] = bomb_size;
    const std::string problem = sandbox_.add_fault(
        {{"provider", providers.at(i)}, {"fault", std::move(fault)}, {"probability", 0.5}});
    if (!problem.empty()) finding("other findings", problem);
    tally_.add(fmt::format("fault hours: {}", kind));
  }
}

void Soak::begin_outage(int day) {
  const auto provider = providers.at(static_cast<std::size_t>(day) % providers.size());
  const std::string_view kind = day % 2 == 0 ? "status" : "close";
  sandbox_.add_fault({{"provider", provider}, {"fault", {{"kind", kind}, {"status", 503}}}});
  tally_.add("outages over midnight");
}

void Soak::end_outage() {
  set_usual_faults();
}

void Soak::restate_up(int day) {
  const auto provider = providers.at(static_cast<std::size_t>(day) % providers.size());
  sandbox_.apply({.name = "restate_day", .provider = std::string(provider), .days_ago = 1, .percent = 112});
  tally_.add("days restated upward, late");
}

// Records that come up to a week after their day.
void Soak::restate_late(int day) {
  const int days_ago = 2 + day % 6;
  for (const std::string_view provider : providers) {
    sandbox_.apply(
        {.name = "restate_day", .provider = std::string(provider), .days_ago = days_ago, .percent = 107});
  }
  late_records_at_ = clock_.now();
  tally_.add("late records of days long closed", std::ssize(providers));
}

void Soak::while_still(std::vector<std::function<void()>> steps) {
  transport_.hold_sandbox(true);
  Duration wait = still;
  for (auto& step : steps) {
    transport_.after(wait, std::move(step));
    wait += still;
  }
  transport_.after(wait - still + Duration{1}, [this] { transport_.hold_sandbox(false); });
}

std::vector<Check> Soak::checks() {
  return checks_of(sandbox_.truth(), at_begin_);
}

// Who is away counts when he is back. Teli's closed days, and what their first reading did not have, are read
// again once a day.
bool Soak::may_be_behind(const Check& check) const {
  if (absent_ && concerns(*absent_, check)) return true;
  if (check.account != platform || check.kind != Kind::days) return false;
  const TimePoint now = clock_.now();
  const bool back = returned_ && now < returned_at_ + second_reading && concerns(*returned_, check);
  return back || now < late_records_at_ + second_reading;
}

// A counter never falls. What the provider took back from a total or a balance stays in the counter; a sum of
// days stands still until growth has made up for it.
double Soak::should_show(const Check& check) const {
  const auto taken_back = taken_back_.find(check.counter);
  const double expected = check.expected + (taken_back == taken_back_.end() ? 0 : taken_back->second.sum);
  const auto highest = highest_.find(check.counter);
  if (check.kind != Kind::days || highest == highest_.end()) return expected;
  return std::max(expected, highest->second);
}

Page Soak::page() const {
  return parse_page(snapshot_->body(exposition::Format::text, false));
}

void Soak::check() {
  const Page now = page();
  tally_.add("checks");
  for (Check& check : checks()) {
    if (!may_be_behind(check)) decide(check, now);
    check.expected = should_show(check);
    if (may_be_behind(check)) {
      if (exceeds(check, now)) finding("counters that differ from the books", describe(check, now));
      double& highest = highest_[check.counter];
      highest = std::max(highest, shown(check, now).value_or(0));
      continue;
    }
    if (!is_up(check, now)) finding("other findings", "down: " + describe(check, now));
    if (!agrees(check, now)) finding("counters that differ from the books", describe(check, now));
    tally_.add("counters compared");
    highest_[check.counter] = check.expected;
  }
  check_polls(now);
}

// A total that falls stands still. When it grows past what it fell from, nothing was counted meanwhile; when
// it stays below for an hour, the counter goes on from there. Nothing tells beforehand which it will be.
void Soak::decide(const Check& check, const Page& now) {
  TakenBack& back = taken_back_[check.counter];
  if (back.undecided == 0) return;
  const double kept = back.sum - back.undecided;
  Check grown = check;
  grown.expected += kept;
  Check standing = check;
  standing.expected = highest_[check.counter];
  if (grown.expected >= standing.expected && agrees(grown, now)) {
    back.sum = kept;
    back.undecided = 0;
    tally_.add("falls made up for by growth");
  } else if (agrees(standing, now)) {
    back.sum = standing.expected - check.expected;  // until it is decided
    back.undecided = back.sum - kept;
  } else {
    back.undecided = 0;  // it goes on from below
    const auto value = shown(check, now);
    if (value && *value > standing.expected && *value <= check.expected + back.sum)
      back.sum = *value - check.expected;
  }
}

// No endpoint's last poll is longer ago than its interval.
void Soak::check_polls(const Page& now) {
  for (const auto& [text, value] : now) {
    if (!text.starts_with("cpaas_last_attempt_timestamp_seconds{")) continue;
    const double ago = unix_seconds(clock_.now()) - value;
    if (ago > std::chrono::duration<double>(poll_gap).count()) {
      finding("polls missed", fmt::format("{} {} s ago", text, ago));
    }
  }
}

// Every provider takes back a part of yesterday.
void Soak::restate_down() {
  const auto before = checks();
  for (const std::string_view provider : providers) {
    sandbox_.apply({.name = "restate_day", .provider = std::string(provider), .days_ago = 1, .percent = 85});
  }
  const auto after = checks();
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double fall = before[i].expected - after[i].expected;
    if (before[i].kind == Kind::days || !before[i].less.empty() || fall <= 0) continue;
    TakenBack& back = taken_back_[before[i].counter];
    back.sum += fall;
    if (before[i].kind == Kind::total) back.undecided += fall;
    back.books = after[i].expected;
    // Credits that rise by it: nothing tells that from a top-up.
    if (before[i].account == campaigns) taken_back_[before[i + 1].counter].sum += fall;
  }
  tally_.add("days restated downward", std::ssize(providers));
}

// What was taken back from days must have been made up for by growth.
void Soak::check_recovered() {
  for (const Check& check : checks()) {
    if (check.kind != Kind::days || should_show(check) <= check.expected + 0.001) continue;
    finding("other findings", "not made up for: " + describe(check, page()));
  }
}

void Soak::top_up() {
  sandbox_.apply({.name = "top_up", .provider = "tingting", .amount = 3000});
  for (const std::string& id : customers_of(sandbox_.truth())) {
    if (absent_ && absent_->id == id) continue;
    sandbox_.apply({.name = "top_up", .provider = "vobiz", .entity = id, .amount = 400});
  }
  tally_.add("top-ups", 7);
}

void Soak::count_failures() {
  std::map<std::string, double> failures;
  for (const auto& [text, value] : page()) {
    if (text.starts_with("cpaas_request_failures_total{") && value > 0)
      failures[std::string(label_of(text, "reason"))] += value;
  }
  for (const auto& [reason, count] : failures) {
    tally_.add("failed polls: " + reason, static_cast<std::int64_t>(count));
  }
  tally_.add("corrections counted",
             static_cast<std::int64_t>(sum_of(page(), "cpaas_ledger_corrections_total")));
}

void Soak::note_memory() {
  const double resident = resident_mib();
  tally_.add(resident_before_ == 0 ? "resident MiB after the first days" : "resident MiB at the end",
             std::lround(resident));
  if (resident_before_ != 0 && resident > resident_before_ + most_growth) {
    finding("other findings", fmt::format("memory grew from {} to {} MiB", resident_before_, resident));
  }
  resident_before_ = resident;
}

void Soak::finding(const std::string& kind, const std::string& text) {
  tally_.add(kind);
  if (findings_.size() < 50)
    findings_.push_back(fmt::format("{}: {}: {}", format_time(clock_.now()), kind, text));
}

}  // namespace cpaas::end_to_end
