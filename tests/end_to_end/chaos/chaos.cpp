#include "tests/end_to_end/chaos/chaos.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace cpaas::end_to_end {
namespace {

using std::chrono::microseconds;
using std::chrono::minutes;

constexpr std::array<std::string_view, 4> providers{"tingting", "vobiz", "teli", "agentphone"};
// All of a provider, or one source of several.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> outages{{{"tingting", "*"},
                                                                                {"vobiz", "*"},
                                                                                {"teli", "*"},
                                                                                {"agentphone", "*"},
                                                                                {"agentphone", "webhooks/*"},
                                                                                {"teli", "analytics/usage"}}};
constexpr int longest_outage =
    3;  // steps; together less than a day, or days of some endpoints are never seen
constexpr int longest_absence = 8;             // steps; together less than the week of second readings
constexpr std::int64_t longest_step = 7 * 60;  // minutes
constexpr double low_credits = 4000;
constexpr double low_balance = 100;
constexpr int lag = 1;  // answers

}  // namespace

Chaos::Chaos(const ChaosOptions& options)
    : options_(options), random_(options.seed), scene_(options.seed), at_begin_(scene_.sandbox().truth()) {
  set_faults();
  for (const char* name : {"restarts compared with the books", "counters compared", "scrapes"})
    tally_.add(name, 0);
}

bool Chaos::run() {
  {
    Exporter first(scene_);  // the ledger begins here, at the books of `at_begin_`
    catch_up(first);
    if (options_.prometheus) begin_prometheus(first);
  }
  while (kills_ < options_.kills) {
    if (draw(0, 2) == 0) short_life();
    whole_life();
  }
  outage_.reset();
  absent_.reset();
  set_faults();
  Exporter last = next();
  catch_up(last);
  if (prometheus_) compare_with_prometheus(last);
  for (const char* name : {"units lost", "units counted twice", "counters that fell", "other findings"}) {
    tally_.add(name, 0);
  }
  return findings_.empty();
}

std::int64_t Chaos::draw(std::int64_t from, std::int64_t to) {
  return std::uniform_int_distribution<std::int64_t>(from, to)(random_);
}

void Chaos::finding(const std::string& kind, const std::string& text) {
  tally_.add(kind);
  findings_.push_back(fmt::format("after kill {}, at {}: {}: {}", kills_,
                                  sandbox::iso_text(scene_.sandbox().now()), kind, text));
}

