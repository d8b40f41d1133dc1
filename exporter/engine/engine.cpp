#include "exporter/engine/engine.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "exporter/core/utf8.h"
#include "exporter/engine/pacing.h"

namespace cpaas::engine {
namespace {

using namespace std::chrono_literals;

constexpr exposition::PageBuilder::SourceId own_source = 0;
constexpr Duration longest_wait_of_once = 1min;  // somebody sits and waits
constexpr Duration own_metrics_interval = 10s;   // how old the exporter's own numbers may get without a poll
constexpr Duration render_at_latest = 100ms;     // after a poll, where the store is slow
constexpr Duration ask_again_after = 30s;        // where a move waits for a second answer
constexpr Duration part_time = 15s;              // after which a long poll shows the members that it has read
constexpr Duration shortest_turn = 1min;         // that a poll of many members has at least

LogFields fields_of(const AccountBoard& board, std::size_t endpoint) {
  const Account& account = board.account();
  return {{"account", account.settings.account},
          {"provider", std::string(account.collector->name)},
          {"endpoint", std::string(account.endpoints.at(endpoint).endpoint->name)}};
}

std::string joined(const std::set<std::string>& paths) {
  constexpr std::size_t most = 20;
  std::string text;
  std::size_t count = 0;
  for (const std::string& path : paths) {
    if (++count > most) return text + " and more";
    text += (text.empty() ? "" : " ") + path;
  }
  return text;
}

// Endpoints that the settings leave nothing to ask are not polled and have no series. One whose start()
// throws stays: that is a bug to be seen.
bool asks_nothing(const Endpoint& endpoint, const Settings& settings, TimePoint now) {
  try {
    return endpoint.start(settings, {now}).empty();
  } catch (const std::exception&) {
    return false;
  }
}

bool refused(const Error& error) {
  return error.reason == Reason::auth || error.reason == Reason::rate_limited;
}

// What became of the members that a poll gives nothing of.
struct Unread {
  std::vector<std::string> refused;
  std::vector<std::string> listed;
};

Unread unread_of(const Outcome& outcome, const std::vector<std::string>& read_before) {
  Unread unread{{}, read_before};
  for (const FailedMember& each : outcome.failed) {
    (is_refusal(each.error) ? unread.refused : unread.listed).push_back(each.member);
  }
  unread.listed.insert(unread.listed.end(), outcome.waiting.begin(), outcome.waiting.end());
  return unread;
}

Duration offset_of(const Clock& clock) {
  return clock.now().time_since_epoch() - clock.steady().time_since_epoch();
}

}  // namespace

Engine::Engine(World world)
    : world_(std::move(world)), generator_(world_.seed), clock_offset_(offset_of(world_.clock)) {}

void Engine::set_accounts(std::vector<Account> accounts) {
  take_over(std::move(accounts));
  update_page();
  // Nothing compressed: a scraper may be waiting for it, and the first polls soon replace it.
  world_.publish(page_.build_plain());
  publish_at_ = world_.clock.steady();
}

void Engine::reload(std::vector<Account> accounts) {
  {
    const std::lock_guard lock(pending_mutex_);
    pending_ = std::move(accounts);
  }
  if (Transport* transport = transport_) transport->wake();
}

void Engine::take_over_pending() {
  std::optional<std::vector<Account>> accounts;
  {
    const std::lock_guard lock(pending_mutex_);
    accounts.swap(pending_);
  }
  if (accounts) take_over(std::move(*accounts));
}

void Engine::take_over(std::vector<Account> accounts) {
  std::map<std::string, std::uint64_t> old_ids;
  for (const auto& [id, state] : accounts_) old_ids[state.board.account().settings.account] = id;
  for (Account& account : accounts) {
    std::erase_if(account.endpoints, [&](const EndpointPlan& plan) {
      return asks_nothing(*plan.endpoint, account.settings, world_.clock.now());
    });
  }
  for (Account& account : accounts) {
    const auto old_id = old_ids.find(account.settings.account);
    AccountState* old = old_id == old_ids.end() ? nullptr : &accounts_.at(old_id->second);
    if (old != nullptr && old->board.account() == account) {
      old_ids.erase(old_id);
      continue;
    }
    const std::uint64_t id = next_account_++;
    AccountState state{AccountBoard(account), std::make_unique<ledger::Ledger>(account)};
    state.credential = credential_of(account);
    if (old != nullptr) lift_holds(old->board.account(), account);
    if (old != nullptr && old->ledger->identity() == state.ledger->identity()) {
      const bool same = same_source(old->board.account(), account);
      const bool as_before = same && same_pace(old->board.account(), account);
      state.board = AccountBoard(std::move(account), old->board);
      if (!same) state.board.keep_levels_only();
      if (!as_before) state.board.release();
      if (as_before) state.next_polls = old->next_polls;
      state.ledger = std::move(old->ledger);
      state.ledger->configure(state.board.account());
      state.ticket = old->ticket;
      state.saving = std::move(old->saving);
    } else {
      state.ticket = next_ticket_++;
    }
    add_account(id, std::move(state));
  }
  for (const auto& [name, id] : old_ids) remove_account(id);
  std::set<std::string> credentials;
  for (const auto& [id, state] : accounts_) credentials.insert(state.credential);
  governor_.keep_only(credentials);
}

void Engine::lift_holds(const Account& old, const Account& account) {
  const std::string credential = credential_of(account);
  if (same_pace(old, account) || governor_.held_until(credential) <= world_.clock.steady()) return;
  governor_.release(credential);
  for (auto& [id, state] : accounts_) {
    if (state.credential != credential || state.ledger == nullptr) continue;  // null: its successor is here
    state.board.release();
    render(id, state);
  }
  for (const auto& [id, running] : running_) {
    const bool held = running.waits && accounts_.at(running.account).credential == credential;
    if (held) add_due({world_.clock.steady(), Task::resume, running.account, id});
  }
}

void Engine::add_account(std::uint64_t id, AccountState given) {
  AccountState& account = accounts_.emplace(id, std::move(given)).first->second;
  tickets_[account.ticket] = id;
  render(id, account);
  if (journal_ == nullptr) return;  // run() does the rest
  if (account.ledger->restored()) {
    begin_polls(id);
  } else {
    load(account);
  }
}

void Engine::begin_polls(std::uint64_t id) {
  if (once_) return;
  std::size_t endpoints = 0;
  for (const auto& [other, each] : accounts_) endpoints += each.board.account().endpoints.size();
  AccountState& account = accounts_.at(id);
  account.polls_begun = true;
  const auto& plans = account.board.account().endpoints;
  const SteadyPoint now = world_.clock.steady();
  std::vector<SteadyPoint>& next_polls = account.next_polls;
  next_polls.resize(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const SteadyPoint soon = now + first_poll_delay(endpoints, plans[i].interval, random());
    schedule(id, i, std::max(next_polls[i], soon));
  }
  const Duration held = governor_.held_until(account.credential) - now;
  if (held > 0ms) show_hold(account, held);
  render(id, account);
}

void Engine::schedule(std::uint64_t account, std::size_t endpoint, SteadyPoint at) {
  accounts_.at(account).next_polls.at(endpoint) = at;
  add_due({at, Task::poll, account, endpoint});
}

void Engine::remove_account(std::uint64_t id) {
  std::vector<Transport::Id> given_up;
  std::erase_if(running_, [&](const auto& each) {
    if (each.second.account != id) return false;
    transport_.load()->cancel(each.first);
    given_up.push_back(each.first);
    return true;
  });
  for (const Transport::Id each : given_up) make_room(each);
  page_.remove(id);
  AccountState& account = accounts_.at(id);
  if (account.ledger != nullptr) {  // else another has taken it over
    if (auto batch = account.ledger->take_last_changes(world_.clock.now())) {
      journal_->commit(account.ticket, std::move(*batch));
    }
    tickets_.erase(account.ticket);
  }
  accounts_.erase(id);
  changed_ = true;
}

// --- the ledgers' store

void Engine::load(AccountState& account) {
  journal_->load(account.ticket, account.ledger->identity(), account.ledger->legacy_identity());
}

void Engine::handle_journal() {
  for (ledger::Journal::Done& done : journal_->take()) {
    const auto id = tickets_.find(done.ticket);
    if (id == tickets_.end()) continue;  // the account is gone
    if (done.loaded) {
      take_loaded(id->second, std::move(*done.loaded));
    } else {
      take_committed(id->second, done.committed);
    }
  }
}

void Engine::take_loaded(std::uint64_t id, Result<ledger::StoredAccount> stored) {
  AccountState& account = accounts_.at(id);
  if (account.ledger->restored()) return;  // it was asked for twice
  if (stored) {
    const auto unreadable = account.ledger->restore(std::move(*stored));
    if (!unreadable.empty()) log_corrections(account.board, 0, unreadable);
    for (std::size_t i = 0; i < account.board.account().endpoints.size(); ++i) {
      if (auto kept = account.ledger->kept_gauges(account.board.account().endpoints[i].endpoint->name)) {
        account.board.restore(i, *kept);
      }
    }
    save(account);
  } else {
    log_ledger(unreadable_, "the ledger cannot be read; counters are not shown", account, stored.error());
  }
  render(id, account);
  if (!account.polls_begun) begin_polls(id);
}

void Engine::take_committed(std::uint64_t id, const Result<void>& committed) {
  AccountState& account = accounts_.at(id);
  account.ledger->committed(committed.has_value());
  if (!committed) {
    for (const std::size_t endpoint : account.saving) account.board.note_ledger_failure(endpoint);
    log_ledger(unsaved_, "counters could not be saved; they stand still until they are", account,
               committed.error());
  }
  account.saving.clear();
  render(id, account);
  if (committed) save(account);  // what came meanwhile; after a failure, with the next poll
}

// What ails a store ails it with every poll of every account.
void Engine::log_ledger(LogPace& pace, std::string_view problem, const AccountState& account,
                        const Error& error) {
  const auto not_logged = pace.pass(world_.clock.steady());
  if (!not_logged) return;
  world_.log(LogLevel::error, std::string(problem),
             {{"account", account.board.account().settings.account},
              {"error", error.message},
              {"not_logged", std::to_string(*not_logged)}});
}

void Engine::save(AccountState& account) {
  if (auto batch = account.ledger->take_changes(world_.clock.now())) {
    journal_->commit(account.ticket, std::move(*batch));
  }
}

void Engine::save_the_rest() {
  for (auto& [id, account] : accounts_) {
    if (auto batch = account.ledger->take_last_changes(world_.clock.now())) {
      journal_->commit(account.ticket, std::move(*batch));
    }
  }
  journal_->finish();
}

void Engine::run(Transport& transport, ledger::Journal& journal) {
  transport_ = &transport;
  take_over_pending();  // of a reload that came before there was a transport to wake
  journal_ = &journal;
  for (auto& [id, account] : accounts_) load(account);
  handle_journal();
  publish_if_due();
  while (!stopping_) turn(next_event());
  cancel_running();
  save_the_rest();
}

void Engine::stop() {
  stopping_ = true;
  if (Transport* transport = transport_) transport->wake();
}

std::size_t Engine::run_once(Transport& transport, ledger::Journal& journal) {
  journal_ = &journal;
  transport_ = &transport;
  once_ = true;
  due_ = {};
  for (auto& [id, account] : accounts_) load(account);
  journal_->finish();
  handle_journal();
  for (const auto& [id, account] : accounts_) {
    for (std::size_t i = 0; i < account.board.account().endpoints.size(); ++i) begin_poll(id, i);
  }
  while (!running_.empty() && !stopping_) {
    receive(due_.empty() ? world_.clock.steady() + 1s : due_.top().at);
    handle_due();
    handle_journal();
  }
  failures_ += running_.size();
  cancel_running();
  const auto saving = [](const auto& each) { return each.second.ledger->is_saving(); };
  while (std::ranges::any_of(accounts_, saving)) {  // counters are shown when they are saved
    journal_->finish();
    handle_journal();
  }
  publish();
  return failures_;
}

void Engine::cancel_running() {
  for (const auto& [id, running] : running_) transport_.load()->cancel(id);
  running_.clear();
  in_flight_ = InFlight{};
}

void Engine::turn(SteadyPoint until) {
  receive(until);
  if (stopping_) return;
  take_over_pending();
  follow_clock();
  handle_due();
  handle_journal();
  publish_if_due();
}

void Engine::receive(SteadyPoint until) {
  const Duration wait = std::max<Duration>(until - world_.clock.steady(), 0ms);
  for (Transport::Completion& completion : transport_.load()->wait(wait)) {
    make_room(completion.id);
    const auto running = running_.find(completion.id);
    if (running == running_.end()) continue;
    Round& round = running->second.round;
    round.complete(std::move(completion.result), world_.clock.now());
    obey_rate_limit(accounts_.at(running->second.account), round);
    advance(completion.id);
  }
}

// Values expire by wall time, but due_ is by steady time: when the two part (the clock was set, the machine
// slept), looks come at the wrong time.
void Engine::follow_clock() {
  const Duration offset = offset_of(world_.clock);
  if (std::chrono::abs(offset - clock_offset_) < 1s) return;
  clock_offset_ = offset;
  for (auto& [id, account] : accounts_) render(id, account);
}

void Engine::add_due(Due due) {
  due.order = next_order_++;
  due_.push(due);
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
    switch (due.task) {
      case Task::poll:
        begin_poll(due.account, due.subject);
        break;
      case Task::resume:
        resume(due.subject);
        break;
      case Task::give_up:
        give_up(due.subject);
        break;
      case Task::expire:
        expire(due);
        break;
      case Task::render:
        if (const auto account = accounts_.find(due.account);
            account != accounts_.end() && account->second.stale) {
          render(due.account, account->second);
        }
        break;
    }
  }
}

