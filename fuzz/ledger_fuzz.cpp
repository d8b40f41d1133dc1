// The ledger against a plain model: random days, corrections, totals, levels, failing saves and restarts.
// Each counter must be what the model says, and never fall.
#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>

#include "exporter/core/families.h"
#include "exporter/engine/ledger.h"
#include "exporter/engine/memory_ledger_store.h"
#include "fuzz/input.h"

namespace {

using namespace cpaas;
using namespace cpaas::engine;
using std::chrono::days;

constexpr Day middle = std::chrono::sys_days{std::chrono::year{2026} / 6 / 15};
constexpr days kept{400};

// A disk that is full at times.
class Store : public MemoryLedgerStore {
 public:
  Result<void> save(const std::string& account, const Records& changed) override {
    if (full) return fail(Reason::internal, "full");
    return MemoryLedgerStore::save(account, changed);
  }
  bool full = false;
};

// What each day was last said to be. A day that is 400 days older than the newest, by our clock too, is
// closed: its value stays. Once something was closed, a day before all open ones is taken as closed as well.
class DaysModel {
 public:
  void apply(const std::map<Day, std::int64_t>& page, Day today) {
    for (const auto& [day, value] : page) {
      if (!is_closed(day)) open_[day] = value;
    }
    counter = std::max(counter, sum());
    while (!open_.empty() && open_.begin()->first < std::min(today, newest()) - kept) {
      closed_.push_back(open_.begin()->second);
      open_.erase(open_.begin());
    }
  }
  std::int64_t counter = 0;

 private:
  Day newest() const { return open_.rbegin()->first; }
  bool is_closed(Day day) const {
    const bool any = std::ranges::any_of(closed_, [](std::int64_t value) { return value != 0; });
    return any && day < open_.begin()->first && day < newest() - kept;
  }
  std::int64_t sum() const {
    std::int64_t sum = std::accumulate(closed_.begin(), closed_.end(), std::int64_t{0});
    for (const auto& [day, value] : open_) sum += value;
    return sum;
  }
  std::map<Day, std::int64_t> open_;
  std::vector<std::int64_t> closed_;
};

// Growth counts, but not what is regained in one step after falls.
struct TotalModel {
  void apply(std::int64_t total) {
    if (total < last) {
      fallen_from = std::max(fallen_from, last);
    } else if (total > last) {
      counter += total - (total >= fallen_from ? std::max(fallen_from, last) : last);
      fallen_from = 0;
    }
    last = total;
  }
  std::int64_t last = 0;
  std::int64_t counter = 0;
  std::int64_t fallen_from = 0;
};

struct LevelModel {
  void apply(std::int64_t level) {
    if (known && level < last) spent += last - level;
    if (known && level > last) added += level - last;
    known = true;
    last = level;
  }
  bool known = false;
  std::int64_t last = 0;
  std::int64_t spent = 0;
  std::int64_t added = 0;
};

struct Model {
  DaysModel of_days;
  TotalModel of_total;
  LevelModel of_level;
};

// One response: what it says, for the ledger and for the model.
struct Response {
  std::map<Day, std::int64_t> days;
  std::optional<std::int64_t> total;
  std::optional<std::int64_t> level;

  Page page() const {
    Page page;
    for (const auto& [day, value] : days) {
      page.days.push_back({&families::cost_total, {"calls", "USD"}, day, static_cast<double>(value)});
    }
    if (total) page.add(families::calls_total, static_cast<double>(*total), {"combined"});
    if (level) {
      page.levels.push_back({&families::balance_spent_total,
                             &families::balance_added_total,
                             {"USD"},
                             static_cast<double>(*level)});
    }
    return page;
  }
};

Response read_response(fuzz::Input& input, Day today) {
  Response response;
  const std::size_t parts = input.byte();
  for (std::size_t i = parts % 4; i > 0; --i) {
    const auto back = static_cast<int>(input.byte()) * (parts % 16 < 8 ? 1 : 3) - 2;
    response.days[today - days{back}] = input.byte();
  }
  if ((parts & 16U) != 0) response.total = input.byte();
  if ((parts & 32U) != 0) response.level = static_cast<std::int64_t>(input.byte()) - 50;
  return response;
}

double shown(const Ledger::Applied& applied, const Family& family) {
  for (const Sample& sample : applied.counters) {
    if (sample.family == &family) return sample.value;
  }
  return -1;
}

void compare(const Ledger::Applied& applied, const Response& response, const Model& model) {
  const auto equal = [&](const Family& family, std::int64_t expected) {
    fuzz::require(shown(applied, family) == static_cast<double>(expected), family.name);
  };
  if (!response.days.empty()) equal(families::cost_total, model.of_days.counter);
  if (response.total) equal(families::calls_total, model.of_total.counter);
  if (response.level) equal(families::balance_spent_total, model.of_level.spent);
  if (response.level) equal(families::balance_added_total, model.of_level.added);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  Store store;
  auto ledger = std::make_unique<Ledger>("main");
  Model model;
  Day today = middle;
  while (!input.empty()) {
    const std::size_t action = input.below(8);
    if (action == 0) ledger = std::make_unique<Ledger>("main");  // a restart
    if (action == 1) today += days{input.byte()};
    if (action == 2) today -= days{input.byte()};  // our clock was wrong
    store.full = action == 3;
    const Response response = read_response(input, middle + days{input.byte()});
    Page page = response.page();
    const auto applied = ledger->apply(store, "usage", page, today);
    fuzz::require(applied.has_value() || store.full, "only a full disk fails");
    if (!applied) continue;
    if (!response.days.empty()) model.of_days.apply(response.days, today);
    if (response.total) model.of_total.apply(*response.total);
    if (response.level) model.of_level.apply(*response.level);
    compare(*applied, response, model);
  }
  return 0;
}
