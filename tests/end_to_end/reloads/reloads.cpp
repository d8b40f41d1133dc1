#include "tests/end_to_end/reloads/reloads.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <future>

namespace cpaas::end_to_end {
namespace {

constexpr milliseconds pause{100};  // between two reloads
constexpr int scrapers = 2;
constexpr std::string_view guest = "guest";  // an account that comes and goes

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

// Each second another file: the usual one, one with another pace, with one more account, with another
// interval, with another window. In between comes one that cannot be used.
std::string variant(const std::string& url, int turn) {
  const std::string usual = accounts_yaml(url, "1s");
  if (turn % 10 == 5) return usual + "  - name: incomplete\n";
  switch (turn % 50 / 10) {
    case 1:
      return replaced(usual, "60000", "50000");
    case 2:
      return usual +
             "  - {name: guest, provider: agentphone, api_key: " + sandbox::Credentials{1}.agentphone_key +
             ", base_url: '" + url + "/agentphone'}\n";
    case 3:
      return replaced(usual, "interval: 1s", "interval: 2s");
    case 4:
      return accounts_yaml_with_window(url, "1s", turn % 100 < 50 ? "7d" : "90d");
    default:
      return usual;
  }
}

bool is_counter(std::string_view series) {
  return series.substr(0, series.find('{')).ends_with("_total");
}

// Gauges over the account's window go when that changes; those of a member while no list has it.
bool may_go(std::string_view series) {
  if (is_counter(series)) return false;
  const bool of_window = series.find("_30d_") != std::string_view::npos;
  return of_window ||
         std::ranges::any_of(std::array{"customer_id", "organization_id", "user_id"},
                             [&](const char* label) { return !label_of(series, label).empty(); });
}

}  // namespace

void Reloads::compare(const Page& first, const Page& before, const Page& now, Seen& seen) {
  for (const auto& [series, value] : first) {
    if (!may_go(series) && !now.contains(series)) seen.findings.push_back("missing: " + series);
  }
  for (const auto& [series, value] : before) {
    const auto found = now.find(series);
    if (!is_counter(series) || found == now.end() || label_of(series, "account") == guest) continue;
    if (found->second < value)
      seen.findings.push_back(fmt::format("{} fell from {} to {}", series, value, found->second));
  }
}

Reloads::Seen Reloads::scrape_until_done(const Exporter& exporter, const Page& first) const {
  Seen seen;
  Page before = first;
  while (!done_) {
    ++seen.scrapes;
    const Received answer = exporter.get("/metrics");
    if (answer.status != 200) {
      seen.findings.push_back(fmt::format("a scrape got status {}", answer.status));
      continue;
    }
    Page now = parse_page(answer.body);
    compare(first, before, now, seen);
    before = std::move(now);
  }
  return seen;
}

void Reloads::reload(const Exporter& exporter, int turn) {
  const std::string text = variant(scene_.sandbox_url(), turn);
  write_file(scene_.config_file(), text);
  const bool usable = text.find("incomplete") == std::string::npos;
  const int status = exporter.reload().status;
  tally_.add(usable ? "reloads" : "reloads refused");
  if (status != (usable ? 200 : 400)) findings_.push_back(fmt::format("a reload got status {}", status));
}

void Reloads::reload_until_over(Exporter& exporter) {
  const auto begin = SteadyClock::now();
  for (int turn = 1; SteadyClock::now() < begin + duration_; ++turn) {
    reload(exporter, turn);
    scene_.advance(seconds(1));
    if (turn % 5 == 0) misbehave(turn);
    const auto next = begin + turn * pause - SteadyClock::now();
    if (next.count() > 0)
      exporter.process().wait(std::chrono::duration_cast<std::chrono::microseconds>(next));
  }
}

// A member leaves or returns, one answer is 0, a closed day becomes more; the second source always lags.
void Reloads::misbehave(int turn) {
  sandbox::Sandbox& sandbox = scene_.sandbox();
  const auto n = static_cast<std::size_t>(turn) / 5;
  sandbox.clear_faults();
  sandbox.add_fault(lagging_second_source(2));
  const auto members = members_of(sandbox.truth());
  if (n % 3 == 0) sandbox.add_fault(absence_of(members.at(n % members.size())));
  const ZeroTarget& target = zero_targets.at(n % zero_targets.size());
  sandbox.add_fault(zeros_once(target));
  if (n % 4 == 0)
    sandbox.apply({.name = "restate_day", .provider = "vobiz", .days_ago = 1 + turn % 7, .percent = 110});
  tally_.add("wrong answers told");
}

void Reloads::compare_with_books(const Exporter& exporter, const Json& at_begin) {
  const auto checks = checks_of(scene_.sandbox().truth(), at_begin);
  const auto all_agree = [&](const Page& page) {
    return std::ranges::all_of(checks, [&](const Check& check) { return agrees(check, page); });
  };
  tally_.add("counters compared with the books", std::ssize(checks));
  if (exporter.shows(all_agree)) return;
  const Page page = exporter.scrape();
  for (const Check& check : checks) {
    if (!agrees(check, page)) findings_.push_back(describe(check, page));
  }
}

bool Reloads::run() {
  const Json at_begin = scene_.sandbox().truth();
  Exporter exporter(scene_);
  if (!exporter.wait_until_listening() || !exporter.shows(all_up)) {
    findings_.push_back("the exporter does not start: " + exporter.process().errors());
    return false;
  }
  const Page first = exporter.scrape();
  std::vector<std::future<Seen>> seen;
  for (int i = 0; i < scrapers; ++i) {
    seen.push_back(std::async(std::launch::async, [&] { return scrape_until_done(exporter, first); }));
  }
  reload_until_over(exporter);
  done_ = true;
  for (auto& each : seen) {
    const Seen result = each.get();
    tally_.add("scrapes", result.scrapes);
    findings_.insert(findings_.end(), result.findings.begin(), result.findings.end());
  }
  scene_.sandbox().clear_faults();
  reload(exporter, 0);
  compare_with_books(exporter, at_begin);
  tally_.add("series in every scrape", std::ssize(first));
  tally_.add("findings", std::ssize(findings_));
  return findings_.empty();
}

}  // namespace cpaas::end_to_end