void Engine::begin_poll(std::uint64_t account, std::size_t endpoint) {
  const auto state = accounts_.find(account);
  if (state == accounts_.end()) return;
  const AccountBoard& board = state->second.board;
  const Endpoint& asked = *board.account().endpoints.at(endpoint).endpoint;
  const TimePoint now = world_.clock.now();
  PollStart start{board.provider_time(now)};
  const Day today = board.account().settings.zone.day_of(start.now);
  start.days = [ledger = state->second.ledger.get(), endpoint_name = asked.name, today, now,
                budget = std::make_shared<ledger::Ledger::DayBudget>()](std::string_view member) {
    return ledger->days_to_ask(endpoint_name, member, today, now, *budget);
  };
  start.turn = [&board, ledger = state->second.ledger.get(), endpoint,
                name = asked.name](std::string_view member) -> std::uint64_t {
    const std::uint64_t turn = board.turn(endpoint, member);
    return turn > 0 ? turn + 2 : ledger->acquaintance(name, member);
  };
  const Transport::Id id = next_id_++;
  const SteadyPoint begin = world_.clock.steady();
  Round round(board.account(), asked, start, board.provider_clock());
  running_.emplace(id, Running{.account = account,
                               .endpoint = endpoint,
                               .begin = begin,
                               .poll = {now, now, 0ms},
                               .clock_skew = board.provider_clock().skew(),
                               .round = std::move(round),
                               .part_at = begin});
  advance(id);
}

