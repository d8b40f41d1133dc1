// AgentPhone's documented v1 API: usage and its siblings, calls, and the all-time webhook deliveries. Days,
// months and calendar periods are UTC; the rolling windows cover the running hour and the given number of
// whole hours before.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>

#include "sandbox/answer.h"

namespace sandbox {

namespace {

Json error_body(std::string_view message, std::string_view code, std::string_view type) {
  return {{"error",
           {{"message", std::string{message}}, {"code", std::string{code}}, {"type", std::string{type}}}}};
}

Answer invalid(const std::string& parameter, std::string_view text, std::string_view type,
               std::string_view endpoint) {
  Json detail{
      {"loc", Json::array({"query", parameter})}, {"msg", std::string{text}}, {"type", std::string{type}}};
  return {422, Json{{"detail", Json::array({std::move(detail)})}}, std::string{endpoint}, {}};
}

Json plan_json(std::string_view shape) {
  if (shape == "payg") return {{"name", "payg"}};
  if (shape == "older") return {{"name", "starter"}, {"numberLimit", AgentPhone::kNumberLimit}};
  return {{"name", "growth"},
          {"limits",
           {{"numbers", AgentPhone::kNumberLimit},
            {"messagesPerMonth", AgentPhone::kMessagesPerMonth},
            {"voiceMinutesPerMonth", AgentPhone::kVoiceMinutesPerMonth},
            {"maxCallDurationMinutes", AgentPhone::kMaxCallMinutes},
            {"concurrentCalls", AgentPhone::kConcurrentCalls}}}};
}

Json numbers_json(const World& world, std::string_view shape) {
  const auto used = static_cast<int>(world.agentphone().numbers.size());
  Json numbers{{"used", used}, {"limit", AgentPhone::kNumberLimit}};
  if (shape != "early" && shape != "older") numbers["remaining"] = AgentPhone::kNumberLimit - used;
  return numbers;
}

Json stats_json(const World& world, std::string_view shape) {
  const AgentPhone& account = world.agentphone();
  const Row month = account.last_hours(world.minute(), 30 * 24);
  if (shape == "older") {
    return {{"messagesLast30d", message_count(month)},
            {"callsLast30d", call_count(month)},
            {"minutesLast30d", minutes_number(month[AgentNumber::kSeconds])}};
  }
  const Row total = account.total();
  const Row day = account.last_hours(world.minute(), 24);
  const Row week = account.last_hours(world.minute(), 7 * 24);
  Json stats{{"totalMessages", message_count(total)},
             {"messagesLast24h", message_count(day)},
             {"messagesLast7d", message_count(week)},
             {"messagesLast30d", message_count(month)}};
  if (shape == "newest") stats["smsSegmentsLast30d"] = month[AgentNumber::kSegments];
  stats["totalCalls"] = call_count(total);
  stats["callsLast24h"] = call_count(day);
  stats["callsLast7d"] = call_count(week);
  stats["callsLast30d"] = call_count(month);
  stats["totalWebhookDeliveries"] = webhook_count(total);
  stats["successfulWebhookDeliveries"] = total[AgentNumber::kHooksOk];
  stats["failedWebhookDeliveries"] = total[AgentNumber::kHooksFailed];
  return stats;
}

Answer usage(const World& world, const Ask&) {
  std::string_view shape = world.variants().chosen("agentphone.usage");
  const bool reported = shape == "reported";  // the newest, with the time of the report
  if (reported) shape = "newest";
  Json body = Json::object();
  if (shape != "newest") body["plan"] = plan_json(shape);
  body["numbers"] = numbers_json(world, shape);
  body["stats"] = stats_json(world, shape);
  if (reported) body["reportGeneratedAt"] = iso_text(time_of(world.minute()));
  if (shape == "current" || shape == "newest") {
    const Day begin = month_start(day_of(world.minute()));
    body["periodStart"] = iso_text(begin);
    body["periodEnd"] = iso_text(TimePoint{next_month(begin)} - std::chrono::seconds{1});
  }
  return {200, std::move(body), "usage", {}};
}

// The value of a whole-number parameter, or the 422 for it.
struct Count {
  std::int64_t value = 0;
  std::optional<Answer> error;
};

Count count_parameter(const Ask& ask, const std::string& name, std::int64_t fallback, std::int64_t highest,
                      std::string_view endpoint) {
  const auto text = ask.parameter(name);
  if (!text) return {fallback, {}};
  const auto value = whole(*text);
  if (!value) return {0, invalid(name, "value is not a valid integer", "type_error.integer", endpoint)};
  if (*value < 1)
    return {0, invalid(name, "value must be at least 1", "value_error.number.not_ge", endpoint)};
  if (*value > highest) {
    return {0, invalid(name, fmt::format("value must be at most {}", highest), "value_error.number.not_le",
                       endpoint)};
  }
  return {*value, {}};
}

Json point(std::string_view key, std::string label, const Row& row, bool older) {
  Json one{
      {std::string{key}, std::move(label)}, {"messages", message_count(row)}, {"calls", call_count(row)}};
  if (older) {
    one["voiceMinutes"] = minutes_number(row[AgentNumber::kSeconds]);
  } else {
    one["webhooks"] = webhook_count(row);
  }
  return one;
}

Answer daily(const World& world, const Ask& ask) {
  constexpr std::string_view kName = "usage/daily";
  const Count days = count_parameter(ask, "days", 30, 365, kName);
  if (days.error) return *days.error;
  const bool older = world.variants().is("agentphone.daily", "older");
  const Day today = day_of(world.minute());
  Json data = Json::array();
  for (Day day = today - std::chrono::days{days.value - 1}; day <= today; day += std::chrono::days{1}) {
    const Row row = world.agentphone().over(day, day);
    if (!is_zero(row)) data.push_back(point("date", date_text(day), row, older));
  }
  Json body{{"data", std::move(data)}};
  if (!older) body["days"] = days.value;
  return {200, std::move(body), std::string{kName}, {}};
}

Answer monthly(const World& world, const Ask& ask) {
  constexpr std::string_view kName = "usage/monthly";
  const Count months = count_parameter(ask, "months", 6, 24, kName);
  if (months.error) return *months.error;
  const bool older = world.variants().is("agentphone.daily", "older");
  Json data = Json::array();
  Day end = next_month(day_of(world.minute()));
  for (std::int64_t i = 0; i < months.value; ++i) {
    const Day begin = month_start(end - std::chrono::days{1});
    const Row row = world.agentphone().over(begin, end - std::chrono::days{1});
    if (!is_zero(row)) data.insert(data.begin(), point("month", date_text(begin).substr(0, 7), row, older));
    end = begin;
  }
  Json body{{"data", std::move(data)}};
  if (!older) body["months"] = months.value;
  return {200, std::move(body), std::string{kName}, {}};
}

Answer by_number(const World& world, const Ask&) {
  Json data = Json::array();
  for (const AgentNumber& number : world.agentphone().numbers) {
    const Row& row = number.usage().total();
    const bool assigned = !number.agent_id.empty();
    data.push_back({{"numberId", number.number_id},
                    {"phoneNumber", number.phone},
                    {"country", "US"},
                    {"status", number.status},
                    {"messages", message_count(row)},
                    {"calls", call_count(row)},
                    {"agentId", assigned ? Json(number.agent_id) : Json{}},
                    {"agentName", assigned ? Json(number.agent_name) : Json{}}});
  }
  return {200, Json{{"data", std::move(data)}}, "usage/by-number", {}};
}

struct Period {
  Day begin;
  Day end;  // not included
};

std::optional<Period> calendar_period(std::string_view name, Day today) {
  if (name == "week") return Period{week_start(today), week_start(today) + std::chrono::days{7}};
  if (name == "month") return Period{month_start(today), next_month(today)};
  if (name == "year")
    return Period{year_start(today), year_start(year_start(today) + std::chrono::days{366})};
  return std::nullopt;
}

Answer by_agent(const World& world, const Ask& ask) {
  constexpr std::string_view kName = "usage/by-agent";
  const auto name = ask.parameter("period");
  if (!name) return invalid("period", "field required", "value_error.missing", kName);
  const auto period = calendar_period(*name, day_of(world.minute()));
  if (!period) return invalid("period", "value must be week, month or year", "type_error.enum", kName);
  const std::string zone = ask.parameter("tz").value_or("UTC");
  if (zone != "UTC" && zone != "Etc/UTC") return invalid("tz", "unknown time zone", "value_error", kName);
  Json data = Json::array();
  for (const AgentNumber& number : world.agentphone().numbers) {
    const Row row = number.usage().over(period->begin, period->end - std::chrono::days{1});
    const bool orphan = number.agent_id.empty();
    data.push_back({{"agentId", orphan ? Json{} : Json(number.agent_id)},
                    {"agentName", orphan ? "Unassigned" : number.agent_name},
                    {"messages", message_count(row)},
                    {"calls", completed_calls(row)},
                    {"totalSeconds", row[AgentNumber::kSeconds]},
                    {"isOrphan", orphan}});
  }
  Json body{{"data", std::move(data)},
            {"period", *name},
            {"periodStart", iso_text(period->begin)},
            {"periodEnd", iso_text(TimePoint{period->end} - std::chrono::seconds{1})}};
  return {200, std::move(body), std::string{kName}, {}};
}

Answer deliveries(const World& world, const Ask&) {
  const Row total = world.agentphone().total();
  const double percent = 100 * ratio(total[AgentNumber::kHooksOk], webhook_count(total));
  Json body{{"total", webhook_count(total)},
            {"success", total[AgentNumber::kHooksOk]},
            {"failed", total[AgentNumber::kHooksFailed]},
            {"successRate", std::round(percent * 100) / 100}};
  return {200, std::move(body), "webhooks/deliveries/all-time", {}};
}

// Only the total of a status is imitated: rows are those of calls that are going on.
Answer calls(const World& world, const Ask& ask) {
  constexpr std::string_view kName = "calls";
  const Count limit = count_parameter(ask, "limit", 20, 100, kName);
  if (limit.error) return *limit.error;
  const std::string wanted = ask.parameter("status").value_or("");
  const AgentPhone& account = world.agentphone();
  const Row all = account.total();
  const std::int64_t live = account.live_calls(world.minute());
  const std::int64_t total = wanted == "in-progress" ? live
                             : wanted == "completed" ? completed_calls(all)
                             : wanted == "failed"    ? all[AgentNumber::kFailedCalls]
                                                     : call_count(all);
  Json rows = Json::array();
  const std::int64_t shown = wanted.empty() || wanted == "in-progress" ? std::min(limit.value, live) : 0;
  for (std::int64_t i = 0; i < shown; ++i) {
    rows.push_back({{"id", fmt::format("call_{}", i + 1)},
                    {"direction", "inbound"},
                    {"status", "in-progress"},
                    {"startedAt", iso_text(time_of(world.minute()))},
                    {"endedAt", Json{}}});
  }
  return {200,
          Json{{"data", std::move(rows)}, {"hasMore", total > shown}, {"total", total}},
          std::string{kName},
          {}};
}

const World* authenticated(Worlds worlds, const Ask& ask) {
  for (const World* world : worlds) {
    if (world->credentials().agentphone_key == bearer(ask)) return world;
  }
  return nullptr;
}

using Handler = Answer (*)(const World&, const Ask&);
struct Route {
  std::string_view name;
  Handler handler;
};
constexpr std::array<Route, 7> kRoutes{{
    {"usage", usage},
    {"calls", calls},
    {"usage/daily", daily},
    {"usage/monthly", monthly},
    {"usage/by-number", by_number},
    {"usage/by-agent", by_agent},
    {"webhooks/deliveries/all-time", deliveries},
}};

}  // namespace

Json agentphone_error(int status) {
  switch (status) {
    case 401:
      return error_body("Invalid or missing API key", "UNAUTHORIZED", "authentication_error");
    case 402:
      return error_body("Insufficient balance", "INSUFFICIENT_BALANCE", "billing_error");
    case 404:
      return error_body("Not found", "NOT_FOUND", "not_found_error");
    case 429:
      return error_body("Rate limit exceeded. Limit: 60 requests per 60s", "RATE_LIMIT_EXCEEDED",
                        "rate_limit_error");
    default:
      return error_body(fmt::format("Request failed ({})", status), "INTERNAL_ERROR", "api_error");
  }
}

Answer agentphone_answer(Worlds worlds, const Ask& ask) {
  constexpr std::string_view kRoot = "/v1/";
  const std::string_view path = ask.path;
  for (const Route& route : kRoutes) {
    if (!path.starts_with(kRoot) || path.substr(kRoot.size()) != route.name) continue;
    const std::string endpoint{route.name};
    const World* world = authenticated(worlds, ask);
    if (world == nullptr) return {401, agentphone_error(401), endpoint, {}};
    if (ask.method != "GET") return {405, agentphone_error(405), endpoint, {}};
    return route.handler(*world, ask);
  }
  return {404, agentphone_error(404), "unknown", {}};
}

}  // namespace sandbox
