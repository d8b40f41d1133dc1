#include "sandbox/sandbox.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "sandbox/truth.h"

namespace sandbox {

namespace {

struct Provider {
  std::string_view name;
  Answer (*answer)(Worlds, const Ask&);
  Json (*error)(int status);
};
constexpr std::string_view kReplay = "replay";
constexpr std::array<Provider, 4> kProviders{{{"tingting", tingting_answer, tingting_error},
                                              {"vobiz", vobiz_answer, vobiz_error},
                                              {"teli", teli_answer, teli_error},
                                              {"agentphone", agentphone_answer, agentphone_error}}};

const Provider& provider_of(std::string_view name) {
  return *std::ranges::find(kProviders, name, &Provider::name);
}

Json error_of(std::string_view provider, int status) {
  return provider == kReplay ? replay_error(status) : provider_of(provider).error(status);
}

// A redirect has no body, everything else has JSON.
Response response_of(const Answer& answer) {
  Response response;
  response.status = answer.status;
  response.headers = answer.headers;
  if (answer.location.empty()) {
    response.body = answer.text ? *answer.text : answer.body.dump();
  } else {
    response.headers.emplace_back("Location", answer.location);
  }
  response.close = answer.status == 401;  // the web server closes then in any case
  return response;
}

}  // namespace

Sandbox::Sandbox(const SandboxOptions& options)
    : recording_(options.replay), clock_(options.start, options.speed), faults_(options.seed) {
  const int accounts = replays() ? 0 : options.accounts;
  for (int number = 1; number <= accounts; ++number) {
    worlds_.push_back(std::make_unique<World>(WorldOptions{.seed = options.seed,
                                                           .start = options.start,
                                                           .number = number,
                                                           .customers = options.customers,
                                                           .history_days = options.history_days,
                                                           .story = options.story}));
    views_.push_back(worlds_.back().get());
  }
}

bool Sandbox::is_provider(std::string_view name) {
  return std::ranges::find(kProviders, name, &Provider::name) != kProviders.end();
}

Answer Sandbox::right_answer(const std::string& provider, const Ask& ask) {
  return provider == kReplay ? replayed_answer(*recording_, ask) : provider_of(provider).answer(views_, ask);
}

Response Sandbox::provider_response(const std::string& provider, const Ask& ask) {
  Answer right;
  std::vector<Fault> hits;
  TimePoint now;
  {
    const std::scoped_lock lock{mutex_};
    advance_worlds();
    now = clock_.now();
    right = right_answer(provider, ask);
    hits = faults_.take(provider, right.endpoint, ask.path);
    for (const Fault& fault : hits) {
      if (right.status != 200) continue;
      Json told = faults_.told(fault, right.body, ask);
      if (told != right.body) right.text.reset();
      right.body = std::move(told);
    }
  }
  Response response = response_of(right);
  for (const Fault& fault : hits) spoil(response, fault, right.body, error_of(provider, fault.status), now);
  const std::scoped_lock lock{mutex_};
  ++total_;
  ++requests_[provider][right.endpoint][response.hang_up ? "closed" : std::to_string(response.status)];
  return response;
}

TimePoint Sandbox::date() const {
  const std::scoped_lock lock{mutex_};
  return clock_.now() + skew_;
}

void Sandbox::set_date_skew(std::chrono::seconds skew) {
  const std::scoped_lock lock{mutex_};
  skew_ = skew;
}

std::string Sandbox::apply(const Event& event, int account) {
  const std::scoped_lock lock{mutex_};
  World* one = world(account);
  if (one == nullptr) return "unknown account";
  advance_worlds();
  return one->apply(event);
}

std::string Sandbox::set_variant(std::string_view name, std::string_view choice, int account) {
  const std::scoped_lock lock{mutex_};
  World* one = world(account);
  if (one == nullptr) return "unknown account";
  return one->variants().set(name, choice) ? std::string{} : "unknown variant or choice";
}

std::string Sandbox::add_fault(const Json& body) {
  ParsedFault parsed = parse_fault(body);
  if (!parsed.problem.empty()) return parsed.problem;
  const std::scoped_lock lock{mutex_};
  faults_.add(std::move(parsed.fault));
  return {};
}

void Sandbox::clear_faults() {
  const std::scoped_lock lock{mutex_};
  faults_.clear();
}

bool Sandbox::remove_fault(int id) {
  const std::scoped_lock lock{mutex_};
  return faults_.remove(id);
}

Json Sandbox::faults() const {
  const std::scoped_lock lock{mutex_};
  Json list = Json::array();
  for (const Fault& fault : faults_.all()) list.push_back(fault_json(fault));
  return {{"faults", std::move(list)}};
}

Json Sandbox::variants(int account) const {
  const std::scoped_lock lock{mutex_};
  const auto index = static_cast<std::size_t>(account - 1);
  return index < views_.size() ? Json(views_[index]->variants().all()) : Json::object();
}

Json Sandbox::truth(int account) {
  const std::scoped_lock lock{mutex_};
  World* one = world(account);
  if (one == nullptr && !replays()) return Json::object();
  advance_worlds();
  Json body = one == nullptr ? Json::object() : sandbox::truth(*one);
  body["requests"] = requests_;
  body["requests_total"] = total_;
  return body;
}

std::int64_t Sandbox::requests() const {
  const std::scoped_lock lock{mutex_};
  return total_;
}

World* Sandbox::world(int account) {
  const auto index = static_cast<std::size_t>(account - 1);
  return index < worlds_.size() ? worlds_[index].get() : nullptr;
}

void Sandbox::advance_worlds() {
  const TimePoint now = clock_.now();
  for (const auto& one : worlds_) one->advance_to(now);
}

}  // namespace sandbox