// A round may be due twice: once when it was to wait, and once when the wait was cut short.
void Engine::resume(Transport::Id id) {
  const auto at = running_.find(id);
  if (at == running_.end() || !at->second.waits) return;
  at->second.waits = false;
  advance(id);
}

void Engine::advance(Transport::Id id) {
  const auto at = running_.find(id);
  if (at == running_.end()) return;  // cancelled while it waited
  Round& round = at->second.round;
  if (!round.over() && !once_) divide(at->second);
  if (!round.over()) {
    const AccountState& account = accounts_.at(at->second.account);
    const SteadyPoint now = world_.clock.steady();
    const SteadyPoint go =
        governor_.reserve(account.credential, account.board.account().requests_per_minute, now);
    if (once_ && go > now + longest_wait_of_once) {
      round.fail({Reason::rate_limited, "the provider wants no request for the next " +
                                            std::to_string((go - now) / 1s) + " seconds"});
    } else if (go > now) {
      at->second.waits = true;
      add_due({go, Task::resume, at->second.account, id});
      return;
    }
    if (auto request = round.next()) {
      send(id, std::move(*request));
      return;
    }
  }
  Running running = std::move(at->second);
  running_.erase(at);
  end_poll(std::move(running));
}

void Engine::send(Transport::Id id, HttpRequest request) {
  Running& running = running_.at(id);
  running.deadline = world_.clock.steady() + request.timeout;
  const std::string origin = origin_of(request.url);
  running.request = std::move(request);
  if (in_flight_.enter(id, origin)) return start(id);
  add_due({running.deadline, Task::give_up, running.account, id});
}

