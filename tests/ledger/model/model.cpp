#include "tests/ledger/model/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <set>

#include "exporter/core/families.h"
#include "exporter/ledger/ledger.h"
#include "exporter/ledger/memory_store.h"
#include "exporter/ledger/series_labels.h"

namespace cpaas::ledger::model {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

std::vector<Call> nothing(const Settings&, const PollStart&) {
  return {};
}

constexpr std::array endpoints{
    Endpoint{.name = "totals", .help = "An all-time total", .default_interval = 1min, .start = nothing},
    Endpoint{.name = "lagging", .help = "The same, late", .default_interval = 1min, .start = nothing},
    Endpoint{.name = "dashboard", .help = "Days in a window", .default_interval = 1min, .start = nothing},
    Endpoint{
        .name = "users", .help = "Days of users, one by one", .default_interval = 1min, .start = nothing},
    Endpoint{.name = "balance", .help = "A level", .default_interval = 1min, .start = nothing},
    Endpoint{.name = "list", .help = "Totals of members", .default_interval = 1min, .start = nothing},
};

constexpr std::array sources{
    Source{&families::calls_total, "totals", "calls"},
    Source{&families::calls_total, "lagging", "calls"},
    Source{&families::cost_total, "dashboard", "cost"},
    Source{&families::user_cost_total, "users", "cost"},
    Source{&families::balance_spent_total, "balance", "balance"},
    Source{&families::balance_added_total, "balance", "balance"},
    Source{&families::message_segments_total, "list", "segments"},
};

const Collector& collector() {
  static const Collector made{"model", "Model", "http://model", {}, endpoints, sources};
  return made;
}

Account account_with(days window) {
  Account account{};
  account.collector = &collector();
  account.settings.account = "main";
  account.settings.base_url = "http://model";
  account.settings.window = window;
  for (const Endpoint& each : endpoints) account.endpoints.push_back({&each, 60s});
  return account;
}

// What the provider counted.
using ByDay = std::map<Day, std::int64_t>;
struct Provider {
  struct Member {
    std::map<std::string, ByDay> users{{"u0", {}}, {"u1", {}}, {"u2", {}}};
    std::int64_t total = 0;
    bool listed = true;
    bool refused = false;
  };
  std::int64_t total = 100'000;
  ByDay dashboard{};
  std::int64_t balance = 10'000;
  std::map<std::string, Member> members{};
};

// What the counters must have come to by what was answered rightly.
struct TotalBook {
  std::int64_t must = 0;
  std::optional<std::int64_t> last_right{};
  bool restarted = false;        // the next answer is of a total that began anew
  bool first_was_wrong = false;  // and was taken as it is
};

struct DayBook {
  ByDay known{};              // as last answered
  std::optional<Day> from{};  // the first that counts
  std::int64_t base = 0;
  std::int64_t must = 0;
  bool seen = false;  // any day was answered

  void note(Day day, std::int64_t value, bool edge) {
    std::int64_t& at = known[day];
    if (!edge || value > at) at = value;
  }
  void settle() {
    std::int64_t sum = -base;
    for (const auto& [day, value] : known) sum += from && day >= *from ? value : 0;
    must = std::max(must, sum);
  }
};

struct LevelBook {
  std::optional<std::int64_t> last_right{};
  std::int64_t spent = 0;
  std::int64_t added = 0;
};

struct MemberBook {
  std::map<std::string, DayBook> users{};
  std::optional<Day> from{};  // of its first answer
  bool asked = false;
};

struct SumBook {
  std::map<std::string, std::int64_t> parts{};  // as last answered
  std::int64_t must = 0;
  bool begun = false;
};

struct Books {
  TotalBook total{};
  DayBook dashboard{};
  bool dashboard_holds = false;  // a day waits for a second answer
  LevelBook balance{};
  std::map<std::string, MemberBook> members{};
  SumBook sum{};
  struct Good {
    Day day{};
    days window{};
  };
  std::map<std::string, Good> good{};  // endpoints that worked
};

constexpr Step right_answer{0, 7, 0};
constexpr int days_of_late_records = 5;

class World {
 public:
  explicit World(Tally& tally) : tally_(tally) {
    for (int i = 0; i < 3; ++i) add_member();
    restart();
  }

  // Gives what is wrong.
  std::optional<std::string> play(const Step& step) {
    ++tally_.steps;
    pass(1min * (1 + step.b % 20));
    act(step);
    return check(false);
  }

