// Vobiz's documented API: /api/v1/partner/... for partner credentials (PA_...), /api/v1/Account/{auth_id}/...
// for an account's own (MA_...). Periods are UTC days.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "sandbox/vobiz_views.h"

namespace sandbox {

namespace {

constexpr std::string_view kPartnerRoot = "/api/v1/partner/";
constexpr std::string_view kAccountRoot = "/api/v1/Account/";

Json standard_error(std::string_view code, std::string_view message) {
  return {{"status", "error"}, {"error", {{"code", std::string{code}}, {"message", std::string{message}}}}};
}

Json account_error(int code, std::string_view message) {
  return {{"error", {{"code", code}, {"message", std::string{message}}}}};
}

Answer not_found(std::string_view endpoint) {
  return {404, vobiz_error(404), std::string{endpoint}, {}};
}

Answer invalid(std::string_view field, std::string_view text, const std::string& value,
               std::string_view endpoint) {
  Json one{{"field", std::string{field}},
           {"message", std::string{text}},
           {"code", "OUT_OF_RANGE"},
           {"value", value}};
  Json body = standard_error("VALIDATION_ERROR", "Request validation failed");
  body["error"]["details"] = {{"errors", Json::array({std::move(one)})}};
  return {422, std::move(body), std::string{endpoint}, {}};
}

VobizPeriod last_30_days(const World& world) {
  const Day today = day_of(world.minute());
  return {today - std::chrono::days{30}, today};
}

Answer dashboard(const World& world, const Ask&) {
  constexpr const char* kName = "partner/dashboard";
  if (world.variants().is("vobiz.dashboard", "flat_customers"))
    return {200, vobiz_flat_customers(world), kName, {}};
  if (world.variants().is("vobiz.dashboard", "flat_counts"))
    return {200, vobiz_flat_counts(world), kName, {}};
  return {200, vobiz_dashboard(world, last_30_days(world)), kName, {}};
}

Answer analytics(const World& world, const Ask& ask) {
  constexpr const char* kName = "partner/analytics";
  VobizPeriod period = last_30_days(world);
  if (const auto text = ask.parameter("from_date")) {
    const auto day = parse_date(*text);
    if (!day) return invalid("from_date", "Must be YYYY-MM-DD", *text, kName);
    period.from = *day;
  }
  if (const auto text = ask.parameter("to_date")) {
    const auto day = parse_date(*text);
    if (!day) return invalid("to_date", "Must be YYYY-MM-DD", *text, kName);
    period.to = *day;
  }
  if (period.to < period.from)
    return invalid("to_date", "Must not be before from_date", date_text(period.to), kName);
  if (period.to - period.from > std::chrono::days{800}) {
    return invalid("from_date", "Period is too long", date_text(period.from), kName);
  }
  const bool totals = world.variants().is("vobiz.analytics", "totals");
  return {200, totals ? vobiz_analytics_totals(world, period) : vobiz_dashboard(world, period), kName, {}};
}

Answer me(const World& world, const Ask&) {
  const std::int64_t balance = world.vobiz().wallet.balance();
  if (world.variants().is("vobiz.me", "string")) {
    return {200, vobiz_partner(world, money_text(balance, 5)), "partner/me", {}};
  }
  Json body{{"auth_id", world.credentials().vobiz_partner_id},
            {"name", "Sandbox Partner"},
            {"email", "partner@example.com"},
            {"balance", money_number(balance)},
            {"currency", "INR"},
            {"country", "IN"},
            {"created_at", iso_text(time_of(world.vobiz().created))}};
  return {200, std::move(body), "partner/me", {}};
}

struct Page {
  std::int64_t number = 1;
  std::int64_t size = 20;
};

// Nothing and `problem` set for a page that may not be asked for.
std::optional<Page> page_of(const Ask& ask, std::int64_t default_size, std::int64_t highest,
                            std::string_view endpoint, Answer& problem) {
  const std::string size_name = ask.query.contains("per_page") ? "per_page" : "size";
  const std::string number_text = ask.parameter("page").value_or("1");
  const std::string size_text = ask.parameter(size_name).value_or(std::to_string(default_size));
  const auto number = whole(number_text);
  const auto size = whole(size_text);
  if (!number || *number < 1) problem = invalid("page", "Must be 1 or more", number_text, endpoint);
  if (!size || *size < 1 || *size > highest) {
    problem = invalid(size_name, fmt::format("Must be between 1 and {}", highest), size_text, endpoint);
  }
  if (problem.status != 200) return std::nullopt;
  return Page{*number, *size};
}

bool contains(const VobizAccount& one, std::string_view text) {
  return one.name.find(text) != std::string::npos || one.email.find(text) != std::string::npos;
}

// The index range of a page in a list of `total`.
std::pair<std::size_t, std::size_t> range_of(Page page, std::size_t total) {
  const auto size = static_cast<std::size_t>(page.size);
  const std::size_t skipped =
      static_cast<std::size_t>(std::min<std::int64_t>(page.number - 1, 1'000'000)) * size;
  return {std::min(skipped, total), std::min(skipped + size, total)};
}

Answer accounts(const World& world, const Ask& ask) {
  constexpr const char* kName = "partner/accounts";
  Answer problem;
  const auto page = page_of(ask, 20, 100, kName, problem);
  if (!page) return problem;
  std::vector<const VobizAccount*> matching;
  for (const VobizAccount& one : world.vobiz().customers) {
    if (contains(one, ask.parameter("search").value_or(""))) matching.push_back(&one);
  }
  const auto [first, last] = range_of(*page, matching.size());
  Json rows = Json::array();
  for (std::size_t i = first; i < last; ++i) rows.push_back(vobiz_customer(world, *matching[i], true));
  Json body{{"accounts", std::move(rows)},
            {"total", matching.size()},
            {"page", page->number},
            {"size", page->size}};
  return {200, std::move(body), kName, {}};
}

Answer one_account(const World& world, std::span<const std::string_view> parts) {
  const auto& customers = world.vobiz().customers;
  const auto found = std::ranges::find(customers, parts[1], &VobizAccount::auth_id);
  const std::string_view what = parts.size() == 3 ? parts[2] : std::string_view{};
  const std::string name = what.empty() ? "partner/accounts/get" : fmt::format("partner/accounts/{}", what);
  if (found == customers.end()) return not_found(name);
  if (what.empty()) return {200, vobiz_customer(world, *found, false), name, {}};
  if (what == "balance") return {200, vobiz_customer_balance(*found), name, {}};
  return {200, vobiz_customer_concurrency(world, *found), name, {}};
}

bool is_account_path(std::span<const std::string_view> parts) {
  if (parts.size() < 2 || parts[0] != "accounts") return false;
  return parts.size() == 2 || (parts.size() == 3 && (parts[2] == "balance" || parts[2] == "concurrency"));
}

using Handler = Answer (*)(const World&, const Ask&);
struct Route {
  std::string_view path;
  Handler handler;
};
constexpr std::array<Route, 4> kPartnerRoutes{
    {{"dashboard", dashboard}, {"analytics", analytics}, {"me", me}, {"accounts", accounts}}};

const World* find_world(Worlds worlds, const Ask& ask, std::string Credentials::*id,
                        std::string Credentials::*token) {
  for (const World* world : worlds) {
    const Credentials& wanted = world->credentials();
    if (wanted.*id == ask.header("x-auth-id") && wanted.*token == ask.header("x-auth-token")) return world;
  }
  return nullptr;
}

const World* partner_world(Worlds worlds, const Ask& ask) {
  return find_world(worlds, ask, &Credentials::vobiz_partner_id, &Credentials::vobiz_partner_token);
}

const World* account_world(Worlds worlds, const Ask& ask) {
  return find_world(worlds, ask, &Credentials::vobiz_account_id, &Credentials::vobiz_account_token);
}

// Nothing when the credentials are right for the partner paths.
std::optional<Answer> refused_partner(Worlds worlds, const Ask& ask, const std::string& endpoint) {
  if (partner_world(worlds, ask) != nullptr) return std::nullopt;
  if (account_world(worlds, ask) != nullptr) {
    return Answer{
        403, standard_error("FORBIDDEN", "Account credentials cannot use the partner API"), endpoint, {}};
  }
  return Answer{401, vobiz_error(401), endpoint, {}};
}

Answer partner_answer(Worlds worlds, const Ask& ask) {
  const std::string_view path = std::string_view{ask.path}.substr(kPartnerRoot.size());
  const auto parts = segments(path);
  const auto route = std::ranges::find(kPartnerRoutes, path, &Route::path);
  const bool known = route != kPartnerRoutes.end() || is_account_path(parts);
  if (!known) return not_found("unknown");
  std::string endpoint = "partner/" + std::string{path};
  if (parts.size() >= 2)
    endpoint = parts.size() == 2 ? "partner/accounts/get" : fmt::format("partner/accounts/{}", parts[2]);
  if (auto refused = refused_partner(worlds, ask, endpoint)) return *refused;
  if (ask.method != "GET") return {405, vobiz_error(405), endpoint, {}};
  const World& world = *partner_world(worlds, ask);
  return route != kPartnerRoutes.end() ? route->handler(world, ask) : one_account(world, parts);
}

Answer numbers(const World& world, const Ask& ask) {
  constexpr const char* kName = "account/numbers";
  Answer problem;
  const auto page = page_of(ask, 25, 100, kName, problem);
  if (!page) return problem;
  const VobizAccount& account = world.vobiz().account;
  const auto [first, last] = range_of(*page, account.numbers.size());
  Json items = Json::array();
  for (std::size_t i = first; i < last; ++i) {
    items.push_back(vobiz_number(account, account.numbers[i], world.minute()));
  }
  Json body{{"items", std::move(items)},
            {"page", page->number},
            {"per_page", page->size},
            {"total", account.numbers.size()}};
  return {200, std::move(body), kName, {}};
}

// {auth_id}/balance/{currency}, {auth_id}/concurrency, {auth_id}/numbers
std::string account_endpoint(std::span<const std::string_view> parts) {
  if (parts.size() == 3 && parts[1] == "balance") return "account/balance";
  if (parts.size() == 2 && (parts[1] == "concurrency" || parts[1] == "numbers")) {
    return fmt::format("account/{}", parts[1]);
  }
  return "unknown";
}

Answer account_answer(Worlds worlds, const Ask& ask) {
  const auto parts = segments(std::string_view{ask.path}.substr(kAccountRoot.size()));
  const std::string endpoint = account_endpoint(parts);
  if (endpoint == "unknown") return not_found(endpoint);
  const World* world = account_world(worlds, ask);
  if (world == nullptr) {
    const bool partner = partner_world(worlds, ask) != nullptr;
    return {partner ? 403 : 401,
            partner ? account_error(403, "Partner credentials cannot use the account API")
                    : account_error(401, "Invalid token"),
            endpoint,
            {}};
  }
  if (parts[0] != world->credentials().vobiz_account_id) {
    return {403, account_error(403, "Account id does not match the credentials"), endpoint, {}};
  }
  if (ask.method != "GET") return {405, vobiz_error(405), endpoint, {}};
  if (endpoint == "account/numbers") return numbers(*world, ask);
  if (endpoint == "account/concurrency") return {200, vobiz_account_concurrency(*world), endpoint, {}};
  return parts[2] == "INR" ? Answer{200, vobiz_account_balance(*world), endpoint, {}} : not_found(endpoint);
}

}  // namespace

Json vobiz_error(int status) {
  switch (status) {
    case 401:
      return standard_error("INVALID_CREDENTIALS", "Invalid X-Auth-ID or X-Auth-Token");
    case 402: {
      Json body =
          standard_error("INSUFFICIENT_BALANCE", "Account balance too low to complete this operation");
      body["error"]["details"] = {{"required", 1000}, {"available", 450}, {"currency", "INR"}};
      return body;
    }
    case 403:
      return standard_error("ACCOUNT_INACTIVE", "Account is inactive. Contact support to reactivate.");
    case 404:
      return {{"api_id", "55667788-0000-4000-8000-000000000404"},
              {"error", "not_found"},
              {"message", "Not found"}};
    case 429: {
      Json body = standard_error("RATE_LIMIT_EXCEEDED", "Rate limit exceeded");
      body["error"]["details"] = {{"limitType", "api"}, {"limit", 10}, {"current", 15}, {"retryAfter", 1}};
      return body;
    }
    default:
      return {{"error", fmt::format("Request failed ({})", status)}};
  }
}

Answer vobiz_answer(Worlds worlds, const Ask& ask) {
  if (ask.path.starts_with(kPartnerRoot)) return partner_answer(worlds, ask);
  if (ask.path.starts_with(kAccountRoot)) return account_answer(worlds, ask);
  return not_found("unknown");
}

}  // namespace sandbox
