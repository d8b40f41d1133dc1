// Teli's documented partner API below /v1. A day belongs to a window when any part of it lies in it; a date
// as the end includes that day, an instant at midnight does not begin one.
#include <fmt/format.h>

#include "sandbox/answer.h"

namespace sandbox {

namespace {

constexpr const char* kTenant = "sandbox_tenant";

struct Window {
  Day from;
  Day to;
};

Answer failed(int status, std::string_view text, std::string_view endpoint) {
  Json body{{"error", std::string{text}}, {"success", false}, {"powered_by", "Teli"}};
  return {status, std::move(body), std::string{endpoint}, {}};
}

Answer found(const World& world, Json body, std::string_view endpoint, bool branded) {
  if (world.variants().is("teli.success", "absent")) body.erase("success");
  if (branded) body["powered_by"] = "Teli";
  return {200, std::move(body), std::string{endpoint}, {}};
}

Day last_day(std::string_view text, TimePoint end) {
  const Day day = std::chrono::floor<std::chrono::days>(end);
  const bool is_date = text.size() == 10;
  return is_date || end > day ? day : day - std::chrono::days{1};
}

// Nothing for dates that cannot be read; the last 30 days and today where none is given.
std::optional<Window> window_of(const World& world, const Ask& ask) {
  const Day today = day_of(world.minute());
  Window window{today - std::chrono::days{30}, today};
  if (const auto start = ask.parameter("start_date")) {
    const auto time = parse_time(*start);
    if (!time) return std::nullopt;
    window.from = std::chrono::floor<std::chrono::days>(*time);
  }
  if (const auto end = ask.parameter("end_date")) {
    const auto time = parse_time(*end);
    if (!time) return std::nullopt;
    window.to = last_day(*end, *time);
  }
  return window;
}

Json period(const World& world, Window window) {
  if (world.variants().is("teli.period", "empty")) return Json::object();
  return {{"start", date_text(window.from)}, {"end", date_text(window.to)}};
}

Json traffic_counts(Json usage, const Row& row) {
  using U = TeliUser;
  usage["sms"] = {{"outbound", row[U::kSmsOutSegments]},
                  {"inbound", row[U::kSmsInSegments]},
                  {"total", row[U::kSmsOutSegments] + row[U::kSmsInSegments]}};
  usage["mms"] = {{"outbound", row[U::kMmsOut]},
                  {"inbound", row[U::kMmsIn]},
                  {"total", row[U::kMmsOut] + row[U::kMmsIn]}};
  usage["voice"] = {{"seconds", row[U::kSeconds]},
                    {"kb_seconds", row[U::kKbSeconds]},
                    {"total_seconds", row[U::kSeconds] + row[U::kKbSeconds]}};
  usage["period"] = "all_time";
  return {{"success", true}, {"usage", std::move(usage)}};
}

bool is_dated(const Ask& ask) {
  return ask.query.contains("start_date") || ask.query.contains("end_date");
}

Answer usage(const World& world, const Ask& ask) {
  constexpr std::string_view kName = "analytics/usage";
  const auto window = window_of(world, ask);
  if (!window) return failed(400, "start_date and end_date must be ISO 8601", kName);
  if (const auto id = ask.parameter("organization_id")) {
    const TeliOrganization* one = world.teli().organization(*id);
    if (one == nullptr) return failed(404, "Organization not found", kName);
    const Row row = is_dated(ask) ? one->over(window->from, window->to) : one->total();
    return found(world, traffic_counts({{"organization_id", *id}, {"organization_name", one->name}}, row),
                 kName, true);
  }
  if (const auto id = ask.parameter("user_id")) {
    const TeliUser* one = world.teli().user(*id);
    if (one == nullptr) return failed(404, "User not found", kName);
    const Row row = is_dated(ask) ? one->usage().over(window->from, window->to) : one->usage().total();
    return found(
        world, traffic_counts({{"user_id", *id}, {"user_name", one->name}, {"user_email", one->email}}, row),
        kName, true);
  }
  Json body{{"success", false}, {"error", "organization_id or user_id is required"}};
  return {400, std::move(body), std::string{kName}, {}};
}

void add_totals(Json& body, const Row& row) {
  using U = TeliUser;
  body["total_sms_sent"] = row[U::kSmsOut];
  body["total_sms_received"] = row[U::kSmsIn];
  body["total_mms_sent"] = row[U::kMmsOut];
  body["total_mms_received"] = row[U::kMmsIn];
  body["total_voice_calls"] = row[U::kCalls] + row[U::kKbCalls];
  body["total_voice_seconds"] = row[U::kSeconds] + row[U::kKbSeconds];
}

Json cost_breakdown(const Row& row, const Row* fees) {
  using U = TeliUser;
  Json costs{{"messaging_cost", money_number(row[U::kMessagingCost])},
             {"voice_cost", money_number(row[U::kVoiceCost])},
             {"api_request_cost", money_number(row[U::kApiCost])},
             {"api_requests_count", row[U::kApiRequests]},
             {"api_storage_cost", money_number(row[U::kStorageCost])},
             {"phone_rental_cost", money_number(row[U::kRentalCost])},
             {"phone_rental_count", row[U::kRentalCount]},
             {"phone_purchase_cost", money_number(row[U::kPurchaseCost])},
             {"phone_purchase_count", row[U::kPurchaseCount]}};
  if (fees != nullptr) {
    costs["brand_registration_cost"] = money_number((*fees)[TeliOrganization::kBrandCost]);
    costs["brand_registration_count"] = (*fees)[TeliOrganization::kBrandCount];
  }
  costs["kb_cost"] = money_number(row[U::kKbMonthlyCost] + row[U::kKbUsageCost]);
  if (fees != nullptr) {
    costs["kb_monthly_cost"] = money_number(row[U::kKbMonthlyCost]);
    costs["kb_usage_cost"] = money_number(row[U::kKbUsageCost]);
  }
  costs["kb_count"] = row[U::kKbCount];
  costs["kb_minutes"] = minutes_number(row[U::kKbSeconds]);
  return costs;
}

Answer users_analytics(const World& world, const Ask& ask) {
  constexpr std::string_view kName = "analytics/users";
  const auto window = window_of(world, ask);
  const auto id = ask.parameter("organization_id");
  if (!id) return failed(400, "organization_id is required", kName);
  if (!window) return failed(400, "start_date and end_date must be YYYY-MM-DD", kName);
  const TeliOrganization* one = world.teli().organization(*id);
  if (one == nullptr) return failed(404, "Organization not found", kName);
  Json users = Json::array();
  for (const TeliUser& user : one->users) {
    const Row row = user.usage().over(window->from, window->to);
    Json entry{{"user_id", user.unique_id}, {"user_name", user.email}};
    add_totals(entry, row);
    entry["cost_breakdown"] = cost_breakdown(row, nullptr);
    entry["total_cost"] = money_number(total_cost(row));
    users.push_back(std::move(entry));
  }
  return found(world,
               {{"success", true},
                {"organization_id", *id},
                {"organization_name", one->name},
                {"period", period(world, *window)},
                {"users", std::move(users)}},
               kName, false);
}

Answer overview(const World& world, const Ask& ask) {
  constexpr std::string_view kName = "analytics/overview";
  const auto window = window_of(world, ask);
  if (!window) return failed(400, "start_date and end_date must be YYYY-MM-DD", kName);
  Row row{};
  Row fees{};
  std::size_t users = 0;
  for (const TeliOrganization& one : world.teli().organizations) {
    row += one.over(window->from, window->to);
    fees += one.fees.over(window->from, window->to);
    users += one.users.size();
  }
  Json body{{"success", true}, {"tenant_id", kTenant}, {"period", period(world, *window)}};
  add_totals(body, row);
  body["total_cost"] = money_number(total_cost(row) + fees[TeliOrganization::kBrandCost]);
  body["cost_breakdown"] = cost_breakdown(row, &fees);
  body["organizations_count"] = world.teli().organizations.size();
  body["users_count"] = users;
  return found(world, std::move(body), kName, false);
}

Answer organizations_analytics(const World& world, const Ask& ask) {
  using U = TeliUser;
  constexpr std::string_view kName = "analytics/organizations";
  const auto window = window_of(world, ask);
  if (!window) return failed(400, "start_date and end_date must be YYYY-MM-DD", kName);
  Json rows = Json::array();
  for (const TeliOrganization& one : world.teli().organizations) {
    const Row row = one.over(window->from, window->to);
    const Row fees = one.fees.over(window->from, window->to);
    Json entry{{"organization_id", one.unique_id},
               {"organization_name", one.name},
               {"users_count", one.users.size()}};
    add_totals(entry, row);
    entry["api_requests_count"] = row[U::kApiRequests];
    entry["api_storage_cost"] = money_number(row[U::kStorageCost]);
    entry["phone_rental_count"] = row[U::kRentalCount];
    entry["phone_purchase_count"] = row[U::kPurchaseCount];
    entry["brand_registration_count"] = fees[TeliOrganization::kBrandCount];
    entry["kb_count"] = row[U::kKbCount];
    entry["total_cost"] = money_number(total_cost(row) + fees[TeliOrganization::kBrandCost]);
    rows.push_back(std::move(entry));
  }
  return found(world,
               {{"success", true},
                {"tenant_id", kTenant},
                {"period", period(world, *window)},
                {"organizations", std::move(rows)}},
               kName, false);
}

// Python's isoformat without an offset.
std::string naive_time(Minute minute) {
  std::string text = iso_text(time_of(minute));
  text.pop_back();
  return text + ".506251";
}

void add_counters(Json& entry, const Row& row) {
  using U = TeliUser;
  entry["total_sms_outbound"] = row[U::kSmsOutSegments];
  entry["total_sms_inbound"] = row[U::kSmsInSegments];
  entry["total_mms_outbound"] = row[U::kMmsOut];
  entry["total_mms_inbound"] = row[U::kMmsIn];
  entry["total_voice_seconds"] = row[U::kSeconds] + row[U::kKbSeconds];
}

void add_times(Json& entry, Minute created) {
  entry["created_at"] = naive_time(created);
  entry["modified_at"] = naive_time(created);
  entry["updated_at"] = naive_time(created) + "+00:00";
}

Json organization_row(const TeliOrganization& one) {
  const bool registered = one.registration_status != "not_started";
  const auto text_if = [](bool is, const char* text) { return is ? Json(text) : Json{}; };
  Json entry{{"unique_id", one.unique_id},
             {"id", one.id},
             {"name", one.name},
             {"organization_name", one.name},
             {"tenant_id", kTenant},
             {"status", one.status},
             {"contact_email", nullptr},
             {"sms_active", one.sms_active},
             {"teli_sms_number", text_if(one.sms_active, "+13135559999")},
             {"sms_phone_number", text_if(one.sms_active, "+13135559999")},
             {"business_registration_id", nullptr},
             {"sms_registration_id", nullptr},
             {"sms_registration_uuid", nullptr},
             {"sms_registration_status", one.registration_status},
             {"registration_submitted_at", registered ? Json(naive_time(one.created)) : Json{}},
             {"registration_approved_at", one.sms_active ? Json(naive_time(one.created + kDay)) : Json{}}};
  add_counters(entry, one.total());
  add_times(entry, one.created);
  return entry;
}

Answer organizations(const World& world, const Ask&) {
  Json rows = Json::array();
  for (const TeliOrganization& one : world.teli().organizations) rows.push_back(organization_row(one));
  return found(world, {{"success", true}, {"count", rows.size()}, {"organizations", rows}}, "organizations",
               true);
}

Answer organization(const World& world, std::string_view id) {
  using U = TeliUser;
  const TeliOrganization* one = world.teli().organization(id);
  if (one == nullptr) return failed(404, "Organization not found", "organizations/get");
  const Row row = one->total();
  Json body{{"organization",
             {{"unique_id", one->unique_id},
              {"name", one->name},
              {"sms_active", one->sms_active},
              {"teli_sms_number", one->sms_active ? Json("+13135559999") : Json{}},
              {"sms_registration_status", one->registration_status},
              {"total_sms_outbound", row[U::kSmsOutSegments]},
              {"total_sms_inbound", row[U::kSmsInSegments]}}}};
  return found(world, std::move(body), "organizations/get", true);
}

Json user_row(const TeliOrganization& organization, const TeliUser& user) {
  Json entry{{"unique_id", user.unique_id},
             {"id", user.id},
             {"name", user.name},
             {"email", user.email},
             {"permission", user.permission},
             {"organization_id", organization.id},
             {"tenant_id", kTenant},
             {"status", user.status},
             {"is_teli_admin", false},
             {"mobile_app_enabled", false},
             {"phone", nullptr},
             {"profile_image", nullptr},
             {"total_agents", 1},
             {"total_campaigns", 2},
             {"total_leads", 40}};
  add_counters(entry, user.usage().total());
  add_times(entry, user.created);
  return entry;
}

Answer organization_users(const World& world, std::string_view id) {
  const TeliOrganization* one = world.teli().organization(id);
  if (one == nullptr) return failed(404, "Organization not found", "organizations/users");
  Json rows = Json::array();
  for (const TeliUser& user : one->users) rows.push_back(user_row(*one, user));
  return found(world, {{"success", true}, {"count", rows.size()}, {"users", rows}}, "organizations/users",
               true);
}

Answer number_config(const World& world, const Ask&) {
  const bool enabled = world.variants().is("teli.numbers", "enabled");
  Json body{{"success", true},
            {"enabled", enabled},
            {"max_per_org", enabled ? Teli::kMaxNumbersPerOrganization : 0},
            {"weekly_price", enabled ? money_number(Teli::kWeeklyPrice) : Json(0)}};
  return found(world, std::move(body), "sms/phone-numbers/config", true);
}

const World* authenticated(Worlds worlds, const Ask& ask) {
  for (const World* world : worlds) {
    if (world->credentials().teli_key == ask.header("x-api-key")) return world;
  }
  return nullptr;
}

using Handler = Answer (*)(const World&, const Ask&);
struct Route {
  std::string_view path;
  Handler handler;
};
constexpr std::array<Route, 6> kRoutes{{
    {"analytics/usage", usage},
    {"analytics/users", users_analytics},
    {"analytics/overview", overview},
    {"analytics/organizations", organizations_analytics},
    {"organizations", organizations},
    {"sms/phone-numbers/config", number_config},
}};

Answer routed(const World& world, const Ask& ask, std::string_view path) {
  for (const Route& route : kRoutes) {
    if (route.path == path) return route.handler(world, ask);
  }
  const auto parts = segments(path);
  if (parts.size() >= 2 && parts[0] == "organizations") {
    if (parts.size() == 2) return organization(world, parts[1]);
    if (parts.size() == 3 && parts[2] == "users") return organization_users(world, parts[1]);
  }
  return failed(404, "Not found", "unknown");
}

std::string endpoint_name(std::string_view path) {
  for (const Route& route : kRoutes) {
    if (route.path == path) return std::string{path};
  }
  const auto parts = segments(path);
  if (parts.size() == 3 && parts[0] == "organizations" && parts[2] == "users") return "organizations/users";
  return parts.size() == 2 && parts[0] == "organizations" ? "organizations/get" : "unknown";
}

}  // namespace

Json teli_error(int status) {
  switch (status) {
    case 401:
      return {{"error", "Invalid API key"}, {"success", false}, {"powered_by", "Teli"}};
    case 403:
      return {{"error", "API key lacks permission"}, {"success", false}, {"powered_by", "Teli"}};
    default:
      return {
          {"error", fmt::format("Request failed ({})", status)}, {"success", false}, {"powered_by", "Teli"}};
  }
}

Answer teli_answer(Worlds worlds, const Ask& ask) {
  constexpr std::string_view kRoot = "/v1/";
  if (!ask.path.starts_with(kRoot)) return failed(404, "Not found", "unknown");
  const std::string_view path = std::string_view{ask.path}.substr(kRoot.size());
  if (ask.header("x-api-key").empty()) {
    return {401, Json{{"error", "API key is required"}, {"success", false}}, endpoint_name(path), {}};
  }
  const World* world = authenticated(worlds, ask);
  if (world == nullptr) return {401, teli_error(401), endpoint_name(path), {}};
  if (ask.method != "GET") return failed(405, "Method not allowed", endpoint_name(path));
  return routed(*world, ask, path);
}

}  // namespace sandbox