  // Quiet, until everything must be counted: everything is polled, over more than a day.
  std::optional<std::string> settle() {
    settle_from_ = day_of(now_) - days{6};
    disk_full_ = false;
    slow_ = false;
    ours_ = 0min;
    for (auto& [name, member] : provider_.members) {
      member.refused = false;
      member.listed = true;  // what is held of a member waits for its second answer
    }
    answer_what_is_held();
    for (int i = 0; i < 30; ++i) {
      pass(1h);
      complete();
      for (const Endpoint& endpoint : endpoints) poll(endpoint.name, right_answer);
      if (auto wrong = check(false)) return wrong;
    }
    complete();
    now_ += 3min;
    return check(true);
  }

 private:
  // --- the operator

  // What was not durable is gone.
  void restart() {
    ledger_ = std::make_unique<Ledger>(account_with(window_));
    under_way_.reset();
    ledger_->restore(*store_->load(ledger_->identity(), ""));
    books_ = durable_;
    // The answer before the next one, as the ledger knows it, may have been a wrong one.
    for (int* calm : {&calm_total_, &calm_dashboard_, &calm_balance_}) *calm = std::max(*calm, 2);
    dip_ = 0;
    spiked_ = false;
  }

  void lose_state() {
    ++tally_.lost_states;
    store_ = std::make_unique<MemoryStore>();
    shown_.clear();
    durable_ = {};
    restart();
  }

  void save() {
    if (under_way_) return;
    under_way_ = ledger_->take_changes(ours());
    if (!under_way_) {  // nothing that a restart would miss
      durable_ = books_;
      return;
    }
    handed_over_ = books_;
    if (!slow_) complete();
  }

  void complete() {
    if (!under_way_) return;
    const Batch batch = std::move(*under_way_);
    under_way_.reset();
    const bool good = !disk_full_;
    if (good) (void)store_->commit(std::span(&batch, 1));
    if (good) durable_ = handed_over_;
    ledger_->committed(good);
    if (good) save();
  }

  // What a full disk has put off too.
  void flush() {
    save();
    while (under_way_) complete();
  }

  TimePoint ours() const { return now_ + ours_; }
  // By both clocks.
  Day today() const { return std::min(day_of(now_), day_of(ours())); }

  // --- what happens

  void act(const Step& step) {
    switch (step.kind % 40) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        poll("totals", step);
        break;
      case 5:
        poll("lagging", step);
        break;
      case 6:
      case 7:
      case 8:
      case 9:
        poll("dashboard", step);
        break;
      case 10:
      case 11:
      case 12:
      case 13:
        poll("users", step);
        break;
      case 14:
      case 15:
      case 16:
      case 17:
        poll("balance", step);
        break;
      case 18:
      case 19:
        poll("list", step);
        break;
      case 20:
      case 21:
      case 22:
        use_a_little(step);
        break;
      case 23:
        use_much(step);
        break;
      case 24:
      case 25:
        records_come_late(step);
        break;
      case 26:
        restate(step);
        break;
      case 27:
        members_change(step);
        break;
      case 28:
        reset_total(step);
        break;
      case 29:
        if (calm_dashboard_ > 0) break;
        answer_what_is_held();
        now_ += step.a % 4 == 0 ? Duration{24h} * (1 + step.a % 6) : Duration{1h} * (1 + step.a % 12);
        break;
      case 30:
        ours_ = 1min * (static_cast<int>(step.a % 240) - 120);
        break;
      case 31:
        ++tally_.restarts;
        flush();
        restart();
        break;
      case 32:
        ++tally_.kills;
        restart();
        break;
      case 33:
        disk_full_ = step.a % 3 == 0;
        break;
      case 34:
      case 35:
        slow_ = step.a % 2 == 0;
        complete();
        break;
      case 36:
        change_window(step);
        break;
      case 37:
        if (step.a % 16 == 0) lose_state();
        break;
      default:
        break;
    }
  }

  void use_a_little(const Step& step) {
    provider_.total += step.a % 50;
    provider_.dashboard[day_of(now_)] += step.a % 30;
    if (calm_balance_ == 0) provider_.balance -= std::min<std::int64_t>(step.a % 90, provider_.balance - 100);
    for (auto& [name, member] : provider_.members) {
      member.total += step.b % 40;
      member.users["u" + std::to_string(step.a % 3)][day_of(now_)] += step.b % 20;
    }
  }

