// TingTing's documented v1 API: dashboard/, active-broker-phone/, phone-number/active/, campaign/. Every path
// ends in a slash; without it the framework redirects.
#include <fmt/format.h>

#include <cstdint>

#include "sandbox/answer.h"

namespace sandbox {

namespace {

constexpr std::string_view kRoot = "/api/v1/";

Json field_error(std::string_view field, std::string_view text) {
  return Json{{std::string{field}, Json::array({std::string{text}})}};
}

struct Window {
  Day from;
  Day to;
};

// `days` calendar days, of Nepal, that end today.
Window last_days(const World& world, std::int64_t days) {
  const Day today = day_of(world.minute() + kNepalAhead);
  return {today - std::chrono::days{days - 1}, today};
}

Json overtime(const Series& usage, Window window) {
  Json points = Json::array();
  for (const auto& [day, row] : usage.days()) {
    if (day < window.from || day > window.to) continue;
    points.push_back({{"date", date_text(day)}, {"credits", row[TingTing::kCredits]}});
  }
  return points;
}

// The inner shape of these objects is not documented; this is one that fits their names.
void fill_details(Json& body, const World& world, const Row& used, Window window) {
  Json by_status = Json::object();
  for (const auto& campaign : world.tingting().campaigns(world.minute())) {
    by_status[campaign.status] = by_status.value(campaign.status, 0) + 1;
  }
  const auto best = world.tingting().campaigns(world.minute()).back();
  body["campaigns"] = by_status;
  body["total_playback"] = {{"count", used[TingTing::kAnswered]}, {"seconds", used[TingTing::kSeconds]}};
  body["top_performing_campaign"] = {
      {"id", best.id}, {"name", best.name}, {"completion", best.progress_percent}};
  body["playback_distribution"] = {{"0-50", used[TingTing::kAnswered] / 4},
                                   {"50-100", used[TingTing::kAnswered] - used[TingTing::kAnswered] / 4}};
  body["campaign_type_ratio"] = {{"PHONE", 0.5}, {"SMS", 0.25}, {"SMS & PHONE", 0.25}};
  body["call_outcomes"] = {{"answered", used[TingTing::kAnswered]},
                           {"unanswered", used[TingTing::kUnanswered]}};
  body["credit_usage_overtime"] = overtime(world.tingting().usage(), window);
}

void stringify_integers(Json& body) {
  for (Json& value : body) {
    if (value.is_number_integer()) value = std::to_string(value.get<std::int64_t>());
  }
}

Json dashboard(const World& world, std::int64_t days) {
  const TingTing& account = world.tingting();
  const Window window = last_days(world, days);
  const Row used = account.usage().over(window.from, window.to);
  const std::int64_t calls = used[TingTing::kAnswered] + used[TingTing::kUnanswered];
  const bool windowed = world.variants().is("tingting.purchased", "window");
  Json body{{"total_credits_purchased",
             windowed ? account.purchased(window.from, window.to) : account.wallet().added},
            {"credits_used", used[TingTing::kCredits]},
            {"remaining_credits", account.wallet().balance()},
            {"campaigns", Json::object()},
            {"outbound_calls", calls},
            {"outbound_sms", used[TingTing::kSms]},
            {"total_call_duration", duration_text(used[TingTing::kSeconds])},
            {"total_owned_numbers", TingTing::owned_numbers().size()},
            {"total_playback", Json::object()},
            {"credit_spent", ratio(used[TingTing::kCredits], calls)},
            {"top_performing_campaign", Json::object()},
            {"playback_distribution", Json::object()},
            {"campaign_type_ratio", Json::object()},
            {"call_outcomes", Json::object()},
            {"credit_usage_overtime", Json::array()}};
  if (world.variants().is("tingting.details", "filled")) fill_details(body, world, used, window);
  if (world.variants().is("tingting.numbers", "string")) stringify_integers(body);
  return body;
}

Answer dashboard_answer(const World& world, const Ask& ask) {
  const std::string endpoint = "dashboard";
  const auto days = whole(ask.parameter("days").value_or("30"));
  if (!days) return {400, field_error("days", "A valid integer is required."), endpoint, {}};
  if (*days < 1 || *days > 3650)
    return {400, field_error("days", "Ensure this value is in range."), endpoint, {}};
  return {200, dashboard(world, *days), endpoint, {}};
}

Json numbers(const std::vector<TingTing::Number>& list) {
  Json body = Json::array();
  for (const auto& number : list) body.push_back({{"id", number.id}, {"phone_number", number.phone}});
  return body;
}

std::string nepal_time(Minute minute) {
  std::string text = iso_text(time_of(minute) + std::chrono::hours{5} + std::chrono::minutes{45});
  text.pop_back();
  return text + "+05:45";
}

Json campaign_json(const TingTing::Campaign& one) {
  const bool unscheduled = one.status == "Not Started";
  return {{"id", one.id},
          {"name", one.name},
          {"services", one.services},
          {"status", one.status},
          {"sms_message", "sample text"},
          {"message", "sample text"},
          {"description", "Test message"},
          {"schedule", unscheduled ? Json{} : Json(nepal_time(one.begins))},
          {"audio_file", nullptr},
          {"bulk_file", nullptr},
          {"category", ""},
          {"user_phone", Json::array({3})},
          {"progress_percent", one.progress_percent},
          {"updated_at", nepal_time(one.begins)},
          {"credit_limit", one.credit_limit},
          {"voice", 3},
          {"draft", unscheduled},
          {"failover_target", Json::array()},
          {"length_factor", "1.00"},
          {"main_audit", "4770"}};
}

std::string page_url(const Ask& ask, std::int64_t limit, std::int64_t offset) {
  std::string url = fmt::format("{}{}campaign/?limit={}&offset={}", ask.prefix, kRoot, limit, offset);
  const auto status = ask.parameter("status");
  if (!status) return url;
  url += "&status=";
  for (const char letter : *status) url += letter == ' ' ? '+' : letter;
  return url;
}

Answer campaigns_answer(const World& world, const Ask& ask) {
  const std::string endpoint = "campaign";
  const std::int64_t limit =
      std::clamp<std::int64_t>(whole(ask.parameter("limit").value_or("10")).value_or(10), 1, 100);
  const std::int64_t offset =
      std::max<std::int64_t>(whole(ask.parameter("offset").value_or("0")).value_or(0), 0);
  const auto status = ask.parameter("status");
  std::vector<TingTing::Campaign> all = world.tingting().campaigns(world.minute());
  if (status) std::erase_if(all, [&](const auto& one) { return one.status != *status; });
  const auto count = static_cast<std::int64_t>(all.size());
  Json results = Json::array();
  for (std::int64_t i = offset; i < std::min(count, offset + limit); ++i) {
    results.push_back(campaign_json(all[static_cast<std::size_t>(i)]));
  }
  const bool more = offset + limit < count;
  Json body{{"count", count},
            {"total_pages", (count + limit - 1) / limit},
            {"next", more ? Json(page_url(ask, limit, offset + limit)) : Json{}},
            {"previous",
             offset > 0 ? Json(page_url(ask, limit, std::max<std::int64_t>(offset - limit, 0))) : Json{}},
            {"results", std::move(results)}};
  return {200, std::move(body), endpoint, {}};
}

const World* authenticated(Worlds worlds, const Ask& ask) {
  for (const World* world : worlds) {
    if (world->credentials().tingting_token == bearer(ask)) return world;
  }
  return nullptr;
}

using Handler = Answer (*)(const World&, const Ask&);
struct Route {
  std::string_view path;
  std::string_view endpoint;
  Handler handler;
};
constexpr std::array<Route, 4> kRoutes{{
    {"dashboard/", "dashboard", dashboard_answer},
    {"active-broker-phone/", "active-broker-phone",
     [](const World&, const Ask&) {
       return Answer{200, numbers(TingTing::shared_numbers()), "active-broker-phone", {}};
     }},
    {"phone-number/active/", "phone-number-active",
     [](const World&, const Ask&) {
       return Answer{200, numbers(TingTing::owned_numbers()), "phone-number-active", {}};
     }},
    {"campaign/", "campaign", campaigns_answer},
}};

Answer routed(const Route& route, Worlds worlds, const Ask& ask) {
  const std::string endpoint{route.endpoint};
  const World* world = authenticated(worlds, ask);
  if (world == nullptr) {
    const bool missing = ask.header("authorization").empty();
    const char* text = missing ? "Authentication credentials were not provided." : "Invalid token.";
    return {401, Json{{"detail", text}}, endpoint, {}};
  }
  if (ask.method != "GET") return {405, tingting_error(405), endpoint, {}};
  return route.handler(*world, ask);
}

}  // namespace

Json tingting_error(int status) {
  switch (status) {
    case 401:
      return {{"detail", "Invalid token."}};
    case 404:
      return {{"detail", "Not found."}};
    case 405:
      return {{"detail", "Method not allowed."}};
    case 429:
      return {{"detail", "Request was throttled."}};
    default:
      return {{"message", fmt::format("Request failed ({}).", status)}};
  }
}

Answer tingting_answer(Worlds worlds, const Ask& ask) {
  const std::string_view path = ask.path;
  if (path.starts_with(kRoot)) {
    const std::string_view rest = path.substr(kRoot.size());
    for (const Route& route : kRoutes) {
      if (rest == route.path) return routed(route, worlds, ask);
      if (std::string{rest} + "/" == route.path) {
        return {301, Json{}, std::string{route.endpoint}, fmt::format("{}{}/", ask.prefix, path)};
      }
    }
  }
  return {404, tingting_error(404), "unknown", {}};
}

}  // namespace sandbox