void Engine::start(Transport::Id id) {
  Running& running = running_.at(id);
  HttpRequest request = *std::exchange(running.request, std::nullopt);
  request.timeout = std::max<Duration>(running.deadline - world_.clock.steady(), 1ms);
  transport_.load()->start(id, std::move(request));
}

void Engine::make_room(Transport::Id id) {
  for (const Transport::Id next : in_flight_.leave(id)) {
    if (running_.contains(next)) {
      start(next);
    } else {
      make_room(next);  // its account is gone
    }
  }
}

void Engine::give_up(Transport::Id id) {
  const auto at = running_.find(id);
  if (at == running_.end() || !in_flight_.waits(id) || world_.clock.steady() < at->second.deadline) return;
  make_room(id);
  const std::string origin = origin_of(std::exchange(at->second.request, std::nullopt)->url);
  at->second.round.complete(
      fail(Reason::timeout, "waited in vain for other requests to " + origin + " to end"),
      world_.clock.now());
  advance(id);
}

void Engine::obey_rate_limit(const AccountState& account, const Round& round) {
  const auto& error = round.error();
  Duration wait{0};
  if (error && error->reason == Reason::rate_limited)
    wait = error->retry_after.value_or(std::chrono::seconds{0});
  const RateLimit& limit = round.rate_limit();
  if (limit.remaining && *limit.remaining < 1) wait = std::max(wait, limit.wait.value_or(0ms));
  if (wait > 0ms) hold_credential(account.credential, std::min<Duration>(wait, longest_hold));
}