  // Out of all proportion, and true. The next answer is right.
  void use_much(const Step& step) {
    if (disk_full_) return;
    flush();  // else the ledger may restart without the answers that came between two of these
    switch (step.a % 5) {
      case 0:
        if (total_is_disturbed()) return;
        provider_.total += 50'000 + step.b % 200'000;
        calm_total_ = 2;
        break;
      case 1:
        provider_.dashboard[day_of(now_)] += 20'000 + step.b % 5'000;
        calm_dashboard_ = 2;
        break;
      case 2:
        if (calm_balance_ > 0) return;
        provider_.balance = std::max<std::int64_t>(100, provider_.balance / 5);
        calm_balance_ = 2;
        break;
      case 3:
        if (calm_balance_ > 0) return;
        provider_.balance += 5'000 + step.b % 100'000;
        calm_balance_ = 2;
        break;
      default:
        for (auto& [name, member] : provider_.members) member.users["u0"][day_of(now_)] += 5'000;
    }
  }

  // So few that none waits for a second answer.
  void records_come_late(const Step& step) {
    const Day day = day_of(now_) - days{1 + step.a % days_of_late_records};
    provider_.dashboard[day] += step.b % 100;
    for (auto& [name, member] : provider_.members) member.users["u1"][day] += step.b % 60;
  }

  // By less than half, since a first answer that was twice too high is no restatement to the ledger.
  void restate(const Step& step) {
    if (calm_dashboard_ > 0 || disk_full_) return;
    flush();
    auto& value = provider_.dashboard[day_of(now_) - days{step.a % days_of_late_records}];
    value = value * (60 + step.b % 80) / 100;
  }

  void members_change(const Step& step) {
    if (step.a % 4 == 0 && provider_.members.size() < 8) {
      add_member();
      return;
    }
    const auto at = static_cast<std::ptrdiff_t>(step.b % provider_.members.size());
    Provider::Member& member = std::next(provider_.members.begin(), at)->second;
    if (step.a % 4 == 1) member.refused = !member.refused;
    if (step.a % 4 >= 2) member.listed = !member.listed;
  }

  void add_member() { provider_.members["m" + std::to_string(provider_.members.size())]; }

  // One thing at a time: while one is not settled, nothing else can be told from it.
  bool total_is_disturbed() const { return calm_total_ > 0 || dip_ > 0 || spiked_; }

