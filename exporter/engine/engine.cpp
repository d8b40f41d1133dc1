#include "exporter/engine/engine.h"

#include <algorithm>

#include "exporter/engine/pacing.h"

namespace cpaas::engine {
namespace {

using namespace std::chrono_literals;

constexpr exposition::PageBuilder::SourceId own_source = 0;
constexpr Duration own_metrics_interval = 10s;  // how old the exporter's own numbers may get without a poll

LogFields fields_of(const AccountBoard& board, std::size_t endpoint) {
  const Account& account = board.account();
  return {{"account", account.settings.account},
          {"provider", std::string(account.collector->name)},
          {"endpoint", std::string(account.endpoints.at(endpoint).endpoint->name)}};
}

Duration offset_of(const Clock& clock) {
  return clock.now().time_since_epoch() - clock.steady().time_since_epoch();
}

}  // namespace

Engine::Engine(World world)
    : world_(std::move(world)), generator_(world_.seed), clock_offset_(offset_of(world_.clock)) {}

void Engine::set_accounts(std::vector<Account> accounts) {
  std::size_t endpoints = 0;
  for (const Account& account : accounts) endpoints += account.endpoints.size();
  const SteadyPoint now = world_.clock.steady();
  for (Account& account : accounts) {
    const std::uint64_t id = accounts_.size() + 1;
    Ledger ledger(account.settings.account);
    const auto [at, added] =
        accounts_.emplace(id, AccountState{AccountBoard(std::move(account)), std::move(ledger), id});
    const auto& plans = at->second.board.account().endpoints;
    for (std::size_t i = 0; i < plans.size(); ++i) {
      due_.push({now + first_poll_delay(endpoints, plans[i].interval, random()), id, i});
    }
    render(at->second);
  }
  publish();
}

void Engine::run(Transport& transport, LedgerStore& ledger_store) {
  ledger_store_ = &ledger_store;
  transport_ = &transport;
  while (!stopping_) turn(next_event());
  cancel_running();
}

void Engine::stop() {
  stopping_ = true;
  if (Transport* transport = transport_) transport->wake();
}

std::size_t Engine::run_once(Transport& transport, LedgerStore& ledger_store) {
  ledger_store_ = &ledger_store;
  transport_ = &transport;
  failures_ = 0;
  for (const auto& [id, account] : accounts_) {
    for (std::size_t i = 0; i < account.board.account().endpoints.size(); ++i) begin_poll(id, i);
  }
  while (!running_.empty() && !stopping_) receive(world_.clock.steady() + 1s);
  failures_ += running_.size();
  cancel_running();
  publish();
  return failures_;
}

void Engine::cancel_running() {
  for (const auto& [id, running] : running_) transport_.load()->cancel(id);
  running_.clear();
}

void Engine::turn(SteadyPoint until) {
  receive(until);
  if (stopping_) return;
  follow_clock();
  handle_due();
  publish_if_due();
}

void Engine::receive(SteadyPoint until) {
  const Duration wait = std::max<Duration>(until - world_.clock.steady(), 0ms);
  for (Transport::Completion& completion : transport_.load()->wait(wait)) {
    const auto running = running_.find(completion.id);
    if (running == running_.end()) continue;
    running->second.round.complete(std::move(completion.result), world_.clock.now());
    advance(completion.id);
  }
}

// Values expire by wall time, but due_ is by steady time: when the two part (the clock was set, the machine
// slept), looks come at the wrong time.
void Engine::follow_clock() {
  const Duration offset = offset_of(world_.clock);
  if (std::chrono::abs(offset - clock_offset_) < 1s) return;
  clock_offset_ = offset;
  for (auto& [id, account] : accounts_) render(account);
}

SteadyPoint Engine::next_event() const {
  const SteadyPoint next = changed_ ? publish_at_ : publish_at_ + own_metrics_interval;
  return due_.empty() ? next : std::min(next, due_.top().at);
}

void Engine::handle_due() {
  const SteadyPoint now = world_.clock.steady();
  while (!due_.empty() && due_.top().at <= now) {
    const Due due = due_.top();
    due_.pop();
    if (due.endpoint) {
      begin_poll(due.account, *due.endpoint);
    } else {
      expire(due);
    }
  }
}

void Engine::begin_poll(std::uint64_t account, std::size_t endpoint) {
  const auto state = accounts_.find(account);
  if (state == accounts_.end()) return;
  const AccountBoard& board = state->second.board;
  const TimePoint now = world_.clock.now();
  const Transport::Id id = next_id_++;
  running_.emplace(id, Running{account,
                               endpoint,
                               world_.clock.steady(),
                               {now, now, 0ms},
                               Round(board.account(), *board.account().endpoints.at(endpoint).endpoint,
                                     board.provider_time(now))});
  advance(id);
}

void Engine::advance(Transport::Id id) {
  const auto at = running_.find(id);
  if (auto request = at->second.round.next()) {
    transport_.load()->start(id, std::move(*request));
    return;
  }
  Running running = std::move(at->second);
  running_.erase(at);
  end_poll(std::move(running));
}

void Engine::end_poll(Running running) {
  const auto state = accounts_.find(running.account);
  if (state == accounts_.end()) return;
  AccountBoard& board = state->second.board;
  const SteadyPoint now = world_.clock.steady();
  running.poll.end = world_.clock.now();
  running.poll.took = now - running.begin;
  const auto before = board.status(running.endpoint).error;
  const bool first = !board.status(running.endpoint).last_attempt;
  Outcome outcome = std::move(running.round).finish();
  book(state->second.ledger, *board.account().endpoints.at(running.endpoint).endpoint, outcome,
       running.poll.end);
  board.apply(running.endpoint, std::move(outcome), running.poll);
  const EndpointStatus& status = board.status(running.endpoint);
  log_change(board, running.endpoint, before, first);
  if (status.error) ++failures_;
  const auto retry_after = status.error ? status.error->retry_after : std::nullopt;
  const PollHistory history{board.account().endpoints.at(running.endpoint).interval, status.failures_in_row,
                            retry_after};
  const SteadyPoint from = status.error ? now : running.begin;
  due_.push({from + time_to_next_poll(history, random()), running.account, running.endpoint});
  render(state->second);
}

void Engine::book(Ledger& ledger, const Endpoint& endpoint, Outcome& outcome, TimePoint now) {
  if (outcome.error) return;
  auto applied = ledger.apply(*ledger_store_, endpoint.name, outcome.page, now);
  if (!applied) {
    outcome.error = std::move(applied.error());
    outcome.unsaved = true;
    return;
  }
  outcome.corrections = applied->corrections;
  std::move(applied->counters.begin(), applied->counters.end(), std::back_inserter(outcome.page.samples));
}

void Engine::log_change(const AccountBoard& board, std::size_t endpoint, const std::optional<Error>& before,
                        bool first) const {
  const std::optional<Error>& after = board.status(endpoint).error;
  LogFields fields = fields_of(board, endpoint);
  if (after && (!before || before->reason != after->reason)) {
    fields.emplace_back("reason", std::string(name_of(after->reason)));
    fields.emplace_back("error", after->message);
    world_.log(LogLevel::warn, "poll failed", fields);
  } else if (!after && before) {
    world_.log(LogLevel::info, "poll works again", fields);
  } else if (!after && first) {
    fields.emplace_back("series", std::to_string(board.status(endpoint).samples.size()));
    world_.log(LogLevel::info, "first poll worked", fields);
  }
}

void Engine::expire(const Due& due) {
  const auto state = accounts_.find(due.account);
  if (state == accounts_.end() || state->second.look_at != due.at) return;  // an earlier look took its place
  state->second.look_at.reset();
  render(state->second);
}

void Engine::render(AccountState& account) {
  const TimePoint now = world_.clock.now();
  page_.put(account.id, account.board.render(now, world_.help));
  changed_ = true;
  const auto expiry = account.board.next_expiry(now);
  if (!expiry) return;
  const SteadyPoint at = world_.clock.steady() + (*expiry - now);
  if (account.look_at && *account.look_at <= at) return;
  account.look_at = at;
  due_.push({at, account.id, std::nullopt});
}

void Engine::publish_if_due() {
  const SteadyPoint now = world_.clock.steady();
  if (now >= publish_at_ && (changed_ || now >= publish_at_ + own_metrics_interval)) publish();
}

void Engine::publish() {
  const SteadyPoint begin = world_.clock.steady();
  if (!ready_) {
    ready_ = std::all_of(accounts_.begin(), accounts_.end(),
                         [](const auto& each) { return each.second.board.attempted(); });
  }
  page_.put(own_source, world_.own_metrics());
  world_.publish(page_.build());
  changed_ = false;
  // Building takes at most a tenth of this thread's time, however large the page and however many polls end.
  publish_at_ = world_.clock.steady() + 9 * (world_.clock.steady() - begin);
}

}  // namespace cpaas::engine