void Engine::hold_credential(const std::string& credential, Duration time) {
  const SteadyPoint until = world_.clock.steady() + time;
  const bool longer = until > governor_.held_until(credential);
  governor_.hold(credential, until);
  if (!longer) return;
  for (auto& [id, state] : accounts_) {
    if (state.credential != credential) continue;
    show_hold(state, time);
    render(id, state);
  }
}

void Engine::show_hold(AccountState& account, Duration time) {
  const TimePoint until = world_.clock.now() + time;
  for (std::size_t i = 0; i < account.next_polls.size(); ++i) account.board.hold(i, until);
}

void Engine::divide(Running& running) {
  const SteadyPoint now = world_.clock.steady();
  const Duration interval =
      accounts_.at(running.account).board.account().endpoints.at(running.endpoint).interval;
  if (now - running.begin >= std::max<Duration>(interval, shortest_turn)) running.round.cut_short();
  if (!running.round.over() && now - running.part_at >= part_time && running.round.has_part())
    take_part(running);
}

void Engine::take_part(Running& running) {
  AccountState& account = accounts_.at(running.account);
  running.part_at = world_.clock.steady();
  running.poll.end = world_.clock.now();
  running.poll.took = running.part_at - running.begin;
  Outcome part = running.round.take_part();
  log_failed(account.board, running.endpoint, part.failed);
  const auto bookings = std::move(part.bookings);
  const Unread unread = unread_of(part, running.done);
  for (const ReadMember& each : part.members) running.done.push_back(each.member);
  for (const FailedMember& each : part.failed) {
    if (!is_refusal(each.error)) running.done.push_back(each.member);
  }
  account.board.apply_part(running.endpoint, std::move(part), running.poll);
  const auto booked = book(account, running, bookings, {unread.refused, unread.listed, true});
  if (booked) account.board.count_part_series(running.endpoint, booked->series);
  save(account);
  render_soon(running.account, account);
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
  const Drift drift_before = board.status(running.endpoint).drift;
  Outcome outcome = std::move(running.round).finish();
  log_failed(board, running.endpoint, outcome.failed);
  board.observe_clock(outcome.clock_skew);
  const bool good = !outcome.error;
  const auto bookings = std::move(outcome.bookings);
  const Unread unread = unread_of(outcome, running.done);
  board.apply(running.endpoint, std::move(outcome), running.poll);
  std::optional<ledger::Ledger::Booked> booked;
  if (good || !bookings.empty())
    booked = book(state->second, running, bookings, {unread.refused, unread.listed, !good});
  if (good && booked) board.count_series(running.endpoint, booked->series);
  const EndpointStatus& status = board.status(running.endpoint);
  log_change(board, running.endpoint, before, first);
  log_drift(board, running.endpoint, drift_before);
  log_demand(state->second);
  if (status.error) ++failures_;
  const bool credentials =
      status.error && (status.error->reason == Reason::auth || status.error->reason == Reason::proxy);
  if (credentials && world_.credentials_refused) world_.credentials_refused();
  const auto retry_after = status.error ? status.error->retry_after : std::nullopt;
  const auto interval = board.account().endpoints.at(running.endpoint).interval;
  const PollHistory history{interval, status.failures_in_row, retry_after,
                            status.error && refused(*status.error)};
  const SteadyPoint from = status.error ? now : running.begin;
  if (retry_after) board.hold(running.endpoint, world_.clock.now() + believed_wait(*retry_after, interval));
  Duration wait = time_to_next_poll(history, random());
  if (booked && booked->ask_again) wait = std::min(wait, ask_again_after);
  if (!once_) schedule(running.account, running.endpoint, from + wait);
  save(state->second);
  render_soon(running.account, state->second);
}

