// A world of the tests' own: time passes only while the engine waits, providers are functions, and a
// collector does as its responses say.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/core/account.h"
#include "exporter/core/http.h"
#include "exporter/core/log.h"

namespace cpaas::engine {

// Begins at 2026-04-15T10:00:00Z.
class FakeClock : public Clock {
 public:
  TimePoint now() const override { return wall_; }
  SteadyPoint steady() const override { return steady_; }

  void advance(Duration time) {
    wall_ += time;
    steady_ += time;
  }
  // Sets the wall clock, as an operator does.
  void jump(Duration by) { wall_ += by; }

 private:
  TimePoint wall_{std::chrono::sys_days{std::chrono::year{2026} / 4 / 15} + std::chrono::hours{10}};
  SteadyPoint steady_{Duration{1'000'000}};
};

// What a provider answers, and after how long.
struct Answer {
  Result<HttpResponse> result = HttpResponse{};
  Duration latency{100};
};
Answer answer(std::string body, int status = 200,
              std::map<std::string, std::string, std::less<>> headers = {});
Answer no_answer();  // the request's timeout ends it

// Completes requests in fake time. One thread, but for wake().
class FakeTransport : public Transport {
 public:
  using Provider = std::function<Answer(const HttpRequest&)>;
  FakeTransport(FakeClock& clock, Provider provider) : clock_(clock), provider_(std::move(provider)) {}

  struct Request {
    std::string url;
    SteadyPoint at;
  };
  const std::vector<Request>& requests() const { return requests_; }
  std::vector<SteadyPoint> requests_to(std::string_view url) const;
  std::size_t in_flight() const { return running_.size(); }
  std::size_t overlaps() const { return overlaps_; }  // requests for a URL that was still being answered
  std::size_t waits() const { return waits_; }
  std::size_t cancelled() const { return cancelled_; }

  // Calls `event` from wait() when the clock gets there.
  void after(Duration time, std::function<void()> event);

  void start(Id id, HttpRequest request) override;
  void cancel(Id id) override;
  std::vector<Completion> wait(Duration at_most) override;
  void wake() override { woken_ = true; }

 private:
  struct Running {
    std::string url;
    SteadyPoint until;
    Result<HttpResponse> result;
  };
  std::vector<Completion> take_completed();

  FakeClock& clock_;
  Provider provider_;
  std::map<Id, Running> running_;
  std::multimap<SteadyPoint, std::function<void()>> events_;
  std::vector<Request> requests_;
  std::multiset<std::string> open_urls_;
  std::size_t overlaps_ = 0;
  std::size_t waits_ = 0;
  std::size_t cancelled_ = 0;
  bool woken_ = false;
};

// The provider "acme", with endpoints "balance", "usage" and "daily": each begins with a GET of
// base_url/ENDPOINT ("daily": with the provider's time, and the days that the ledger wants), and reads
// responses that body_of() writes; a path that ends in "?member=NAME" asks for a member. With the text option
// "start" set to "throw" a poll throws before its first request; with "nothing" it has no request.
const Collector& acme();

// What a response has the collector do.
struct Script {
  std::vector<Sample> samples{};
  std::vector<std::string> next{};         // paths of further calls
  std::optional<std::string> error{};      // fails with reason schema and this message
  std::optional<std::string> exception{};  // throws a std::runtime_error
  std::vector<std::string> missing{};      // reported as drift
  bool starts_over = false;                // what came before is void
  std::vector<std::string> days{};         // each with one call, and read whole, as "2026-04-15"
};
std::string body_of(const Script& script);

// An account of acme; its base_url is "http://NAME".
Account account_of(
    std::string name,
    std::initializer_list<std::pair<std::string_view, std::chrono::seconds>> endpoints_and_intervals);

// Log lines, as "warn poll failed account=main ...".
class FakeLog {
 public:
  Log log();
  const std::vector<std::string>& lines() const { return *lines_; }  // but those below
  const std::vector<std::string>& debug_lines() const { return *debug_lines_; }

 private:
  std::shared_ptr<std::vector<std::string>> debug_lines_ = std::make_shared<std::vector<std::string>>();
  std::shared_ptr<std::vector<std::string>> lines_ = std::make_shared<std::vector<std::string>>();
};

// The value of the series in a page of text, or nothing. `series` is written as in the page:
// `cpaas_up{provider="acme",account="main",endpoint="usage"}`.
std::optional<double> value_of(std::string_view page, std::string_view series);

}  // namespace cpaas::engine
