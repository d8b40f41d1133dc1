// AgentPhone: phone numbers, messages and calls for software agents.
// https://agentphone.ai/docs/api-reference
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "collectors/reading.h"
#include "exporter/core/collector.h"
#include "exporter/core/families.h"

namespace cpaas {

const Collector& agentphone_collector();

namespace {

using namespace std::chrono_literals;
using std::chrono::year_month_day;

// Neither the total nor the failures give it: deliveries may be pending.
constexpr Family webhook_delivery_successes_total{
    "cpaas_webhook_delivery_successes_total",
    Kind::counter,
    {},
    "Webhook deliveries that succeeded since the account exists"};

constexpr std::string_view combined = "combined";
constexpr std::string_view unassigned = "unassigned";  // the agent_id of what belongs to no agent

// --- requests ---

Call get(const Settings& settings, std::string url, Parse parse) {
  HttpRequest request;
  request.url = std::move(url);
  request.headers.push_back({"Authorization", Secret("Bearer " + settings.secret("api_key").reveal())});
  if (const std::string& id = settings.text("sub_account_id"); !id.empty()) {
    request.headers.push_back({"X-Sub-Account-Id", Secret(id)});
  }
  return {std::move(request), std::move(parse)};
}

// --- reading ---

std::optional<double> optional_minutes(JsonObject& object, std::string_view key) {
  return object.raw(key) != nullptr ? read_minutes(object, key) : std::nullopt;
}

void add_period(Page& page, JsonObject& body, std::string_view endpoint, Need need) {
  if (const auto start = body.time("periodStart", need)) {
    page.add(families::period_start, unix_seconds(*start), {endpoint});
  }
  if (const auto end = body.time("periodEnd", need))
    page.add(families::period_end, unix_seconds(*end), {endpoint});
}

// Calls `row` for each object of the documented array `data`, after `read` had the other keys. An error if
// there is no such array, or nothing of its rows can be read.
Result<void> each_row(Page& page, const Reply& reply, std::string_view endpoint,
                      const std::function<void(JsonObject&)>& row,
                      const std::function<void(JsonObject&)>& read) {
  JsonObject body(reply.body, page.drift);
  read(body);
  body.each_object("data", Need::purpose, row);
  if (!body.answered()) return no_answer(endpoint);
  return {};
}

// --- webhooks: GET /v1/webhooks/deliveries/all-time ---

void add_webhook_totals(Page& page, JsonObject& object, std::array<std::string_view, 3> keys, Need need) {
  const auto& [total, success, failed] = keys;
  page.add(families::webhook_deliveries_total, object.count(total, need));
  page.add(webhook_delivery_successes_total, object.count(success, need));
  page.add(families::webhook_delivery_failures_total, object.count(failed, need));
}

Result<Page> parse_webhooks(const Reply& reply) {
  return parse_object(reply, "webhooks", [](JsonObject& body, TimePoint, Page& page) {
    body.ignore({"successRate"});  // its scale is not stated, and it follows from the others
    add_webhook_totals(page, body, {"total", "success", "failed"}, Need::purpose);
  });
}

std::vector<Call> start_webhooks(const Settings& settings, const PollStart&) {
  return {get(settings, make_url(settings, "/v1/webhooks/deliveries/all-time"), parse_webhooks)};
}

// --- usage: GET /v1/usage; any block may be missing ---

struct NumberLimits {
  std::optional<double> current;  // plan.limits.numbers
  std::optional<double> older;    // plan.numberLimit
};

NumberLimits read_plan(Page& page, JsonObject plan) {
  if (!plan) return {};
  if (const auto name = plan.text("name")) {
    page.add_info(families::account_info, {"", *name, "", "", "", "", "", "", "", ""});
  }
  JsonObject limits = plan.object("limits", Need::optional);
  page.add(families::quota_limit, limits.count("messagesPerMonth"), {"month_messages"});
  page.add(families::quota_limit, read_minutes(limits, "voiceMinutesPerMonth"), {"month_voice_seconds"});
  page.add(families::quota_limit, read_minutes(limits, "maxCallDurationMinutes"), {"call_duration_seconds"});
  page.add(families::quota_limit, limits.count("concurrentCalls"), {"concurrent_calls"});
  return {limits.count("numbers"), plan.count("numberLimit", Need::optional)};
}

// numbers.limit comes first: it is the limit that numbers.used is held against.
void read_numbers(Page& page, JsonObject numbers, const NumberLimits& plan) {
  const auto used = numbers.count("used", Need::purpose);
  auto limit = numbers.count("limit");
  numbers.ignore({"remaining"});
  if (!limit) limit = plan.current ? plan.current : plan.older;
  page.add(families::phone_numbers, used);
  page.add(families::quota_used, used, {"phone_numbers"});
  page.add(families::quota_limit, limit, {"phone_numbers"});
}

void read_stats(Page& page, JsonObject stats) {
  // Responses of the older shape have few of the others.
  const Need need = stats.has("minutesLast30d") ? Need::optional : Need::required;
  page.add(families::messages_total, stats.count("totalMessages", need), {combined, combined});
  page.add(families::messages, Window::h24, stats.count("messagesLast24h", need), {combined, combined});
  page.add(families::messages, Window::d7, stats.count("messagesLast7d", need), {combined, combined});
  page.add(families::messages, Window::d30, stats.count("messagesLast30d", need), {combined, combined});
  page.add(families::message_segments, Window::d30, stats.count("smsSegmentsLast30d", Need::optional),
           {"sms", combined});
  page.add(families::calls_total, stats.count("totalCalls", need), {combined});
  page.add(families::calls, Window::h24, stats.count("callsLast24h", need), {combined});
  page.add(families::calls, Window::d7, stats.count("callsLast7d", need), {combined});
  page.add(families::calls, Window::d30, stats.count("callsLast30d", need), {combined});
  page.add(families::voice_seconds, Window::d30, optional_minutes(stats, "minutesLast30d"),
           {combined, "standard"});
  add_webhook_totals(page, stats,
                     {"totalWebhookDeliveries", "successfulWebhookDeliveries", "failedWebhookDeliveries"},
                     need);
}

Result<Page> parse_usage(const Reply& reply) {
  return parse_object(reply, "usage", [](JsonObject& body, TimePoint, Page& page) {
    const NumberLimits limits = read_plan(page, body.object("plan", Need::optional));
    read_numbers(page, body.object("numbers", Need::optional), limits);
    read_stats(page, body.object("stats", Need::optional));
    add_period(page, body, "usage", Need::optional);
    if (const auto made = body.time("reportGeneratedAt", Need::optional)) {
      page.add(families::data_time, unix_seconds(*made), {"usage"});
    }
  });
}

std::vector<Call> start_usage(const Settings& settings, const PollStart&) {
  return {get(settings, make_url(settings, "/v1/usage"), parse_usage)};
}

// --- calls: GET /v1/calls?status=in-progress&limit=1, of which only the total is used ---

// A provider that ignores the filter gives the total of all calls there ever were.
bool is_filtered(const nlohmann::json* rows) {
  if (rows == nullptr || !rows->is_array()) return true;
  return std::ranges::all_of(*rows, [](const nlohmann::json& row) {
    return !row.is_object() || !row.contains("status") || row.at("status") == "in-progress";
  });
}

Result<Page> parse_calls(const Reply& reply) {
  bool filtered = true;
  auto calls = parse_object(reply, "calls", [&](JsonObject& body, TimePoint, Page& page) {
    body.ignore({"hasMore"});
    filtered = is_filtered(body.raw("data"));
    page.add(families::quota_used, body.count("total", Need::purpose), {"concurrent_calls"});
  });
  if (!filtered) return fail(Reason::schema, "calls: the response has calls that are over");
  return calls;
}

std::vector<Call> start_calls(const Settings& settings, const PollStart&) {
  return {get(settings, make_url(settings, "/v1/calls", {{"status", "in-progress"}, {"limit", "1"}}),
              parse_calls)};
}

// --- daily and monthly: GET /v1/usage/daily?days=N, GET /v1/usage/monthly?months=N ---

struct PeriodUsage {
  std::optional<double> messages;
  std::optional<double> calls;
  std::optional<double> webhooks;
  std::optional<double> voice_seconds;  // some versions have voiceMinutes in place of webhooks
};

PeriodUsage read_period_usage(JsonObject& row) {
  PeriodUsage usage;
  usage.messages = row.count("messages", Need::purpose);
  usage.calls = row.count("calls", Need::purpose);
  usage.webhooks = row.count("webhooks", row.has("voiceMinutes") ? Need::optional : Need::required);
  usage.voice_seconds = optional_minutes(row, "voiceMinutes");
  return usage;
}

void add_period_usage(Page& page, const PeriodUsage& usage, Window window) {
  page.add(families::messages, window, usage.messages, {combined, combined});
  page.add(families::calls, window, usage.calls, {combined});
  page.add(families::webhook_deliveries, window, usage.webhooks);
  page.add(families::voice_seconds, window, usage.voice_seconds, {combined, "standard"});
}

// Voice time alone becomes a counter of the ledger: all else has all-time totals in `usage`.
void add_day(Page& page, const PeriodUsage& usage, Day day, Day today) {
  if (day == today) add_period_usage(page, usage, Window::today);
  if (usage.voice_seconds && std::isfinite(*usage.voice_seconds)) {
    page.days.push_back({&families::voice_seconds_total, {combined, "standard"}, day, *usage.voice_seconds});
  }
}

// The time zone of the days is not stated: in the one that is assumed the provider's newest day may be
// tomorrow.
Result<Page> parse_daily(const Reply& reply, const TimeZone& zone, std::chrono::days window) {
  Page page;
  const Day today = zone.day_of(reply.now);
  std::set<Day> seen;
  const auto read_row = [&](JsonObject& row) {
    const auto day = row.day("date");
    const PeriodUsage usage = read_period_usage(row);
    if (!day) return;
    if (*day > today + std::chrono::days{1} || !seen.insert(*day).second) {
      row.mistyped("date");
      return;
    }
    add_day(page, usage, *day, today);
  };
  const auto read = each_row(page, reply, "daily", read_row, [](JsonObject& body) { body.ignore({"days"}); });
  if (!read) return tl::unexpected(read.error());
  const Day first = today - window + std::chrono::days{1};
  page.days_read.push_back({seen.empty() ? first : std::min(first, *seen.begin()), today, true});
  return page;
}

std::vector<Call> start_daily(const Settings& settings, const PollStart&) {
  const std::string days = std::to_string(settings.window.count());
  return {get(settings, make_url(settings, "/v1/usage/daily", {{"days", days}}),
              [zone = settings.zone, window = settings.window](const Reply& reply) {
                return parse_daily(reply, zone, window);
              })};
}

// The format of the month is not documented: parse_month takes several. Last month's values are final: an
// invoice can be checked against them.
Result<Page> parse_monthly(const Reply& reply, const TimeZone& zone) {
  Page page;
  const year_month_day today{zone.day_of(reply.now)};
  const auto this_month = today.year() / today.month();
  std::set<std::chrono::year_month> seen;
  const auto read_row = [&](JsonObject& row) {
    const auto text = row.text("month");
    const auto month = parse_month(text.value_or(""));
    const PeriodUsage usage = read_period_usage(row);
    if (text && (!month || !seen.insert(*month).second)) {
      row.mistyped("month");
    } else if (month == this_month) {
      add_period_usage(page, usage, Window::month);
      page.add_until(zone.end_of_month(reply.now), families::quota_used, usage.messages, {"month_messages"});
    } else if (month == this_month - std::chrono::months{1}) {
      add_period_usage(page, usage, Window::last_month);
    }
  };
  const auto read =
      each_row(page, reply, "monthly", read_row, [](JsonObject& body) { body.ignore({"months"}); });
  if (!read) return tl::unexpected(read.error());
  return page;
}

// Two, since it is not stated whether the months include the running one.
std::vector<Call> start_monthly(const Settings& settings, const PollStart&) {
  return {get(settings, make_url(settings, "/v1/usage/monthly", {{"months", "2"}}),
              [zone = settings.zone](const Reply& reply) { return parse_monthly(reply, zone); })};
}

// --- by_number: GET /v1/usage/by-number ---

Result<Page> parse_by_number(const Reply& reply, bool personal_data) {
  Page page;
  std::set<std::string> seen;
  const auto read_row = [&](JsonObject& row) {
    const auto id = row.text("numberId");
    const auto messages = row.count("messages", Need::purpose);
    const auto calls = row.count("calls", Need::purpose);
    const std::string phone = row.text("phoneNumber").value_or("");
    const std::string country = row.text("country").value_or("");
    const std::string status = row.text("status").value_or("");
    const std::string agent = row.text("agentId", Need::optional).value_or(std::string(unassigned));
    const std::string agent_name = row.text("agentName", Need::optional).value_or("");
    if (!id || id->empty() || !seen.insert(*id).second) return;
    page.add(families::number_messages, messages, {*id});
    page.add(families::number_calls, calls, {*id});
    page.add_info(families::number_info,
                  {*id, country, status, agent, personal_data ? phone : "", agent_name});
  };
  const auto read = each_row(page, reply, "by_number", read_row, [](JsonObject&) {});
  if (!read) return tl::unexpected(read.error());
  return page;
}

std::vector<Call> start_by_number(const Settings& settings, const PollStart&) {
  return {get(settings, make_url(settings, "/v1/usage/by-number"),
              [personal_data = settings.personal_data](const Reply& reply) {
                return parse_by_number(reply, personal_data);
              })};
}

// --- by_agent: GET /v1/usage/by-agent?period=month ---

// Sums over rows: nothing as soon as one row does not say, never a part of a sum.
struct AgentMonth {
  std::optional<double> messages = 0;
  std::optional<double> calls = 0;
  std::optional<double> seconds = 0;
  std::string name;
  bool orphan = false;
};

void add_to(std::optional<double>& sum, std::optional<double> value) {
  sum = sum && value ? std::optional(*sum + *value) : std::nullopt;
}

// Adds the row to its agent: what belongs to no agent may come in several rows.
void read_agent(JsonObject& row, std::map<std::string, AgentMonth>& agents,
                std::optional<double>& all_seconds) {
  const std::string id = row.text("agentId", Need::optional).value_or("");
  AgentMonth& agent = agents[id.empty() ? std::string(unassigned) : id];
  agent.name = row.text("agentName").value_or(agent.name);
  agent.orphan = row.boolean("isOrphan", Need::optional).value_or(false) || agent.orphan;
  add_to(agent.messages, row.count("messages", Need::purpose));
  add_to(agent.calls, row.count("calls", Need::purpose));
  const auto seconds = row.count("totalSeconds", Need::purpose);
  add_to(agent.seconds, seconds);
  add_to(all_seconds, seconds);
}

void add_agent(Page& page, const std::string& id, const AgentMonth& agent) {
  page.add(families::agent_messages, Window::month, agent.messages, {id});
  page.add(families::agent_calls, Window::month, agent.calls, {id});
  page.add(families::agent_voice_seconds, Window::month, agent.seconds, {id});
  page.add_info(families::agent_info, {id, agent.name, agent.orphan ? "true" : "false"});
}

Dates month_of(const TimeZone& zone, TimePoint now) {
  const Day today = zone.day_of(now);
  return {month_begin(today), next_month_begin(today) - std::chrono::days{1}};
}

// Whether the stated period is `month`, as far as it is stated.
bool read_month(Page& page, JsonObject& body, const Dates& month, const TimeZone& zone) {
  const StatedPeriod period = read_stated_period(body, "periodStart", "periodEnd", Need::required, month);
  if (!period.as_asked) return false;
  const TimePoint end = zone.begin_of(month.to + std::chrono::days{1});
  const auto add = [&](const Family& family, std::optional<TimePoint> time) {
    if (time) page.add_until(end, family, unix_seconds(*time), {"by_agent"});
  };
  add(families::period_start, body.time("periodStart"));
  add(families::period_end, body.time("periodEnd"));
  return true;
}

Result<Page> parse_by_agent(const Reply& reply, const TimeZone& zone) {
  Page page;
  std::string period;
  bool of_this_month = true;
  std::map<std::string, AgentMonth> agents;
  std::optional<double> all_seconds = 0;
  const auto read = each_row(
      page, reply, "by_agent", [&](JsonObject& row) { read_agent(row, agents, all_seconds); },
      [&](JsonObject& body) {
        period = body.text("period").value_or("month");
        of_this_month = read_month(page, body, month_of(zone, reply.now), zone);
      });
  if (!read) return tl::unexpected(read.error());
  if (period != "month") return fail(Reason::schema, "by_agent: period is not the month that was asked for");
  if (!of_this_month) return page;
  for (const auto& [id, agent] : agents) add_agent(page, id, agent);
  page.add_until(zone.end_of_month(reply.now), families::quota_used, all_seconds, {"month_voice_seconds"});
  return page;
}

// A fixed offset has no name that the provider knows: then its months are asked for in UTC.
std::vector<Call> start_by_agent(const Settings& settings, const PollStart&) {
  const TimeZone zone = settings.zone.has_iana_name() ? settings.zone : TimeZone();
  return {get(settings, make_url(settings, "/v1/usage/by-agent", {{"period", "month"}, {"tz", zone.name()}}),
              [zone](const Reply& reply) { return parse_by_agent(reply, zone); })};
}

// --- declarations ---

// `webhooks` stands before `usage`: of the totals that both give, its are the documented all-time ones.
constexpr std::array endpoints{
    Endpoint{.name = "webhooks",
             .help = "Webhook deliveries since the account exists; 1 request",
             .default_interval = 5min,
             .start = start_webhooks},
    Endpoint{.name = "usage",
             .help = "Plan limits, phone numbers, messages and calls: totals and rolling windows; 1 request",
             .default_interval = 60s,
             .start = start_usage},
    Endpoint{.name = "calls",
             .help = "Calls at this moment; 1 request",
             .default_interval = 60s,
             .start = start_calls},
    Endpoint{
        .name = "daily", .help = "Usage of today; 1 request", .default_interval = 5min, .start = start_daily},
    Endpoint{.name = "monthly",
             .help = "Usage of this calendar month and of the last one; 1 request",
             .default_interval = 5min,
             .start = start_monthly},
    Endpoint{.name = "by_number",
             .help = "Messages and calls of each phone number; 1 request",
             .default_interval = 15min,
             .start = start_by_number},
    Endpoint{.name = "by_agent",
             .help = "Messages, calls and voice time of each agent in this calendar month; 1 request",
             .default_interval = 15min,
             .start = start_by_agent},
};

constexpr WindowKinds months{.month = true, .last_month = true};

constexpr std::array sources{
    Source{&families::webhook_deliveries_total, "webhooks", "total"},
    Source{&webhook_delivery_successes_total, "webhooks", "success"},
    Source{&families::webhook_delivery_failures_total, "webhooks", "failed"},

    Source{&families::account_info, "usage", "plan.name"},
    Source{&families::quota_limit, "usage",
           "numbers.limit (else plan.limits.numbers, plan.numberLimit), plan.limits.messagesPerMonth, "
           "plan.limits.voiceMinutesPerMonth x 60, plan.limits.maxCallDurationMinutes x 60, "
           "plan.limits.concurrentCalls"},
    Source{&families::quota_used, "usage", "numbers.used"},
    Source{&families::phone_numbers, "usage", "numbers.used"},
    Source{&families::messages_total, "usage", "stats.totalMessages"},
    Source{&families::messages, "usage", "stats.messagesLast24h", {.h24 = true}},
    Source{&families::messages, "usage", "stats.messagesLast7d", {.d7 = true}},
    Source{&families::messages, "usage", "stats.messagesLast30d", {.d30 = true}},
    Source{&families::message_segments, "usage", "stats.smsSegmentsLast30d", {.d30 = true}},
    Source{&families::calls_total, "usage", "stats.totalCalls"},
    Source{&families::calls, "usage", "stats.callsLast24h", {.h24 = true}},
    Source{&families::calls, "usage", "stats.callsLast7d", {.d7 = true}},
    Source{&families::calls, "usage", "stats.callsLast30d", {.d30 = true}},
    Source{&families::voice_seconds, "usage", "stats.minutesLast30d x 60", {.d30 = true}},
    Source{&families::webhook_deliveries_total, "usage", "stats.totalWebhookDeliveries"},
    Source{&webhook_delivery_successes_total, "usage", "stats.successfulWebhookDeliveries"},
    Source{&families::webhook_delivery_failures_total, "usage", "stats.failedWebhookDeliveries"},
    Source{&families::period_start, "usage", "periodStart"},
    Source{&families::period_end, "usage", "periodEnd"},

    Source{&families::data_time, "usage", "reportGeneratedAt"},

    Source{&families::quota_used, "calls", "total of the calls in progress"},

    Source{&families::messages, "daily", "data[].messages of today", {.today = true}},
    Source{&families::calls, "daily", "data[].calls of today", {.today = true}},
    Source{&families::webhook_deliveries, "daily", "data[].webhooks of today", {.today = true}},
    Source{&families::voice_seconds, "daily", "data[].voiceMinutes of today x 60", {.today = true}},
    of_days({&families::voice_seconds_total, "daily", "data[].voiceMinutes x 60, summed over the days"}),

    Source{&families::messages, "monthly", "data[].messages of the month", months},
    Source{&families::calls, "monthly", "data[].calls of the month", months},
    Source{&families::webhook_deliveries, "monthly", "data[].webhooks of the month", months},
    Source{&families::voice_seconds, "monthly", "data[].voiceMinutes of the month x 60", months},
    Source{&families::quota_used, "monthly", "data[].messages of this month"},

    Source{&families::number_messages, "by_number", "data[].messages"},
    Source{&families::number_calls, "by_number", "data[].calls"},
    Source{&families::number_info, "by_number",
           "data[].country, .status, .agentId, .phoneNumber, .agentName"},

    Source{&families::agent_messages, "by_agent", "data[].messages", {.month = true}},
    Source{&families::agent_calls, "by_agent", "data[].calls", {.month = true}},
    Source{&families::agent_voice_seconds, "by_agent", "data[].totalSeconds", {.month = true}},
    Source{&families::agent_info, "by_agent", "data[].agentName, .isOrphan"},
    Source{&families::quota_used, "by_agent", "sum of data[].totalSeconds"},
    Source{&families::period_start, "by_agent", "periodStart"},
    Source{&families::period_end, "by_agent", "periodEnd"},
};

}  // namespace

const Collector& agentphone_collector() {
  static const std::array options{
      Option{.name = "api_key",
             .kind = OptionKind::secret,
             .help = "API key, sent as Bearer token",
             .required = true},
      Option{.name = "sub_account_id",
             .kind = OptionKind::text,
             .help = "Asks for this sub-account instead of the key's own account",
             .names_account = true},
  };
  static const Collector collector{.name = "agentphone",
                                   .title = "AgentPhone",
                                   .base_url = "https://api.agentphone.ai",
                                   .options = options,
                                   .endpoints = endpoints,
                                   .sources = sources};
  return collector;
}

}  // namespace cpaas
