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
constexpr int longest_outage =
    3;  // steps; together less than a day, or days of some endpoints are never seen
constexpr std::int64_t longest_step = 7 * 60;  // minutes
constexpr double low_credits = 4000;
constexpr double low_balance = 100;

}  // namespace

Chaos::Chaos(const ChaosOptions& options)
    : options_(options), random_(options.seed), scene_(options.seed), at_begin_(scene_.sandbox().truth()) {
  // Answers take a moment, so that kills fall between requests and saves too.
  scene_.sandbox().add_fault({{"fault", {{"kind", "latency"}, {"ms", 15}}}, {"probability", 0.3}});
  for (const char* name : {"restarts compared with the books", "counters compared", "scrapes"})
    tally_.add(name, 0);
}

bool Chaos::run() {
  {
    Exporter first(scene_);  // the ledger begins here, at the books of `at_begin_`
    catch_up(first);
  }
  while (kills_ < options_.kills) {
    if (draw(0, 2) == 0) short_life();
    whole_life();
  }
  if (!outage_.empty()) begin_or_end_outage();
  Exporter last(scene_);
  catch_up(last);
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
  Exporter exporter(scene_);
  exporter.process().wait(microseconds(draw(0, 250'000)));
  exporter.process().kill_now();
  ++kills_;
  tally_.add("kills while starting");
}

void Chaos::whole_life() {
  Exporter exporter(scene_);
  catch_up(exporter);
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
    if (!outage_.empty() && label_of(series, "provider") == outage_) continue;
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

// The world stands still until every endpoint that can be reached was polled and all counters are right: a
// move out of all proportion takes a second answer.
void Chaos::catch_up(Exporter& exporter) {
  Page page;
  const auto right = [&](const Check& check) { return !is_up(check, page) || agrees(check, page); };
  bool polled = false;
  const bool ready = exporter.wait_until_listening() && within(seconds(60), [&] {
                       page = scrape(exporter);
                       polled = polled || caught_up(page);
                       return caught_up(page) && std::ranges::all_of(checks(), right);
                     });
  if (!ready && !polled)
    return finding("other findings", "the exporter does not catch up: " + exporter.process().errors());
  tally_.add("restarts compared with the books");
  for (const Check& check : checks()) {
    if (!is_up(check, page)) continue;
    tally_.add("counters compared");
    if (!right(check)) finding("units lost", describe(check, page));
  }
}

// The world moves; the exporter polls and is scraped for a random while.
void Chaos::live_on(Exporter& exporter) {
  move_world();
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
  if (!outage_.empty() ? ++outage_steps_ >= longest_outage || draw(0, 1) == 0 : draw(0, 4) == 0) {
    begin_or_end_outage();
  }
  if (outage_.empty() && draw(0, 5) == 0) restate();
}

void Chaos::begin_or_end_outage() {
  scene_.sandbox().clear_faults();
  scene_.sandbox().add_fault({{"fault", {{"kind", "latency"}, {"ms", 15}}}, {"probability", 0.3}});
  if (!outage_.empty()) {
    outage_.clear();
    return;
  }
  outage_ = providers.at(static_cast<std::size_t>(draw(0, 3)));
  outage_steps_ = 0;
  constexpr std::array<std::string_view, 4> kinds{"status", "close", "malformed", "truncated"};
  const std::string_view kind = kinds.at(static_cast<std::size_t>(draw(0, 3)));
  scene_.sandbox().add_fault({{"provider", outage_}, {"fault", {{"kind", kind}, {"status", 503}}}});
  tally_.add(fmt::format("outages ({})", kind == "status" ? "503" : kind));
}

// Yesterday becomes more than it was.
void Chaos::restate() {
  const std::string provider(providers.at(static_cast<std::size_t>(draw(0, 3))));
  const std::string problem = scene_.sandbox().apply(
      {.name = "restate_day", .provider = provider, .days_ago = 1, .percent = draw(101, 150)});
  if (!problem.empty()) finding("other findings", "cannot restate: " + problem);
  tally_.add("days restated upward");
}

// The clock stands still, so that a top-up and spending never lie between the same two polls.
void Chaos::top_up_where_low(Exporter& exporter) {
  const Json books = scene_.sandbox().truth();
  std::int64_t added = 0;
  if (outage_ != "tingting" && books.at("tingting").at("wallet").at("balance").get<double>() < low_credits) {
    scene_.sandbox().apply({.name = "top_up", .provider = "tingting", .amount = 30'000});
    ++added;
  }
  for (const std::string& id : customers_of(books)) {
    const Json& wallet = books.at("vobiz").at("customers").at(id).at("wallet");
    if (outage_ == "vobiz" || wallet.at("balance").get<double>() > low_balance * 1e6) continue;
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
      return outage_ == "vobiz" || (shown && std::fabs(*shown * 1e6 - balance) < 1);
    };
    const auto credits =
        value_of(page, series("cpaas_credits_remaining", {{"provider", "tingting"}, {"account", campaigns}}));
    const double left = after.at("tingting").at("wallet").at("balance").get<double>();
    const auto counted = [&](const Check& check) { return !is_up(check, page) || agrees(check, page); };
    return std::ranges::all_of(customers_of(after), balances) && std::ranges::all_of(checks(), counted) &&
           (outage_ == "tingting" || (credits && *credits == left));
  });
  if (!seen) finding("other findings", "a top-up is not seen");
}

}  // namespace cpaas::end_to_end