// Killed while it starts, loads its state, polls for the first time or saves.
void Chaos::short_life() {
  change_window();
  Exporter exporter = next();
  exporter.process().wait(microseconds(draw(0, 250'000)));
  exporter.process().kill_now();
  ++kills_;
  tally_.add("kills while starting");
}

void Chaos::whole_life() {
  set_faults();  // what earlier lives left
  Exporter exporter = next();
  catch_up(exporter);
  if (draw(0, 2) == 0) tell_zeros_while_still(exporter);
  if (draw(0, 3) == 0) top_up_where_low(exporter);
  live_on(exporter);
  exporter.process().kill_now();
  ++kills_;
  tally_.add("kills while polling");
}

bool Chaos::caught_up(const Page& page) const {
  bool any = false;
  for (const auto& [series, value] : page) {
    if (!series.starts_with("cpaas_up{")) continue;
    if (is_down(label_of(series, "provider"))) continue;
    if (value != 1) return false;
    any = true;
  }
  return any;
}

Page Chaos::scrape(const Exporter& exporter) {
  Page page = exporter.scrape();
  tally_.add("scrapes");
  for (const Check& check : checks()) {
    if (exceeds(check, page)) finding("units counted twice", describe(check, page));
    for (const std::string& counter : {check.counter, check.less}) {
      const auto value = value_of(page, counter);
      if (!value) continue;
      double& highest = highest_[counter];
      if (*value < highest)
        finding("counters that fell", fmt::format("{} from {} to {}", counter, highest, *value));
      highest = std::max(highest, *value);
    }
  }
  return page;
}

// What is down or away cannot follow the books.
bool Chaos::right(const Check& check, const Page& page) const {
  return !is_up(check, page) || (absent_ && concerns(*absent_, check)) || agrees(check, page);
}

// The world stands still until every endpoint that can be reached was polled and all counters are right: a
// move out of all proportion takes a second answer.
void Chaos::catch_up(Exporter& exporter) {
  Page page;
  bool polled = false;
  const auto is_right = [&](const Check& check) { return right(check, page); };
  const bool ready = exporter.wait_until_listening() && within(seconds(60), [&] {
                       page = scrape(exporter);
                       polled = polled || caught_up(page);
                       return caught_up(page) && std::ranges::all_of(checks(), is_right);
                     });
  if (!ready && !polled)
    return finding("other findings", "the exporter does not catch up: " + exporter.process().errors());
  tally_.add("restarts compared with the books");
  for (const Check& check : checks()) {
    if (!is_up(check, page)) continue;
    tally_.add("counters compared");
    if (!right(check, page)) finding("units lost", describe(check, page));
  }
}

// The world moves; the exporter polls and is scraped for a random while.
void Chaos::live_on(Exporter& exporter) {
  move_world();
  if (draw(0, 2) == 0) tell_zeros_while_moving();
  if (draw(0, 5) == 0) {
    change_window();
    exporter.reload();
    tally_.add("reloads");
  }
  const auto end = SteadyClock::now() + milliseconds(draw(0, 1300));
  while (SteadyClock::now() < end) {
    scrape(exporter);
    exporter.process().wait(microseconds(draw(1000, 60'000)));
  }
}

void Chaos::move_world() {
  const auto before = std::chrono::floor<std::chrono::days>(scene_.sandbox().now());
  scene_.advance(minutes(draw(1, longest_step)));
  tally_.add("steps of the clock");
  if (std::chrono::floor<std::chrono::days>(scene_.sandbox().now()) != before) tally_.add("midnights");
  if (outage_ ? ++outage_->steps >= longest_outage || draw(0, 1) == 0 : draw(0, 4) == 0) {
    begin_or_end_outage();
  }
  if (absent_ ? ++absent_steps_ >= longest_absence || draw(0, 2) == 0 : draw(0, 2) == 0) {
    let_leave_or_return();
  }
  if (!outage_ && draw(0, 3) == 0) restate();
  set_faults();
}

// All that is wrong at present. Answers take a moment, so that kills fall between requests and saves too.
void Chaos::set_faults() {
  sandbox::Sandbox& sandbox = scene_.sandbox();
  sandbox.clear_faults();
  sandbox.add_fault({{"fault", {{"kind", "latency"}, {"ms", 15}}}, {"probability", 0.3}});
  sandbox.add_fault(lagging_second_source(lag));
  if (absent_) sandbox.add_fault(absence_of(*absent_));
  if (!outage_) return;
  sandbox.add_fault({{"provider", outage_->provider},
                     {"endpoint", outage_->endpoint},
                     {"fault", {{"kind", outage_->kind}, {"status", 503}}}});
}

void Chaos::begin_or_end_outage() {
  if (outage_) return outage_.reset();
  constexpr std::array<std::string_view, 4> kinds{"status", "close", "malformed", "truncated"};
  const auto& [provider, endpoint] = one_of(outages);
  outage_ = Outage{provider, endpoint, one_of(kinds)};
  tally_.add(fmt::format("outages ({})", outage_->kind == "status" ? "503" : outage_->kind));
  if (endpoint != "*") tally_.add("outages of one source of several");
}

void Chaos::let_leave_or_return() {
  if (absent_) return absent_.reset();
  const auto members = members_of(scene_.sandbox().truth());
  absent_ = members.at(static_cast<std::size_t>(draw(0, std::ssize(members) - 1)));
  absent_steps_ = 0;
  tally_.add(absent_->is_organization      ? "organizations that left and returned"
             : absent_->provider == "teli" ? "users that left and returned"
                                           : "customers that left and returned");
}

// A day of the last week becomes more than it was.
void Chaos::restate() {
  const std::string provider(one_of(providers));
  const auto days_ago = draw(0, 1) == 0 ? 1 : draw(2, 7);
  const std::string problem = scene_.sandbox().apply(
      {.name = "restate_day", .provider = provider, .days_ago = days_ago, .percent = draw(101, 150)});
  if (!problem.empty()) finding("other findings", "cannot restate: " + problem);
  tally_.add(days_ago == 1 ? "days restated upward" : "late records of days long closed");
}

void Chaos::change_window() {
  write_file(scene_.config_file(), accounts_yaml_with_window(scene_.sandbox_url(), "1s", one_of(windows)));
  tally_.add("windows chosen");
}

// Until every endpoint that can be reached has answered once more: what is held of a move is settled by then.
void Chaos::wait_for_second_answers(const Exporter& exporter) {
  constexpr std::string_view name = "cpaas_last_success_timestamp_seconds{";
  const Page before = scrape(exporter);
  const bool answered = within(seconds(60), [&] {
    const Page page = scrape(exporter);
    return std::ranges::all_of(before, [&](const auto& each) {
      if (!each.first.starts_with(name) || is_down(label_of(each.first, "provider"))) return true;
      return value_of(page, each.first).value_or(0) > each.second;
    });
  });
  if (!answered) finding("other findings", "no second answers");
}

// One answer is 0 while nothing else moves: nothing may come of it.
void Chaos::tell_zeros_while_still(Exporter& exporter) {
  const ZeroTarget& target = one_of(zero_targets);
  if (is_down(target.provider)) return;
  scene_.sandbox().add_fault(zeros_once(target));
  const bool told = within(seconds(60), [&] {
    scrape(exporter);
    return scene_.sandbox().faults().at("faults").back().at("hits") == 1;
  });
  if (!told) return finding("other findings", "nobody asks for zeros");
  tally_.add("zeros told once");
  wait_for_second_answers(exporter);
  catch_up(exporter);
}

// Not of levels: one that moves by itself to a tenth of what it was agrees with a zero before it.
void Chaos::tell_zeros_while_moving() {
  const ZeroTarget& target = one_of(zero_targets);
  if (target.level) return;
  scene_.sandbox().add_fault(zeros_once(target));
  tally_.add("zeros told once, while usage goes on");
}

// Where the first one was, for Prometheus to find.
Exporter Chaos::next() {
  return Exporter(scene_, {}, "state.db", {}, port_);
}

void Chaos::begin_prometheus(const Exporter& first) {
  port_ = first.port();
  prometheus_ = std::make_unique<Prometheus>(scene_.folder() / "prometheus", port_);
  if (!prometheus_->follows(first.scrape())) finding("other findings", "Prometheus sees no counters");
}

// What rose in its samples since the begin must be what the books say.
void Chaos::compare_with_prometheus(const Exporter& last) {
  if (!prometheus_->follows(last.scrape())) finding("other findings", "Prometheus lacks the last samples");
  const auto increases = prometheus_->increases();
  const auto increase_of = [&](const std::string& counter) {
    const auto found = increases.find(in_order(counter));
    return found == increases.end() ? 0 : found->second;
  };
  const auto before = checks_of(at_begin_, at_begin_);
  const auto after = checks();
  for (std::size_t i = 0; i < after.size(); ++i) {
    const Check& check = after[i];
    const double increase = increase_of(check.counter) - (check.less.empty() ? 0 : increase_of(check.less));
    const double truth = check.expected - before[i].expected;
    tally_.add("increases compared in Prometheus");
    if (std::fabs(increase - truth) > 0.001) {
      finding("increases that are not the truth",
              fmt::format("{}: increase {} instead of {}", check.counter, increase, truth));
    }
  }
  tally_.add("increases that are not the truth", 0);
  const auto resets = prometheus_->series_with_resets();
  tally_.add("series with resets in Prometheus", static_cast<std::int64_t>(resets));
  if (resets > 0) finding("other findings", "Prometheus saw resets");
}

// The clock stands still, so that a top-up and spending never lie between the same two polls.
void Chaos::top_up_where_low(Exporter& exporter) {
  const Json books = scene_.sandbox().truth();
  std::int64_t added = 0;
  if (!is_down("tingting") && books.at("tingting").at("wallet").at("balance").get<double>() < low_credits) {
    scene_.sandbox().apply({.name = "top_up", .provider = "tingting", .amount = 30'000});
    ++added;
  }
  for (const std::string& id : customers_of(books)) {
    const Json& wallet = books.at("vobiz").at("customers").at(id).at("wallet");
    if (is_down("vobiz") || is_away(id) || wallet.at("balance").get<double>() > low_balance * 1e6) continue;
    scene_.sandbox().apply({.name = "top_up", .provider = "vobiz", .entity = id, .amount = 2000});
    ++added;
  }
  if (added == 0) return;
  tally_.add("top-ups", added);
  const Json after = scene_.sandbox().truth();
  const bool seen = within(seconds(60), [&] {
    const Page page = scrape(exporter);
    const auto balances = [&](const std::string& id) {
      const auto shown = value_of(
          page,
          series("cpaas_customer_balance",
                 {{"provider", "vobiz"}, {"account", reseller}, {"customer_id", id}, {"currency", "INR"}}));
      const double balance =
          after.at("vobiz").at("customers").at(id).at("wallet").at("balance").get<double>();
      return is_down("vobiz") || is_away(id) || (shown && std::fabs(*shown * 1e6 - balance) < 1);
    };
    const auto credits =
        value_of(page, series("cpaas_credits_remaining", {{"provider", "tingting"}, {"account", campaigns}}));
    const double left = after.at("tingting").at("wallet").at("balance").get<double>();
    const auto counted = [&](const Check& check) { return right(check, page); };
    return std::ranges::all_of(customers_of(after), balances) && std::ranges::all_of(checks(), counted) &&
           (is_down("tingting") || (credits && *credits == left));
  });
  if (!seen) finding("other findings", "a top-up is not seen");
  wait_for_second_answers(exporter);
}

}  // namespace cpaas::end_to_end