  // The provider begins to count anew, and grows slowly until that is settled.
  void reset_total(const Step& step) {
    if (total_is_disturbed() || provider_.total < 50'000 || disk_full_) return;
    flush();  // else the ledger may restart with a wrong answer as its last
    provider_.total = step.a % 20;
    for (Books* books : {&books_, &durable_, &handed_over_}) {
      if (books->total.last_right) books->total.restarted = true;
      books->total.last_right.reset();
    }
    calm_total_ = 40;
  }

  void change_window(const Step& step) {
    if (calm_dashboard_ > 0) return;
    constexpr std::array<int, 3> windows{7, 30, 90};
    answer_what_is_held();
    window_ = days{windows.at(step.a % 3)};
    ledger_->configure(account_with(window_));
  }

  void pass(Duration time) {
    const TimePoint next = now_ + time;
    if (day_of(next) != day_of(now_)) answer_what_is_held();
    now_ = next;
  }

  // As the engine does at once, long before the day leaves the window; and the disk is not full for so long.
  void answer_what_is_held() {
    if (!books_.dashboard_holds && !durable_.dashboard_holds) return;
    const bool full = std::exchange(disk_full_, false);
    for (int i = 0; i < 2; ++i) poll("dashboard", right_answer);
    flush();
    disk_full_ = full;
  }

  // --- polls

  void poll(std::string_view endpoint, const Step& step) {
    ++tally_.polls;
    std::vector<Booking> bookings;
    std::vector<std::string> refused;
    const bool behind = step.kind % 97 == 1;  // a Date header that is years ahead
    if (endpoint == "totals") bookings = {{.totals = {calls(answer_total(step))}}};
    if (endpoint == "lagging") bookings = {{.totals = {calls(provider_.total * 9 / 10)}}};
    if (endpoint == "dashboard") bookings = answer_dashboard(step, behind);
    if (endpoint == "users") bookings = answer_users(behind, refused);
    if (endpoint == "balance") bookings = answer_balance(step);
    if (endpoint == "list") bookings = answer_list(step);
    const auto booked = ledger_->book(endpoint, bookings, {.refused = refused}, {}, {ours(), now_, behind});
    if (endpoint == "dashboard" && !behind) books_.dashboard_holds = booked.ask_again;
    books_.good[std::string(endpoint)] = {day_of(ours()), window_};
    save();
  }

  bool goes_on(const char* endpoint) const {
    const auto good = books_.good.find(endpoint);
    return good != books_.good.end() && good->second.window == window_;
  }

  static Sample calls(std::int64_t value) {
    return {&families::calls_total, Window::none, {"combined"}, to_double(value)};
  }

  static double to_double(std::int64_t value) { return static_cast<double>(value); }

  // Wrong: 0, or some part of it, in as many steps as it takes to be back; or far too much.
  std::int64_t answer_total(const Step& step) {
    std::int64_t said = provider_.total;
    if (calm_total_ > 0) {
      --calm_total_;
    } else if (dip_ > 0 && now_ - dip_since_ > 50min) {
      dip_ = 0;  // after that it would be a reset
    } else if (dip_ > 0) {
      said = provider_.total * (10 - --dip_) / 11;
    } else if (step.a % 8 == 1) {
      dip_ = step.b % 10;
      dip_since_ = now_;
      said = 0;
    } else if (step.a % 8 == 2 && !spiked_) {
      said = provider_.total * (2 + step.b % 90) + 1'000;
    }
    spiked_ = said > provider_.total;
    if (said != provider_.total && dip_ == 0) calm_total_ = 1;
    note_total(said);
    return said;
  }

  void note_total(std::int64_t said) {
    TotalBook& book = books_.total;
    const bool first = !book.last_right && !book.restarted;
    if (first) {  // the first answer of all is taken as it is
      book.must = said;
      book.first_was_wrong = said != provider_.total;
    }
    if (said != provider_.total) {
      ++tally_.wrong_answers;
      if (!first) return;
    }
    if (book.last_right) book.must += provider_.total - *book.last_right;
    book.last_right = provider_.total;
    book.restarted = false;
  }

  std::vector<Booking> answer_dashboard(const Step& step, bool behind) {
    DayBook& book = books_.dashboard;
    const Day last = day_of(now_);
    const Day first = last - window_ + days{1};
    Booking booking{.days_read = {{first, last, true}}};
    const bool begins = !book.from;
    if (behind) return {booking};
    const bool wrong = calm_dashboard_ == 0 && book.seen && step.a % 8 == 1;
    calm_dashboard_ = wrong ? 2 : std::max(0, calm_dashboard_ - 1);
    if (wrong) ++tally_.wrong_answers;
    const auto told = [&](const auto& each) {
      return each.first >= first && each.first <= last && each.second != 0;
    };
    // Another question that is answered by nothing says that there is nothing in any day so far.
    const bool any = std::ranges::any_of(provider_.dashboard, told);
    const bool history = begins || (!book.seen && any && !goes_on("dashboard"));
    if (history) book.from = today();
    for (const auto& [day, value] : provider_.dashboard) {
      if (!told(std::pair(day, value))) continue;
      // By the window; but what is held and never answered whole again cannot be told from what is wrong.
      const bool cut = day == first && step.a % 8 == 2 && !books_.dashboard_holds;
      const bool spike = day == last && wrong;
      const std::int64_t said = cut ? value / 2 : spike ? value * 1000 + 1'000'000 : value;
      booking.days.push_back({&families::cost_total, {"calls", "USD"}, day, to_double(said)});
      book.seen = true;
      if (spike || day < *book.from) continue;
      if (history) book.base += said;
      book.note(day, said, day == first);
    }
    book.settle();
    return {booking};
  }

  std::vector<Booking> answer_users(bool behind, std::vector<std::string>& refused) {
    std::vector<Booking> bookings(1);  // the list itself
    const bool same = goes_on("users");
    const Day last_good = same ? books_.good.at("users").day : Day{};
    Ledger::DayBudget budget;
    for (auto& [name, member] : provider_.members) {
      if (!member.listed) continue;
      MemberBook& book = books_.members[name];
      const bool is_new = !std::exchange(book.asked, true);
      if (member.refused) {
        refused.push_back(name);
        continue;
      }
      if (behind) {
        bookings.push_back({.member = name});
        continue;
      }
      const auto asked = ledger_->days_to_ask("users", name, day_of(now_), now_, budget);
      const bool born = same && is_new;
      const bool history = !book.from && !born;
      if (!book.from) book.from = born ? std::min(last_good, today()) : today();
      std::set<std::string> histories;
      for (const Day day : asked) {
        Booking booking{.member = name, .days_read = {{day, day}}};
        for (const auto& [user, by_day] : member.users) {
          const auto found = by_day.find(day);
          if (found == by_day.end() || found->second == 0) continue;
          booking.days.push_back(
              {&families::user_cost_total, {name, user, "voice", "USD"}, day, to_double(found->second)});
          DayBook& of_user = book.users[user];
          if (!of_user.from) {  // the series is seen for the first time
            if (history || !same) histories.insert(user);
            of_user.from = histories.contains(user) ? today() : *book.from;
          }
          if (day < *of_user.from) continue;
          if (histories.contains(user)) of_user.base += found->second;
          of_user.note(day, found->second, false);
        }
        bookings.push_back(std::move(booking));
      }
      for (auto& [user, of_user] : book.users) of_user.settle();
    }
    return bookings;
  }

  std::vector<Booking> answer_balance(const Step& step) {
    LevelBook& book = books_.balance;
    std::int64_t said = provider_.balance;
    if (calm_balance_ == 0 && book.last_right && step.a % 8 < 2) {
      ++tally_.wrong_answers;
      said = step.a % 8 == 0 ? 0 : provider_.balance * (10 + step.b % 100);
      calm_balance_ = 2;
    } else {
      calm_balance_ = std::max(0, calm_balance_ - 1);
      const std::int64_t move = provider_.balance - book.last_right.value_or(provider_.balance);
      (move < 0 ? book.spent : book.added) += std::abs(move);
      book.last_right = provider_.balance;
    }
    return {
        {.levels = {
             {&families::balance_spent_total, &families::balance_added_total, {"USD"}, to_double(said)}}}};
  }

  std::vector<Booking> answer_list(const Step& step) {
    SumBook& book = books_.sum;
    Booking booking;
    const bool same = goes_on("list");
    const bool begins = !book.begun;
    for (const auto& [name, member] : provider_.members) {
      const auto known = book.parts.find(name);
      const bool left_out = step.a % 8 == 1 && known != book.parts.end() && step.b % 3 == 0;
      if (!member.listed || left_out) continue;
      booking.parts.push_back(
          {&families::message_segments_total, {"sms", "outbound"}, name, to_double(member.total)});
      if (known != book.parts.end()) {
        book.must += member.total - known->second;
      } else if (begins || same) {
        book.must += member.total;
      }
      book.parts[name] = member.total;
      book.begun = true;
    }
    return {booking};
  }

  // --- what must hold

  std::optional<std::string> check(bool settled) {
    std::map<std::string, double> shown;
    ledger_->each_counter(ours() + 100h, [&](const Sample& sample) {
      shown[series_text(*sample.family, sample.labels)] = sample.value;
    });
    for (const auto& [series, value] : shown) {
      const auto before = shown_.find(series);
      if (before != shown_.end() && value < before->second) {
        return fmt::format("{} fell from {} to {}", series, before->second, value);
      }
      shown_[series] = value;
    }
    for (const auto& [series, value] : shown_) {
      if (!shown.contains(series)) return fmt::format("{} vanished", series);
    }
    return compare(shown, settled);
  }

  std::optional<std::string> compare(const std::map<std::string, double>& shown, bool settled) {
    std::optional<std::string> wrong;
    const auto one = [&](const std::string& series, std::int64_t must) {
      ++tally_.comparisons;
      const auto found = shown.find(series);
      const double value = found == shown.end() ? 0 : found->second;
      const bool fits = settled ? value == to_double(must) : value <= to_double(must);
      if (!fits && !wrong)
        wrong = fmt::format("{} is {}, must {} {}", series, value, settled ? "be" : "be at most", must);
    };
    if (!books_.total.first_was_wrong) one("cpaas_calls_total{direction=\"combined\"}", books_.total.must);
    one("cpaas_cost_total{category=\"calls\",currency=\"USD\"}", books_.dashboard.must);
    one("cpaas_balance_spent_total{currency=\"USD\"}", books_.balance.spent);
    one("cpaas_balance_added_total{currency=\"USD\"}", books_.balance.added);
    one("cpaas_message_segments_total{channel=\"sms\",direction=\"outbound\"}", books_.sum.must);
    for (auto& [name, member] : books_.members) {
      for (auto& [user, book] : member.users) {
        one(fmt::format("cpaas_user_cost_total{{category=\"voice\",currency=\"USD\",organization_id=\"{}\","
                        "user_id=\"{}\"}}",
                        name, user),
            book.must);
        const Provider::Member& at = provider_.members.at(name);
        if (settled && at.listed && book.from && !wrong)
          wrong = unread(name + " " + user, at.users.at(user), book);
      }
    }
    return wrong;
  }

  // Days of the last week that the provider counted otherwise than it last told, which nobody asked for
  // again.
  std::optional<std::string> unread(const std::string& name, const ByDay& counted,
                                    const DayBook& book) const {
    for (const auto& [day, value] : counted) {
      const auto known = book.known.find(day);
      const std::int64_t told = known == book.known.end() ? 0 : known->second;
      if (day < *book.from || day < settle_from_ || told == value) continue;
      return fmt::format("{}: {} is {}, {} was read", name, format_date(day), value, told);
    }
    return std::nullopt;
  }

  Tally& tally_;
  TimePoint now_{std::chrono::sys_days{std::chrono::year{2026} / 4 / 15} + 10h};
  std::chrono::minutes ours_{0};  // our clock less the provider's
  days window_{30};
  std::unique_ptr<MemoryStore> store_ = std::make_unique<MemoryStore>();
  std::unique_ptr<Ledger> ledger_;
  std::optional<Batch> under_way_;
  bool disk_full_ = false;
  bool slow_ = false;
  std::map<std::string, double> shown_;

  Day settle_from_{};

  Provider provider_;
  Books books_;
  Books handed_over_;  // as they were for the batch that is under way
  Books durable_;      // what the ledger can know after a restart
  bool spiked_ = false;
  std::uint32_t dip_ = 0;
  TimePoint dip_since_{};
  int calm_total_ = 2;
  int calm_dashboard_ = 2;
  int calm_balance_ = 2;
};

}  // namespace

