// The plugin boundary: what a provider's file in collectors/ declares and returns.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/calendar.h"
#include "exporter/core/http.h"
#include "exporter/core/json_object.h"
#include "exporter/core/metric.h"
#include "exporter/core/result.h"
#include "exporter/core/settings.h"

namespace cpaas {

struct Page;

// A successful (2xx) response, decoded.
struct Reply {
  const nlohmann::json& body;
  TimePoint now;                           // the provider's clock: its Date header where it sent one
  const HttpResponse* response = nullptr;  // as it came; null where only the document is at hand
};

// Documented JSON -> samples. Pure. An error fails the whole poll (its samples so far included); a field that
// is missing or mistyped is drift, not an error. Return an error only when nothing in the body can be trusted
// (reason schema, or what the body says).
using Parse = std::function<Result<Page>(const Reply&)>;

// One request, and how to read its response.
struct Call {
  HttpRequest request;  // timeout and max_body are filled in by the engine
  Parse parse;
  // Of an endpoint that asks for many things alike (organizations, say) the one that this asks for. Members
  // succeed and fail alone: what goes wrong with one costs nobody else, and a poll that takes too long leaves
  // the rest of them to the next.
  std::string member{};
};

// What one response gave. `next` holds further calls of the same poll: following pages, or a fan-out; their
// samples are added to this poll's, and any failure among them fails the poll as a whole, unless it is one
// member's own (Call::member). Calls of members come after all others, member by member; all members are
// named before the first of them is asked.
struct Page {
  std::vector<Sample> samples;
  std::vector<DayValue> days;
  std::vector<DaysRead> days_read;  // which days the response tells whole
  std::vector<Level> levels;
  std::vector<TotalPart> parts;
  std::string account_id;  // the provider's own id of the account, where the response names it
  std::vector<Call> next;
  bool starts_over = false;  // what earlier responses of the poll gave is void: their list changed meanwhile
  Drift drift;

  // Adds a sample, or nothing if there is no value. `labels` must match the family's.
  void add(const Family& family, std::optional<double> value, LabelValues labels = {});
  // The same for a family with a window in its name.
  void add(const Family& family, Window window, std::optional<double> value, LabelValues labels = {});
  // The same for a gauge that belongs to a period, and expires with it: at `end` by the provider's clock.
  void add_until(TimePoint end, const Family& family, std::optional<double> value, LabelValues labels = {});
  // For info families: value 1.
  void add_info(const Family& family, LabelValues labels);
};

// What a poll may go by when it asks.
struct PollStart {
  TimePoint now;  // the provider's clock, as far as it is known
  std::function<std::vector<Day>(std::string_view member)> days{};  // behind days_to_ask(); null: today alone

  // The days to ask a member for (see Call::member; "" is the endpoint as a whole) one by one: today first,
  // then yesterday, which may still be completed, days that are owed since they were missed, and closed days
  // that are due for a second reading, as far as the poll's budget reaches. Until the poll's last response is
  // read.
  std::vector<Day> days_to_ask(std::string_view member) const;

  // The lower, the longer the member was not asked for; behind in_turn(). Null: all are alike.
  std::function<std::uint64_t(std::string_view member)> turn{};

  // The members in the order in which the poll will ask for them. To be kept to where days_to_ask() is called
  // for each, since what it gives is bounded and should go to those that are asked.
  std::vector<std::string> in_turn(std::vector<std::string> members) const;
};

// How a poll of an endpoint begins: a function, and what it goes by. Does not own that: its collector does.
class Start {
 public:
  using Function = std::vector<Call> (*)(const Settings&, const PollStart&);
  using Method = std::vector<Call> (*)(const void* self, const Settings&, const PollStart&);

  template <std::convertible_to<Function> F>
  constexpr Start(F function) : function_(function) {}  // NOLINT(google-explicit-constructor)
  constexpr Start(const void* self, Method method) : self_(self), method_(method) {}

  // The first requests of a poll; none when the settings leave nothing to ask.
  std::vector<Call> operator()(const Settings& settings, const PollStart& at) const {
    return method_ != nullptr ? method_(self_, settings, at) : function_(settings, at);
  }

 private:
  Function function_ = nullptr;
  const void* self_ = nullptr;
  Method method_ = nullptr;
};

// One kind of poll, with its own interval; the name is the configuration's key and the `endpoint` label.
struct Endpoint {
  std::string_view name;
  std::string_view help;  // what it asks and what it gives, for the configuration reference
  std::chrono::seconds default_interval;
  bool default_enabled = true;
  std::string_view only_when_scope{};  // exists only in this `scope`; empty: always
  Start start;
  // Polling more often would cost money, or the provider refuses it.
  std::chrono::seconds minimum_interval{};
};

// An immutable value, one for each provider. What it points to lives as long as itself; its families live as
// long as the program.
struct Collector {
  std::string_view name;      // the `provider` label: the name of its file
  std::string_view title;     // as the provider writes itself
  std::string_view base_url;  // the default, without a trailing slash
  std::span<const Option> options;
  std::span<const Endpoint> endpoints;  // of two that give the same series, the one listed first wins
  std::span<const Source> sources;      // every family that it can write
  std::string_view timezone = "UTC";    // of its days and months, unless the account says otherwise
  unsigned requests_per_minute = 0;     // what the provider documents; 0: nothing
};

// A collector, kept as long as somebody has it. One that is built in lives as long as the program.
class CollectorRef {
 public:
  CollectorRef() = default;
  CollectorRef(std::nullptr_t) {}          // NOLINT(google-explicit-constructor)
  CollectorRef(const Collector* built_in)  // NOLINT(google-explicit-constructor)
      : collector_(std::shared_ptr<const Collector>(), built_in) {}
  explicit CollectorRef(std::shared_ptr<const Collector> owned) : collector_(std::move(owned)) {}

  const Collector* get() const { return collector_.get(); }
  const std::shared_ptr<const Collector>& shared() const { return collector_; }
  const Collector* operator->() const { return collector_.get(); }
  const Collector& operator*() const { return *collector_; }
  friend bool operator==(const CollectorRef& a, const CollectorRef& b) { return a.get() == b.get(); }

 private:
  std::shared_ptr<const Collector> collector_{};
};

// `base_url` + `path` with the query `parameters` encoded.
std::string make_url(const Settings& settings, std::string_view path,
                     std::initializer_list<std::pair<std::string_view, std::string_view>> parameters = {});

}  // namespace cpaas
