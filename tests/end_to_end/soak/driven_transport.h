// Time that passes only while the engine waits, and a transport that asks a sandbox without sockets: a month
// takes a minute.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "exporter/core/http.h"
#include "sandbox/sandbox.h"

namespace cpaas::end_to_end {

class DrivenClock : public Clock {
 public:
  explicit DrivenClock(TimePoint start) : wall_(start) {}
  TimePoint now() const override { return wall_; }
  SteadyPoint steady() const override { return steady_; }
  void advance(Duration time) {
    wall_ += time;
    steady_ += time;
  }

 private:
  TimePoint wall_;
  SteadyPoint steady_{Duration{1'000'000}};
};

// Providers at http://ANY/NAME/.... What a fault does to a transfer is done here as libcurl would tell it.
// The sandbox's clock follows the driven one, to the second, unless it is held.
class DrivenTransport : public Transport {
 public:
  DrivenTransport(DrivenClock& clock, sandbox::Sandbox& sandbox) : clock_(clock), sandbox_(sandbox) {}

  // Calls `event` from wait() when the clock gets there.
  void after(Duration time, std::function<void()> event);
  void hold_sandbox(bool held) { held_ = held; }
  std::uint64_t requests() const { return requests_; }

  void start(Id id, HttpRequest request) override;
  void cancel(Id id) override;
  std::vector<Completion> wait(Duration at_most) override;
  void wake() override { woken_ = true; }

 private:
  struct Running {
    SteadyPoint until;
    Result<HttpResponse> result;
  };
  void run_events();
  std::vector<Completion> take_completed();

  DrivenClock& clock_;
  sandbox::Sandbox& sandbox_;
  std::map<Id, Running> running_;
  std::multimap<SteadyPoint, std::function<void()>> events_;
  std::uint64_t requests_ = 0;
  bool held_ = false;
  bool woken_ = false;
};

}  // namespace cpaas::end_to_end