std::vector<Step> steps_of(std::uint64_t seed, std::size_t count) {
  std::mt19937_64 random(seed);
  std::vector<Step> steps;
  steps.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    steps.push_back({static_cast<std::uint32_t>(random() >> 33U), static_cast<std::uint32_t>(random() >> 33U),
                     static_cast<std::uint32_t>(random() >> 33U)});
  }
  return steps;
}

std::optional<Failure> play(std::span<const Step> steps, Tally& tally) {
  World world(tally);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (auto wrong = world.play(steps[i])) return Failure{i, *wrong};
  }
  if (auto wrong = world.settle()) return Failure{steps.size(), *wrong};
  return std::nullopt;
}

// With another failure a shorter run would prove another thing.
std::vector<Step> shrink(std::vector<Step> steps) {
  Tally ignored;
  const auto subject = [&](std::span<const Step> given) {
    const auto failure = play(given, ignored);
    return failure ? failure->what.substr(0, failure->what.find(' ')) : std::string{};
  };
  const std::string wanted = subject(steps);
  for (std::size_t size = std::max<std::size_t>(steps.size() / 2, 1); size > 0; size /= 2) {
    for (std::size_t at = 0; at < steps.size();) {
      std::vector<Step> fewer(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(at));
      fewer.insert(fewer.end(),
                   steps.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, steps.size())),
                   steps.end());
      if (subject(fewer) == wanted) {
        steps = std::move(fewer);
      } else {
        at += size;
      }
    }
  }
  return steps;
}

std::string describe(const Step& step) {
  constexpr std::array names{
      "poll totals",      "poll totals",    "poll totals",    "poll totals",      "poll totals",
      "poll lagging",     "poll dashboard", "poll dashboard", "poll dashboard",   "poll dashboard",
      "poll users",       "poll users",     "poll users",     "poll users",       "poll balance",
      "poll balance",     "poll balance",   "poll balance",   "poll list",        "poll list",
      "use a little",     "use a little",   "use a little",   "use much",         "late records",
      "late records",     "restate",        "members change", "reset total",      "time passes",
      "our clock",        "restart",        "kill",           "disk full or not", "disk slow or not",
      "disk slow or not", "window",         "lose state",     "nothing",          "nothing"};
  return fmt::format("{} a={} b={} kind={}", names.at(step.kind % names.size()), step.a, step.b, step.kind);
}

}  // namespace cpaas::ledger::model
