// A pure simulation of one customer account at each of the four providers. Its life is a function of the
// options, of the applied events and of the sandbox time they were applied at; how often and in which steps
// it is advanced does not matter. Usage appears at the end of the minute it happens in. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "sandbox/agentphone.h"
#include "sandbox/credentials.h"
#include "sandbox/event.h"
#include "sandbox/teli.h"
#include "sandbox/time.h"
#include "sandbox/tingting.h"
#include "sandbox/variants.h"
#include "sandbox/vobiz.h"

namespace sandbox {

enum class Story { none, demo };

struct WorldOptions {
  std::uint64_t seed = 1;
  TimePoint start{};      // what the clock shows at first
  int number = 1;         // 1 and up: decides the credentials and which of the seed's accounts this is
  int customers = 40;     // of the Vobiz partner
  int history_days = 40;  // simulated before `start`, so that windows are full
  Story story = Story::none;
};

class World {
 public:
  explicit World(const WorldOptions& options);

  // Lives on until `time`; a time that is past already changes nothing.
  void advance_to(TimePoint time);
  // Applies an event at the present minute. Gives an empty text, or says why it cannot be applied (nothing
  // changed).
  std::string apply(const Event& event);
  // Applies an event when the world reaches `minute`.
  void schedule(Minute minute, Event event);

  TimePoint now() const { return now_; }
  Minute minute() const { return minute_; }
  const Credentials& credentials() const { return credentials_; }
  Variants& variants() { return variants_; }
  const Variants& variants() const { return variants_; }
  const TingTing& tingting() const { return tingting_; }
  const Vobiz& vobiz() const { return vobiz_; }
  const Teli& teli() const { return teli_; }
  const AgentPhone& agentphone() const { return agentphone_; }

 private:
  friend class EventRunner;
  World(const WorldOptions& options, std::uint64_t seed, Day begin);
  void begin_hour();
  void fire_due();
  void run(int minutes);
  // Schedules a day of the demo: what a viewer should see happen, in the first hours from `from`.
  void tell_story(Minute from);

  TimePoint now_;
  Minute minute_;
  Credentials credentials_;
  Variants variants_;
  TingTing tingting_;
  Vobiz vobiz_;
  Teli teli_;
  AgentPhone agentphone_;
  std::multimap<Minute, Event> schedule_;
};

}  // namespace sandbox
