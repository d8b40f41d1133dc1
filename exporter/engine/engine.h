// The loop that polls every endpoint of every account when it is due and publishes the page. One thread,
// whatever the number of accounts.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <queue>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "exporter/core/account.h"
#include "exporter/core/http.h"
#include "exporter/core/log.h"
#include "exporter/core/log_pace.h"
#include "exporter/engine/account_board.h"
#include "exporter/engine/governor.h"
#include "exporter/engine/in_flight.h"
#include "exporter/exposition/page.h"
#include "exporter/ledger/ledger.h"

namespace cpaas::engine {

class Engine {
 public:
  struct World {
    const Clock& clock;
    Log log;
    Help help;
    std::function<std::vector<exposition::Section>()>
        own_metrics;  // of the exporter itself; asked whenever the page is built
    std::function<void(std::shared_ptr<const exposition::Snapshot>)> publish;
    std::uint64_t seed;
    StartTimes start_times = StartTimes::hidden;
    std::function<void()> credentials_refused{};  // after each poll that the provider or the proxy refused
  };

  explicit Engine(World world);
  // Takes over the accounts; each endpoint's first poll is due within its interval. Before run(); publishes.
  void set_accounts(std::vector<Account> accounts);

  // The same while run() goes on, soon after: accounts that are equal keep their schedule, values and
  // requests in flight; those with another secret, connection, pace or set of endpoints keep their values and
  // are polled at once, whatever time the provider wanted to be left alone for; those that are still the same
  // account (account_identity()) keep counters and levels; others begin anew, or are gone with their series.
  // Any thread.
  void reload(std::vector<Account> accounts);

  // Polls until stop(). On return no request is in flight, and `journal` has done all that it was given.
  // `transport` must outlive any call of stop(); where the journal works on another thread, it wakes it.
  void run(Transport& transport, ledger::Journal& journal);
  // Any thread.
  void stop();

  // Polls every endpoint once and publishes; gives how many failed or were ended by stop(). A poll fails that
  // the provider would have wait for more than a minute. Instead of run().
  std::size_t run_once(Transport& transport, ledger::Journal& journal);

  // What is known of each account, in their order. Not while run() or run_once() goes on.
  void each_board(const std::function<void(const AccountBoard&)>& see) const {
    for (const auto& [id, account] : accounts_) see(account.board);
  }

  // True once every endpoint of every account was polled, well or not. Any thread.
  bool ready() const { return ready_; }

 private:
  struct AccountState {
    AccountBoard board;
    std::unique_ptr<ledger::Ledger> ledger;
    ledger::Journal::Ticket ticket = 0;    // of the ledger
    std::string credential{};              // of the rate budget that it shares
    std::optional<SteadyPoint> look_at{};  // when to look for expired values; due_ holds it
    std::vector<std::size_t> saving{};     // endpoints whose counters are on their way to the store
    bool stale = false;  // its part of the page; due_ holds when it is rendered at the latest
    bool polls_begun = false;
    bool over_budget = false;               // and that was said
    std::vector<SteadyPoint> next_polls{};  // by endpoint; past while it is polled
  };
  enum class Task : std::uint8_t { poll, resume, give_up, expire, render };
  struct Due {
    SteadyPoint at;
    Task task;
    std::uint64_t account;
    std::uint64_t subject;  // poll: the endpoint; resume, give_up: the running poll; expire, render: nothing
    std::uint64_t order = 0;  // of what is due at the same time, the first that was added comes first
    bool operator>(const Due& other) const { return std::tie(at, order) > std::tie(other.at, other.order); }
  };
  struct Running {
    std::uint64_t account;
    std::size_t endpoint;
    SteadyPoint begin;
    AccountBoard::Poll poll;
    Duration clock_skew;  // as it was believed when the poll began: what was asked goes by it
    Round round;
    bool waits = false;                    // for the rate budget; due_ holds when to go on
    std::optional<HttpRequest> request{};  // that waits for its turn
    SteadyPoint deadline{};                // of the request: a queue is no excuse
    SteadyPoint part_at{};                 // when the last part was taken
    std::vector<std::string> done{};       // members that the parts have told of
  };

