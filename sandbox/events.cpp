#include <array>
#include <cmath>
#include <cstdint>
#include <functional>

#include "sandbox/world.h"

namespace sandbox {

// Applies one event to a world. Each handler gives an empty text, or why it cannot be applied.
class EventRunner {
 public:
  EventRunner(World& world, const Event& event) : world_(world), event_(event), now_(world.minute()) {}
  std::string run();

 private:
  std::string spike();
  std::string stop();
  std::string resume() { return drive(Drive{}); }
  std::string drive(Drive drive);
  std::string top_up();
  std::string debit();
  std::string webhook_failures();
  std::string restate();
  std::string hold(bool held);
  std::string set_active(bool active);
  std::string approve_kyc();
  std::string add_customer();
  std::string remove_customer();

  std::string drive_vobiz(Drive drive);
  std::string drive_teli(const std::function<void(TeliUser&)>& change);
  std::string each_number(const std::function<void(AgentNumber&)>& change);
  void later(std::string_view name, double ratio = 0);
  VobizAccount* money_holder();
  VobizAccount* customer();
  std::int64_t micro() const { return std::llround(event_.amount * 1e5) * 10; }
  bool is(std::string_view provider) const { return event_.provider == provider; }

  World& world_;
  const Event& event_;
  Minute now_;
};

namespace {
const std::string kUnknownEntity = "unknown entity";
const std::string kWrongProvider = "this event does not exist for this provider";
}  // namespace

std::string EventRunner::run() {
  using Handler = std::string (*)(EventRunner&);
  struct Entry {
    std::string_view name;
    Handler handler;
  };
  static constexpr std::array<Entry, 14> kHandlers{{
      {"top_up", [](EventRunner& r) { return r.top_up(); }},
      {"debit", [](EventRunner& r) { return r.debit(); }},
      {"spend_spike", [](EventRunner& r) { return r.spike(); }},
      {"stop_traffic", [](EventRunner& r) { return r.stop(); }},
      {"resume_traffic", [](EventRunner& r) { return r.resume(); }},
      {"webhook_failures", [](EventRunner& r) { return r.webhook_failures(); }},
      {"restate_day", [](EventRunner& r) { return r.restate(); }},
      {"hold_top_ups", [](EventRunner& r) { return r.hold(true); }},
      {"resume_top_ups", [](EventRunner& r) { return r.hold(false); }},
      {"suspend", [](EventRunner& r) { return r.set_active(false); }},
      {"activate", [](EventRunner& r) { return r.set_active(true); }},
      {"approve_kyc", [](EventRunner& r) { return r.approve_kyc(); }},
      {"add_customer", [](EventRunner& r) { return r.add_customer(); }},
      {"remove_customer", [](EventRunner& r) { return r.remove_customer(); }},
  }};
  for (const Entry& entry : kHandlers) {
    if (entry.name == event_.name) return entry.handler(*this);
  }
  return "unknown event";
}

// Undoes this event when its minutes are over.
void EventRunner::later(std::string_view name, double ratio) {
  if (event_.minutes <= 0) return;
  Event end{.name = std::string{name}, .provider = event_.provider, .entity = event_.entity, .ratio = ratio};
  end.minutes = 0;
  world_.schedule(now_ + event_.minutes, std::move(end));
}

std::string EventRunner::spike() {
  if (event_.factor < 0 || event_.factor > 10000) return "factor must be between 0 and 10000";
  std::string problem = drive({event_.factor, true});
  if (problem.empty()) later("resume_traffic");
  return problem;
}

std::string EventRunner::stop() {
  std::string problem = drive({0, false});
  if (problem.empty()) later("resume_traffic");
  return problem;
}

std::string EventRunner::drive(Drive drive) {
  if (is("tingting")) {
    world_.tingting_.set_drive(now_, drive);
    return {};
  }
  if (is("vobiz")) return drive_vobiz(drive);
  if (is("teli")) return drive_teli([&](TeliUser& user) { user.set_drive(now_, drive); });
  if (is("agentphone")) return each_number([&](AgentNumber& number) { number.set_drive(now_, drive); });
  return "unknown provider";
}

std::string EventRunner::drive_vobiz(Drive drive) {
  if (!event_.entity.empty()) {
    VobizAccount* account = world_.vobiz_.find(event_.entity);
    if (account == nullptr) return kUnknownEntity;
    account->set_drive(now_, drive);
    return {};
  }
  for (VobizAccount& customer : world_.vobiz_.customers) customer.set_drive(now_, drive);
  world_.vobiz_.account.set_drive(now_, drive);
  return {};
}

std::string EventRunner::drive_teli(const std::function<void(TeliUser&)>& change) {
  bool found = event_.entity.empty();
  for (TeliOrganization& organization : world_.teli_.organizations) {
    for (TeliUser& user : organization.users) {
      const bool meant = organization.unique_id == event_.entity || user.unique_id == event_.entity;
      if (meant || event_.entity.empty()) change(user);
      found = found || meant;
    }
  }
  return found ? std::string{} : kUnknownEntity;
}

std::string EventRunner::each_number(const std::function<void(AgentNumber&)>& change) {
  bool found = event_.entity.empty();
  for (AgentNumber& number : world_.agentphone_.numbers) {
    if (!event_.entity.empty() && number.number_id != event_.entity) continue;
    change(number);
    found = true;
  }
  return found ? std::string{} : kUnknownEntity;
}

VobizAccount* EventRunner::money_holder() {
  return event_.entity.empty() ? &world_.vobiz_.account : world_.vobiz_.find(event_.entity);
}

VobizAccount* EventRunner::customer() {
  return event_.entity.empty() && !world_.vobiz_.customers.empty() ? &world_.vobiz_.customers.front()
                                                                   : world_.vobiz_.find(event_.entity);
}

std::string EventRunner::top_up() {
  if (event_.amount <= 0 || event_.amount > 1e12) return "amount must be above 0";
  if (is("tingting")) {
    world_.tingting_.top_up(now_, std::llround(event_.amount));
    return {};
  }
  if (!is("vobiz")) return kWrongProvider;
  if (event_.entity == "partner") {
    world_.vobiz_.top_up(micro());
    return {};
  }
  VobizAccount* account = money_holder();
  if (account == nullptr) return kUnknownEntity;
  account->add_funds(now_, micro());
  // A customer's money comes out of the partner's wallet.
  if (account != &world_.vobiz_.account) world_.vobiz_.wallet.spent += micro();
  return {};
}

std::string EventRunner::debit() {
  if (event_.amount < 0 || event_.amount > 1e12) return "amount must be 0 or more";
  const auto wanted = [&](std::int64_t balance, std::int64_t unit) {
    if (!event_.leave) return std::llround(event_.amount * static_cast<double>(unit));
    const auto left = std::llround(*event_.leave * static_cast<double>(unit));
    return balance > left ? balance - left : 0LL;
  };
  if (is("tingting")) {
    world_.tingting_.debit(wanted(world_.tingting_.wallet().balance(), 1));
    return {};
  }
  if (!is("vobiz")) return kWrongProvider;
  if (event_.entity == "partner") {
    world_.vobiz_.wallet.spent += wanted(world_.vobiz_.wallet.balance(), kMicro);
    return {};
  }
  VobizAccount* account = money_holder();
  if (account == nullptr) return kUnknownEntity;
  account->debit(now_, wanted(account->wallet().balance(), kMicro));
  return {};
}

std::string EventRunner::webhook_failures() {
  if (!is("agentphone")) return kWrongProvider;
  if (event_.ratio < 0 || event_.ratio > 1) return "ratio must be between 0 and 1";
  std::string problem =
      each_number([&](AgentNumber& number) { number.set_failure_ratio(now_, event_.ratio); });
  if (problem.empty()) later("webhook_failures", 0.01);
  return problem;
}

std::string EventRunner::restate() {
  if (event_.days_ago < 1 || event_.days_ago > 400) return "days_ago must be between 1 and 400";
  if (event_.percent < 0 || event_.percent > 1000) return "percent must be between 0 and 1000";
  const Day day = day_of(now_) - std::chrono::days{event_.days_ago};
  const std::int64_t percent = event_.percent;
  if (is("tingting")) {
    world_.tingting_.restate(day, percent, 100);
    return {};
  }
  if (is("teli")) return drive_teli([&](TeliUser& user) { user.restate(day, percent, 100); });
  if (is("agentphone")) return each_number([&](AgentNumber& number) { number.restate(day, percent, 100); });
  if (!is("vobiz")) return "unknown provider";
  if (!event_.entity.empty()) {
    VobizAccount* account = world_.vobiz_.find(event_.entity);
    if (account == nullptr) return kUnknownEntity;
    account->restate(now_, day, percent, 100);
    return {};
  }
  for (VobizAccount& account : world_.vobiz_.customers) account.restate(now_, day, percent, 100);
  return {};
}

std::string EventRunner::hold(bool held) {
  if (is("tingting")) {
    world_.tingting_.set_auto_top_up(!held);
    return {};
  }
  if (!is("vobiz")) return kWrongProvider;
  VobizAccount* account = money_holder();
  if (account == nullptr) return kUnknownEntity;
  account->recharges = !held;
  return {};
}

std::string EventRunner::set_active(bool active) {
  if (is("vobiz")) {
    VobizAccount* account = customer();
    if (account == nullptr) return kUnknownEntity;
    account->set_active(now_, active);
    return {};
  }
  if (!is("teli")) return kWrongProvider;
  const std::string status = active ? "active" : "suspended";
  if (TeliOrganization* organization = world_.teli_.organization(event_.entity)) {
    organization->status = status;
    return {};
  }
  TeliUser* user = world_.teli_.user(event_.entity);
  if (user == nullptr) return kUnknownEntity;
  user->set_status(now_, status);
  return {};
}

std::string EventRunner::approve_kyc() {
  if (!is("vobiz")) return kWrongProvider;
  VobizAccount* account = customer();
  if (account == nullptr) return kUnknownEntity;
  account->kyc = VobizAccount::Kyc::completed;
  account->updated = now_;
  return {};
}

std::string EventRunner::add_customer() {
  if (!is("vobiz")) return kWrongProvider;
  world_.vobiz_.add_customer(now_);
  return {};
}

std::string EventRunner::remove_customer() {
  if (!is("vobiz")) return kWrongProvider;
  return world_.vobiz_.remove_customer(event_.entity) ? std::string{} : kUnknownEntity;
}

std::string World::apply(const Event& event) {
  return EventRunner{*this, event}.run();
}

}  // namespace sandbox