std::optional<ledger::Ledger::Booked> Engine::book(AccountState& account, const Running& running,
                                                   const std::vector<ledger::Booking>& bookings,
                                                   const ledger::Unread& unread) {
  AccountBoard& board = account.board;
  if (!account.ledger->restored()) {
    load(account);
    if (!bookings.empty()) board.note_ledger_failure(running.endpoint);
    return std::nullopt;
  }
  const ProviderClock& clock = board.provider_clock();
  const bool clocks_differ = clock.in_doubt() || std::chrono::abs(clock.skew() - running.clock_skew) > 24h;
  const TimePoint now = running.poll.end;
  account.saving.push_back(running.endpoint);
  const auto gauges = unread.part ? std::vector<Sample>{} : board.lasting_gauges(running.endpoint);
  auto booked = account.ledger->book(board.account().endpoints.at(running.endpoint).endpoint->name, bookings,
                                     unread, gauges, {now, board.provider_time(now), clocks_differ});
  log_corrections(board, running.endpoint, booked.corrections);
  board.note_booked(running.endpoint, booked, days_missing(account, running.endpoint));
  return booked;
}

std::optional<std::size_t> Engine::days_missing(const AccountState& account, std::size_t endpoint) const {
  const AccountBoard& board = account.board;
  return account.ledger->days_missing(
      board.account().endpoints.at(endpoint).endpoint->name,
      board.account().settings.zone.day_of(board.provider_time(world_.clock.now())));
}

void Engine::log_corrections(const AccountBoard& board, std::size_t endpoint,
                             const std::vector<ledger::Corrected>& corrections) {
  constexpr std::size_t most = 10;  // lines for one poll
  constexpr std::size_t most_kept = 10'000;
  std::size_t lines = 0;
  for (const auto& [what, series] : corrections) {
    if (what == ledger::Correction::refused) {  // which would be said again at every poll
      if (refused_series_.size() >= most_kept || !refused_series_.insert(series).second) continue;
    }
    if (++lines > most) continue;
    LogFields fields = fields_of(board, endpoint);
    fields.emplace_back("series", series);
    fields.emplace_back("reason", std::string(name_of(what)));
    const bool usual = what == ledger::Correction::restated || what == ledger::Correction::held;
    world_.log(usual ? LogLevel::info : LogLevel::warn, sentence_of(what), fields);
  }
  if (lines <= most) return;
  LogFields fields = fields_of(board, endpoint);
  fields.emplace_back("count", std::to_string(lines - most));
  world_.log(LogLevel::warn, "further series were corrected in the same poll", fields);
}

void Engine::log_failed(const AccountBoard& board, std::size_t endpoint,
                        const std::vector<FailedMember>& failed) const {
  const auto& members = board.status(endpoint).members;
  for (const auto& [member, error] : failed) {
    const auto known = members.find(member);
    if (known != members.end() && known->second.state == MemberStatus::State::failing) continue;  // was said
    LogFields fields = fields_of(board, endpoint);
    fields.emplace_back("member", one_line(member));
    fields.emplace_back("reason", std::string(name_of(error.reason)));
    fields.emplace_back("error", error.message);
    world_.log(LogLevel::warn, "one member could not be read; the others go on", fields);
  }
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
    fields.emplace_back("series", std::to_string(board.status(endpoint).series));
    world_.log(LogLevel::info, "first poll worked", fields);
  } else {
    const EndpointStatus& status = board.status(endpoint);
    if (after) fields.emplace_back("error", after->message);
    fields.emplace_back("series", std::to_string(status.series));
    fields.emplace_back("milliseconds", std::to_string(std::llround(status.duration * 1000)));
    world_.log(LogLevel::debug, after ? "poll failed again" : "polled", fields);
  }
}