  void turn(SteadyPoint until);
  void receive(SteadyPoint until);
  void cancel_running();
  void follow_clock();
  void handle_due();
  void take_over_pending();
  void take_over(std::vector<Account> accounts);
  // Frees what the user's change of `old` into `account` makes worth trying again.
  void lift_holds(const Account& old, const Account& account);
  void add_account(std::uint64_t id, AccountState state);
  void schedule(std::uint64_t account, std::size_t endpoint, SteadyPoint at);
  void remove_account(std::uint64_t id);
  // Asks the store for the account's ledger; its polls begin when that is there.
  void load(AccountState& account);
  void begin_polls(std::uint64_t id);
  void handle_journal();
  void take_loaded(std::uint64_t id, Result<ledger::StoredAccount> stored);
  void take_committed(std::uint64_t id, const Result<void>& committed);
  void save(AccountState& account);
  void log_ledger(LogPace& pace, std::string_view problem, const AccountState& account, const Error& error);
  void save_the_rest();
  void begin_poll(std::uint64_t account, std::size_t endpoint);
  // Sends the round's next request when the rate budget allows it, or ends the poll when there is none.
  void advance(Transport::Id id);
  void resume(Transport::Id id);
  // Starts the request now, or when others to the same server are over.
  void send(Transport::Id id, HttpRequest request);
  void start(Transport::Id id);
  // Of a request that is over or not wanted any more: those that waited for it start.
  void make_room(Transport::Id id);
  // The request has waited for as long as it may take.
  void give_up(Transport::Id id);
  void obey_rate_limit(const AccountState& account, const Round& round);
  void hold_credential(const std::string& credential, Duration time);
  void show_hold(AccountState& account, Duration time);
  // Ends a poll of members whose time is up, or shows those that it has read so far.
  void divide(Running& running);
  void take_part(Running& running);
  void end_poll(Running running);
  // Gives the ledger what there is for it, and the board what came of that.
  std::optional<ledger::Ledger::Booked> book(AccountState& account, const Running& running,
                                             const std::vector<ledger::Booking>& bookings,
                                             const ledger::Unread& unread);
  std::optional<std::size_t> days_missing(const AccountState& account, std::size_t endpoint) const;
  void log_corrections(const AccountBoard& board, std::size_t endpoint,
                       const std::vector<ledger::Corrected>& corrections);
  void log_failed(const AccountBoard& board, std::size_t endpoint,
                  const std::vector<FailedMember>& failed) const;
  void log_change(const AccountBoard& board, std::size_t endpoint, const std::optional<Error>& before,
                  bool first) const;
  void log_drift(const AccountBoard& board, std::size_t endpoint, const Drift& before) const;
  void log_demand(AccountState& account) const;
  void log_left_out(const AccountBoard& board) const;
  void expire(const Due& due);
  void render(std::uint64_t id, AccountState& account);
  // The same when its counters are saved, or soon if that takes long.
  void render_soon(std::uint64_t id, AccountState& account);
  void publish_if_due();
  void update_page();  // with what does not come from a poll; sees whether all was polled once
  void publish();
  void add_due(Due due);
  SteadyPoint next_event() const;
  double random() { return distribution_(generator_); }

  World world_;
  std::mt19937_64 generator_;
  std::uniform_real_distribution<double> distribution_{0, 1};
  std::map<std::uint64_t, AccountState> accounts_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::uint64_t next_order_ = 0;
  std::map<Transport::Id, Running> running_;
  Governor governor_;
  InFlight in_flight_;
  Transport::Id next_id_ = 1;
  std::uint64_t next_account_ = 1;  // also the account's place in the page
  exposition::PageBuilder page_;
  bool changed_ = false;      // since the last publication
  SteadyPoint publish_at_{};  // not before
  Duration clock_offset_;     // wall time less steady time, when last looked at
  bool once_ = false;         // no endpoint is polled a second time
  std::size_t failures_ = 0;
  std::atomic<Transport*> transport_ = nullptr;
  ledger::Journal* journal_ = nullptr;
  std::map<ledger::Journal::Ticket, std::uint64_t> tickets_;  // accounts by their ledgers' tickets
  ledger::Journal::Ticket next_ticket_ = 1;
  LogPace unreadable_;
  LogPace unsaved_;
  std::set<std::string> refused_series_;  // that the log has named
  std::atomic<bool> ready_ = false;
  std::atomic<bool> stopping_ = false;
  std::mutex pending_mutex_;
  std::optional<std::vector<Account>> pending_;  // for take_over()
};

}  // namespace cpaas::engine
