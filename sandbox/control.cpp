#include "sandbox/control.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sandbox {

namespace {

Answer refused(std::string text) {
  return {400, Json{{"error", std::move(text)}}, {}, {}};
}
Answer done() {
  return {200, Json{{"ok", true}}, {}, {}};
}
Answer done_unless(std::string problem) {
  return problem.empty() ? done() : refused(std::move(problem));
}

int account_of(const Ask& ask) {
  return static_cast<int>(whole(ask.parameter("account").value_or("1")).value_or(0));
}

Answer get_index(Sandbox& sandbox, const Ask& ask, const Json&) {
  return {200, addresses(sandbox, ask.prefix), {}, {}};
}

Answer get_truth(Sandbox& sandbox, const Ask& ask, const Json&) {
  Json body = sandbox.truth(account_of(ask));
  return body.empty() ? refused("unknown account") : Answer{200, std::move(body), {}, {}};
}

Answer get_clock(Sandbox& sandbox, const Ask&, const Json&) {
  return {200, Json{{"now", iso_text(sandbox.now())}, {"date", iso_text(sandbox.date())}}, {}, {}};
}

Answer set_clock(Sandbox& sandbox, const Json& body) {
  if (body.contains("date_skew_seconds")) {
    sandbox.set_date_skew(std::chrono::seconds{body.at("date_skew_seconds").get<std::int64_t>()});
    return done();
  }
  if (body.contains("advance_seconds")) {
    const auto step = body.at("advance_seconds").get<std::int64_t>();
    if (step < 0) return refused("time does not go back");
    sandbox.advance(std::chrono::seconds{step});
    return done();
  }
  const auto time = parse_time(body.at("now").get<std::string>());
  if (!time) return refused("now must be a date or a time in UTC");
  return sandbox.set_clock(*time) ? done() : refused("time does not go back");
}

Answer post_clock(Sandbox& sandbox, const Ask&, const Json& body) {
  return set_clock(sandbox, body);
}

Answer post_event(Sandbox& sandbox, const Ask&, const Json& body) {
  Event event;
  event.name = body.at("event").get<std::string>();
  event.provider = body.value("provider", event.provider);
  event.entity = body.value("entity", event.entity);
  event.amount = body.value("amount", event.amount);
  if (body.contains("leave")) event.leave = body.at("leave").get<double>();
  event.factor = body.value("factor", event.factor);
  event.ratio = body.value("ratio", event.ratio);
  event.minutes = body.value("minutes", event.minutes);
  event.days_ago = body.value("days_ago", event.days_ago);
  event.percent = body.value("percent", event.percent);
  return done_unless(sandbox.apply(event, body.value("account", 1)));
}

Answer get_variants(Sandbox& sandbox, const Ask& ask, const Json&) {
  return {200, sandbox.variants(account_of(ask)), {}, {}};
}

Answer post_variants(Sandbox& sandbox, const Ask&, const Json& body) {
  const int account = body.value("account", 1);
  for (const auto& [name, choice] : body.items()) {
    if (name == "account") continue;
    std::string problem = sandbox.set_variant(name, choice.get<std::string>(), account);
    if (!problem.empty()) return refused(name + ": " + problem);
  }
  return done();
}

Answer get_faults(Sandbox& sandbox, const Ask&, const Json&) {
  return {200, sandbox.faults(), {}, {}};
}

Answer post_fault(Sandbox& sandbox, const Ask&, const Json& body) {
  return done_unless(sandbox.add_fault(body));
}

Answer delete_faults(Sandbox& sandbox, const Ask& ask, const Json&) {
  const auto id = ask.parameter("id");
  if (id) {
    const bool removed = sandbox.remove_fault(static_cast<int>(whole(*id).value_or(0)));
    return removed ? done() : refused("unknown fault");
  }
  sandbox.clear_faults();
  return done();
}

using Handler = Answer (*)(Sandbox&, const Ask&, const Json& body);
struct Route {
  std::string_view method;
  std::string_view path;
  Handler handler;
};
constexpr std::array<Route, 10> kRoutes{{{"GET", "", get_index},
                                         {"GET", "/truth", get_truth},
                                         {"GET", "/clock", get_clock},
                                         {"POST", "/clock", post_clock},
                                         {"POST", "/events", post_event},
                                         {"GET", "/variants", get_variants},
                                         {"POST", "/variants", post_variants},
                                         {"GET", "/faults", get_faults},
                                         {"POST", "/faults", post_fault},
                                         {"DELETE", "/faults", delete_faults}}};

}  // namespace

Answer control_answer(Sandbox& sandbox, const Ask& ask, const std::string& body) {
  for (const Route& route : kRoutes) {
    if (route.method != ask.method || route.path != ask.path) continue;
    try {
      return route.handler(sandbox, ask, body.empty() ? Json::object() : Json::parse(body));
    } catch (const Json::exception& error) {
      return refused(error.what());
    }
  }
  return {404, Json{{"error", "no such path or method"}}, {}, {}};
}

Json addresses(const Sandbox& sandbox, const std::string& server_url) {
  if (sandbox.replays()) return {{"replay", {{"base_url", server_url}}}};
  const Credentials credentials{1};
  return {
      {"tingting",
       {{"base_url", server_url + "/tingting/api/v1"}, {"api_token", credentials.tingting_token}}},
      {"vobiz_partner",
       {{"base_url", server_url + "/vobiz"},
        {"auth_id", credentials.vobiz_partner_id},
        {"auth_token", credentials.vobiz_partner_token}}},
      {"vobiz_account",
       {{"base_url", server_url + "/vobiz"},
        {"auth_id", credentials.vobiz_account_id},
        {"auth_token", credentials.vobiz_account_token}}},
      {"teli", {{"base_url", server_url + "/teli"}, {"api_key", credentials.teli_key}}},
      {"agentphone", {{"base_url", server_url + "/agentphone"}, {"api_key", credentials.agentphone_key}}}};
}

}  // namespace sandbox