void Engine::log_drift(const AccountBoard& board, std::size_t endpoint, const Drift& before) const {
  const Drift& drift = board.status(endpoint).drift;
  if (drift == before) return;
  LogFields fields = fields_of(board, endpoint);
  if (!drift.missing.empty()) fields.emplace_back("missing", joined(drift.missing));
  if (!drift.mistyped.empty()) fields.emplace_back("mistyped", joined(drift.mistyped));
  if (!drift.unknown.empty()) fields.emplace_back("unknown", joined(drift.unknown));
  world_.log(LogLevel::warn,
             drift.empty() ? "the response is as documented again" : "the response is not as documented",
             fields);
}

// Of lists whose length only the provider knows, `check` cannot say it.
void Engine::log_demand(AccountState& account) const {
  const Account& settings = account.board.account();
  const double demand = account.board.demand();
  if (account.over_budget || demand <= settings.requests_per_minute) return;
  account.over_budget = true;
  world_.log(LogLevel::warn,
             "the endpoints take more requests a minute than requests_per_minute allows, so that polls fall "
             "behind: lengthen intervals, or raise it if the provider allows more",
             {{"account", settings.settings.account},
              {"provider", std::string(settings.collector->name)},
              {"requests", std::to_string(std::lround(demand))},
              {"requests_per_minute", std::to_string(settings.requests_per_minute)}});
}

void Engine::log_left_out(const AccountBoard& board) const {
  const Account& account = board.account();
  LogFields fields{{"account", account.settings.account}, {"provider", std::string(account.collector->name)}};
  std::set<std::string> families;
  for (const auto& [family, window] : board.left_out()) families.insert(family_name(*family, window));
  if (families.empty()) {
    world_.log(LogLevel::info, "all series are shown again", fields);
    return;
  }
  fields.emplace_back("max_series", std::to_string(account.max_series));
  fields.emplace_back("families", joined(families));
  world_.log(LogLevel::warn, "families are left out, since the account is over its max_series", fields);
}

void Engine::expire(const Due& due) {
  const auto state = accounts_.find(due.account);
  if (state == accounts_.end() || state->second.look_at != due.at) return;  // an earlier look took its place
  state->second.look_at.reset();
  render(due.account, state->second);
}

void Engine::render(std::uint64_t id, AccountState& account) {
  const TimePoint now = world_.clock.now();
  const auto left_out_before = account.board.left_out();
  page_.put(id, account.board.render(now, world_.help, *account.ledger, world_.start_times));
  account.stale = false;
  if (account.board.left_out() != left_out_before) log_left_out(account.board);
  changed_ = true;
  auto expiry = account.board.next_expiry(now);
  if (const auto change = account.ledger->next_change(now); change && (!expiry || *change < *expiry))
    expiry = change;
  if (!expiry) return;
  const SteadyPoint at = world_.clock.steady() + (*expiry - now);
  if (account.look_at && *account.look_at <= at) return;
  account.look_at = at;
  add_due({at, Task::expire, id, 0});
}

void Engine::render_soon(std::uint64_t id, AccountState& account) {
  if (!account.ledger->is_saving()) {
    render(id, account);
    return;
  }
  if (!std::exchange(account.stale, true))
    add_due({world_.clock.steady() + render_at_latest, Task::render, id, 0});
}

void Engine::publish_if_due() {
  const SteadyPoint now = world_.clock.steady();
  if (now >= publish_at_ && (changed_ || now >= publish_at_ + own_metrics_interval)) publish();
}

void Engine::update_page() {
  if (!ready_) {
    ready_ = std::all_of(accounts_.begin(), accounts_.end(),
                         [](const auto& each) { return each.second.board.attempted(); });
  }
  page_.put(own_source, world_.own_metrics());
  changed_ = false;
}

void Engine::publish() {
  const SteadyPoint begin = world_.clock.steady();
  update_page();
  world_.publish(page_.build());
  // Building takes at most a tenth of this thread's time, however large the page and however many polls end.
  publish_at_ = world_.clock.steady() + 9 * (world_.clock.steady() - begin);
}

}  // namespace cpaas::engine
