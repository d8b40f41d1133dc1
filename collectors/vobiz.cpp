// Vobiz: voice and SIP trunks, mostly in India. Resellers ("partners") have customers below them; scope
// partner reads a partner's own API, scope account a single customer's. Vobiz counts in minutes.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

#include "collectors/reading.h"
#include "exporter/core/collector.h"
#include "exporter/core/families.h"

namespace cpaas {

const Collector& vobiz_collector();

namespace {

namespace f = families;

constexpr Family customer_calls{"cpaas_customer_%_calls",
                                Kind::gauge,
                                {"customer_id"},
                                "Calls of the customer %, only of the customers with the most traffic"};
constexpr Family customer_cost{"cpaas_customer_%_cost",
                               Kind::gauge,
                               {"customer_id", "currency"},
                               "Cost of the customer's calls %, only of the customers with the most traffic"};

constexpr Family account_permission{"cpaas_account_permission",
                                    Kind::gauge,
                                    {"permission"},
                                    "1 if the provider lets the account do it over the API, else 0"};
constexpr Family customer_calls_blocked{
    "cpaas_customer_calls_blocked",
    Kind::gauge,
    {"customer_id"},
    "1 if the customer's calls are blocked until the identity check is done"};

constexpr std::string_view account_currency =
    "INR";                               // in the path of the wallet, unless the account says another
constexpr int customers_per_page = 100;  // the most that is allowed
constexpr int max_customer_pages = 500;

struct Direction {
  std::string_view name;
  std::string_view cost_category;
};
constexpr std::array directions{Direction{"inbound", "inbound_calls"},
                                Direction{"outbound", "outbound_calls"}};

HttpRequest request(const Settings& settings, std::string url) {
  HttpRequest result;
  result.url = std::move(url);
  result.headers = {{"X-Auth-ID", Secret(settings.text("auth_id"))},
                    {"X-Auth-Token", settings.secret("auth_token")},
                    {"Accept", Secret("application/json")}};
  return result;
}

std::vector<Call> one_call(const Settings& settings, std::string_view endpoint, std::string url, Read read) {
  auto parse_reply = [endpoint, read = std::move(read)](const Reply& reply) {
    return parse_object(reply, endpoint, read);
  };
  return {Call{request(settings, std::move(url)), std::move(parse_reply)}};
}

bool has_any(const JsonObject& object, std::initializer_list<std::string_view> keys) {
  return std::any_of(keys.begin(), keys.end(), [&](std::string_view key) { return object.has(key); });
}

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// An ISO 4217 code in upper case; empty if there is none.
std::string read_currency(JsonObject& object, std::string_view key, Need need = Need::required) {
  auto code = object.text(key, need).value_or("");
  if (code.empty()) return code;
  if (code.size() != 3 || !std::all_of(code.begin(), code.end(), is_letter)) {
    object.mistyped(key);
    return {};
  }
  for (char& c : code) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  return code;
}

// Money of an unknown currency is not exported.
std::optional<double> money(std::optional<double> amount, const std::string& currency) {
  return currency.empty() ? std::nullopt : amount;
}

void add_flag(Page& page, const Family& family, std::optional<bool> flag, LabelValues labels = {}) {
  if (flag) page.add(family, *flag ? 1 : 0, std::move(labels));
}

// Empty where personal data are not to be shown.
struct Person {
  std::string name;
  std::string email;
  std::string phone;
};

Person read_person(JsonObject& object, bool personal) {
  const auto text = [&](std::string_view key) { return object.text(key, Need::optional).value_or(""); };
  Person person{text("name"), text("email"), text("phone")};
  return personal ? person : Person{};
}

StatedPeriod read_period(JsonObject& body, const Dates& asked) {
  JsonObject period = body.object("period");
  return read_stated_period(period, "from", "to", Need::required, asked);
}

// --- dashboard and analytics: calls by direction, product and day

struct Traffic {
  std::optional<double> calls;
  std::optional<double> answered;
  std::optional<double> seconds;
  std::optional<double> cost;
};

Traffic read_counts(JsonObject& block, Need need = Need::required) {
  return {block.count("total_calls", need),
          block.count("answered_calls"),
          read_minutes(block, "total_minutes"),
          {}};
}

Traffic read_traffic(JsonObject& block, Need need = Need::required) {
  Traffic traffic = read_counts(block, need);
  traffic.cost = read_amount(block, "total_cost");
  return traffic;
}

void add_traffic(Page& page, Window window, std::string_view direction, const Traffic& traffic) {
  page.add(f::calls, window, traffic.calls, {direction});
  page.add(f::calls_answered, window, traffic.answered, {direction});
  page.add(f::voice_seconds, window, traffic.seconds, {direction, "standard"});
}

// The undivided `calls` only stand in for a missing split: beside it they would count everything twice.
void read_directions(JsonObject& body, Window window, const std::string& currency, Page& page) {
  JsonObject calls = body.object("calls");
  const Traffic total = read_traffic(calls, Need::purpose);
  JsonObject split = body.object("traffic");
  if (!split) {
    add_traffic(page, window, "combined", total);
    page.add(f::cost, window, money(total.cost, currency), {"calls", currency});
    return;
  }
  for (const auto& [direction, category] : directions) {
    JsonObject block = split.object(direction);
    const Traffic traffic = read_traffic(block, Need::purpose);
    add_traffic(page, window, direction, traffic);
    page.add(f::cost, window, money(traffic.cost, currency), {category, currency});
  }
}

// A map by product; `sip_trunking` and `voice_api` are known, others may come.
void read_products(JsonObject& body, Window window, const std::string& currency, Page& page) {
  JsonObject products = body.object("by_product");
  if (!products) return;
  const nlohmann::json& map = *body.raw("by_product");
  for (auto entry = map.begin(); entry != map.end(); ++entry) {
    const std::string& product = entry.key();
    JsonObject block = products.object(product);
    const Traffic traffic = read_traffic(block);
    page.add(f::product_calls, window, traffic.calls, {product});
    page.add(f::product_calls_answered, window, traffic.answered, {product});
    page.add(f::product_voice_seconds, window, traffic.seconds, {product});
    page.add(f::product_cost, window, money(traffic.cost, currency), {product, currency});
  }
}

struct DayTraffic {
  Day day;
  std::array<Traffic, directions.size()> by_direction;
  std::optional<double> cost;
};

DayTraffic quiet_day(Day day) {
  const Traffic none{0, 0, 0, std::nullopt};
  return {day, {none, none}, 0};
}

std::optional<DayTraffic> read_day(JsonObject& row) {
  row.ignore({"total_calls", "answered_calls", "total_minutes"});
  const auto date = row.day("date");
  DayTraffic result{date.value_or(Day{}), {}, read_amount(row, "total_cost")};
  for (std::size_t i = 0; i < directions.size(); ++i) {
    JsonObject block = row.object(directions.at(i).name);
    result.by_direction.at(i) = read_counts(block);
  }
  return date ? std::optional(result) : std::nullopt;
}

void add_to_ledger(Page& page, const DayTraffic& row, const std::string& currency) {
  for (std::size_t i = 0; i < directions.size(); ++i) {
    const std::string_view direction = directions.at(i).name;
    const Traffic& traffic = row.by_direction.at(i);
    add_day(page, f::calls_total, row.day, traffic.calls, {direction});
    add_day(page, f::calls_answered_total, row.day, traffic.answered, {direction});
    add_day(page, f::voice_seconds_total, row.day, traffic.seconds, {direction, "standard"});
  }
  add_day(page, f::cost_total, row.day, money(row.cost, currency), {"calls", currency});
}

void add_today(Page& page, const DayTraffic& row, const std::string& currency) {
  for (std::size_t i = 0; i < directions.size(); ++i) {
    add_traffic(page, Window::today, directions.at(i).name, row.by_direction.at(i));
  }
  page.add(f::cost, Window::today, money(row.cost, currency), {"calls", currency});
}

// Days without traffic have no row. So when the response reaches to today and has no row for it, today's
// values are 0.
void read_days(JsonObject& body, std::optional<Day> period_end, Day today, const std::string& currency,
               Page& page) {
  std::map<Day, DayTraffic> days;
  bool complete = body.each_object("time_series", Need::required, [&](JsonObject& row) {
    if (const auto day = read_day(row)) days.insert_or_assign(day->day, *day);
  });
  complete = complete && body.raw("time_series")->size() == days.size();
  if (complete && period_end == today && (days.empty() || days.rbegin()->first < today)) {
    days.emplace(today, quiet_day(today));
  }
  if (!days.empty() && days.rbegin()->first == today) add_today(page, days.rbegin()->second, currency);
  for (const auto& [day, traffic] : days) add_to_ledger(page, traffic, currency);
  if (!complete || days.empty()) return;
  constexpr std::chrono::days window{30};
  const Day oldest = days.begin()->first;
  const bool whole = period_end == today;
  page.days_read.push_back(
      {whole ? std::min(oldest, today - window + std::chrono::days{1}) : oldest, today, true});
}

void add_customer_states(Page& page, std::optional<double> total, std::optional<double> active,
                         std::optional<double> suspended) {
  page.add(f::customers, active, {"active"});
  page.add(f::customers, suspended, {"suspended"});
  if (!total || !active) return;
  const double inactive = *total - *active - suspended.value_or(0);
  if (inactive >= 0) page.add(f::customers, inactive, {"inactive"});
}

// What the dashboard's `partner` and /partner/me have in common.
void read_partner_state(JsonObject& partner, Need need, Page& page) {
  add_flag(page, f::account_active, partner.boolean("is_active", need));
  page.add(f::quota_limit, partner.count("max_accounts", need), {"accounts"});
  page.add(f::quota_used, partner.count("account_count", need), {"accounts"});
  partner.ignore({"id", "account_id", "slug", "default_pricing_tier_id", "created_at", "updated_at"});
  for (const std::string_view key :
       {"can_create_accounts", "can_create_pricing_tiers", "can_view_cdrs", "can_transfer_balance"}) {
    add_flag(page, account_permission, partner.boolean(key, Need::optional), {key.substr(4)});
  }
}

void read_nested_dashboard(JsonObject& body, const TimeZone& zone, TimePoint now, Page& page) {
  const std::string currency = read_currency(body, "currency");
  JsonObject partner = body.object("partner");
  read_partner_state(partner, Need::required, page);
  partner.ignore({"name", "company", "auth_id", "email", "phone", "billing_model", "is_verified", "balance"});
  JsonObject accounts = body.object("accounts");
  add_customer_states(page, accounts.count("total"), accounts.count("active"), {});
  accounts.ignore({"customers"});
  page.add(f::customers_balance, money(body.number("total_balance"), currency), {currency});
  const Day today = zone.day_of(now);
  const StatedPeriod period = read_period(body, {today - std::chrono::days{29}, today});
  add_period(page, period, "dashboard", zone);
  Page unused;  // of another period
  Page& windowed = period.as_asked ? page : unused;
  read_directions(body, Window::d30, currency, windowed);
  read_products(body, Window::d30, currency, windowed);
  read_days(body, period.to, today, currency, windowed);
}

// Two flat shapes are documented for the same URL: one about customers and one about accounts; they share
// keys.
void read_flat_dashboard(JsonObject& body, bool months_elsewhere, Page& page) {
  const Need customers = has_any(body, {"total_customers", "active_customers", "pending_kyc",
                                        "total_balance_held", "mtd_revenue"})
                             ? Need::purpose
                             : Need::optional;
  const Need accounts = customers == Need::purpose ? Need::optional : Need::purpose;
  const std::string currency = read_currency(body, "currency");
  const auto active_customers = body.count("active_customers", customers);
  const auto active_accounts = body.count("active_accounts", accounts);
  add_customer_states(page, body.count("total_customers", customers),
                      active_customers ? active_customers : active_accounts,
                      body.count("accounts_suspended", accounts));
  page.add(f::customers_pending_kyc, body.count("pending_kyc", customers));
  page.add(f::customers_low_balance, body.count("accounts_low_balance", accounts));
  const auto held = body.number("total_balance_held", customers);
  const auto balance = body.number("total_balance", accounts);
  page.add(f::customers_balance, money(held ? held : balance, currency), {currency});
  page.add(f::revenue, Window::month, money(body.number("mtd_revenue", customers), currency), {currency});
  page.add(f::calls, Window::today, body.count("calls_today", accounts), {"combined"});
  const auto month_calls = body.count("calls_this_month", accounts);
  const auto month_cost = money(body.number("total_spend_this_month", accounts), currency);
  if (months_elsewhere) return;  // divided: the whole beside its parts would count twice
  page.add(f::calls, Window::month, month_calls, {"combined"});
  page.add(f::cost, Window::month, month_cost, {"combined", currency});
}

// GET /api/v1/partner/dashboard. Its shapes are told apart by their keys: no version is stated.
void read_dashboard(JsonObject& body, const Settings& settings, TimePoint now, Page& page) {
  const bool flat =
      has_any(body, {"total_customers", "active_customers", "pending_kyc", "total_balance_held",
                     "mtd_revenue", "active_accounts", "accounts_suspended", "accounts_low_balance",
                     "calls_today", "calls_this_month", "total_spend_this_month"});
  if (flat && !has_any(body, {"calls", "traffic", "by_product", "time_series"})) {
    read_flat_dashboard(body, !settings.not_polled.contains("month"), page);
  } else {
    read_nested_dashboard(body, settings.zone, now, page);
  }
}

std::vector<Call> start_dashboard(const Settings& settings, const PollStart& /*at*/) {
  return one_call(
      settings, "dashboard", make_url(settings, "/api/v1/partner/dashboard"),
      [settings](JsonObject& body, TimePoint now, Page& page) { read_dashboard(body, settings, now, page); });
}

// The older shape: `totals` in seconds, `by_direction` and `top_customers`.
void read_older_analytics(JsonObject& body, Window window, Page& page) {
  JsonObject totals = body.object("totals");
  const std::string currency = read_currency(totals, "currency");
  const auto calls = totals.count("total_calls", Need::purpose);
  const auto cost = read_amount(totals, "total_cost");
  page.add(f::calls_answered, window, totals.count("answered_calls"), {"combined"});
  page.add(f::voice_seconds, window, totals.count("total_duration_seconds"), {"combined", "standard"});
  totals.ignore({"failed_calls"});  // total less answered
  JsonObject split = body.object("by_direction");
  if (!split) {
    page.add(f::calls, window, calls, {"combined"});
    page.add(f::cost, window, money(cost, currency), {"calls", currency});
  }
  for (const auto& [direction, category] : directions) {
    JsonObject block = split.object(direction);
    page.add(f::calls, window, block.count("calls", Need::purpose), {direction});
    page.add(f::cost, window, money(read_amount(block, "cost"), currency), {category, currency});
  }
  body.each_object("top_customers", Need::optional, [&](JsonObject& row) {
    const auto id = row.text("auth_id").value_or("");
    row.ignore({"name"});
    const auto customer_total = row.count("calls");
    const auto spent = money(read_amount(row, "cost"), currency);
    if (id.empty()) return;
    page.add(customer_calls, window, customer_total, {id});
    page.add(customer_cost, window, spent, {id, currency});
  });
}

// What is asked of the analytics.
struct Query {
  std::string_view endpoint;
  Window window;
  Dates dates;
};

// Only what depends on the asked period: the rest is the dashboard's, which is polled more often.
void read_analytics(JsonObject& body, const Query& query, const TimeZone& zone, Page& page) {
  const StatedPeriod period = read_period(body, query.dates);
  if (query.window != Window::last_month) add_period(page, period, query.endpoint, zone);
  Page unused;  // of another period
  Page& windowed = period.as_asked ? page : unused;
  if (body.has("totals")) {
    read_older_analytics(body, query.window, windowed);
    return;
  }
  const std::string currency = read_currency(body, "currency");
  body.ignore({"partner", "accounts", "total_balance", "time_series"});
  read_directions(body, query.window, currency, windowed);
  read_products(body, query.window, currency, windowed);
}

// GET /api/v1/partner/analytics; both dates are part of the period.
std::vector<Call> analytics_call(const Settings& settings, const Query& query) {
  return one_call(
      settings, query.endpoint,
      make_url(settings, "/api/v1/partner/analytics",
               {{"from_date", format_date(query.dates.from)}, {"to_date", format_date(query.dates.to)}}),
      [query, zone = settings.zone](JsonObject& body, TimePoint, Page& page) {
        read_analytics(body, query, zone, page);
      });
}

// For 30 days there is nothing to ask: the dashboard has them.
std::vector<Call> start_analytics(const Settings& settings, const PollStart& at) {
  const Window window = sliding_window(settings.window);
  if (window == Window::d30) return {};
  return analytics_call(settings, {"analytics", window, window_dates(settings, at.now)});
}

// Calendar months are what invoices are about.
std::vector<Call> start_month(const Settings& settings, const PollStart& at) {
  auto calls = analytics_call(settings, {"month", Window::month, month_dates(settings, at.now)});
  auto last = analytics_call(settings, {"month", Window::last_month, last_month_dates(settings, at.now)});
  calls.push_back(std::move(last.front()));
  return calls;
}

// --- profile

void add_balance(Page& page, double balance, const std::string& currency) {
  page.add(f::balance, balance, {currency});
  page.levels.push_back({&f::balance_spent_total, &f::balance_added_total, {currency}, balance});
}

// Adds the balance in the dashboard's currency; nothing if that does not say either. What is no dashboard
// says nothing of it: then the last good balance stays.
Call balance_call(const Settings& settings, double balance) {
  return {request(settings, make_url(settings, "/api/v1/partner/dashboard")),
          [balance](const Reply& reply) -> Result<Page> {
            Page page;
            Drift unused;  // the endpoint dashboard reports it
            JsonObject body(reply.body, unused);
            const std::string currency = read_currency(body, "currency");
            const bool is_dashboard = has_any(body, {"partner", "accounts", "calls", "traffic", "time_series",
                                                     "total_customers", "active_accounts", "calls_today"});
            if (currency.empty() && !is_dashboard) return no_answer("profile");
            if (currency.empty()) page.drift.missing.insert("currency");
            if (!currency.empty()) add_balance(page, balance, currency);
            return page;
          }};
}

// The currency is described for this response, yet absent from the documented example: then it is the
// account's option, or the dashboard's. It is never guessed.
void read_profile(JsonObject& body, const Settings& settings, Page& page) {
  read_partner_state(body, Need::optional, page);
  const bool stated = body.has("currency");
  const std::string given = read_currency(body, "currency", Need::optional);
  const std::string& currency = stated ? given : settings.text("currency");
  const auto balance = body.number("balance", Need::purpose);
  if (balance && !currency.empty()) add_balance(page, *balance, currency);
  if (balance && !stated && currency.empty()) page.next.push_back(balance_call(settings, *balance));
  const auto verified = body.boolean("is_verified", Need::optional);
  const auto text = [&](std::string_view key) { return body.text(key, Need::optional).value_or(""); };
  const Person person = read_person(body, settings.personal_data);
  page.add_info(f::account_info, {body.text("auth_id").value_or(""), "", text("status"),
                                  text("billing_model"), text("company"), text("country"),
                                  !verified   ? ""
                                  : *verified ? "true"
                                              : "false",
                                  person.name, person.email, person.phone});
  body.ignore({"gstin", "gst_status", "tds_enabled", "tds_percentage"});
}

// GET /api/v1/partner/me
std::vector<Call> start_profile(const Settings& settings, const PollStart& /*at*/) {
  return one_call(
      settings, "profile", make_url(settings, "/api/v1/partner/me"),
      [settings](JsonObject& body, TimePoint, Page& page) { read_profile(body, settings, page); });
}

// --- customers: pages of rows, and counts over all of them on the last page

// Carried from page to page.
struct CustomerCount {
  ListProof list;
  std::map<std::string, double> states{{"active", 0}, {"inactive", 0}, {"suspended", 0}};
  std::size_t wallets = 0;  // rows that say what is in them
  double pending_kyc = 0;
  bool all_states_known = true;
  bool all_kyc_known = true;
};

struct Customer {
  std::string id;
  std::string state;  // one of CustomerCount::states; empty if not given
  std::string kyc_status;
  std::string currency;
  bool wallet_read = false;
  std::optional<double> balance;  // where its currency is known
};

std::string read_state(JsonObject& row, Need status_need, Need active_need) {
  const auto status = row.text("status", status_need);
  const auto active = row.boolean("is_active", active_need);
  if (status == "active" || status == "inactive" || status == "suspended") return *status;
  if (status) row.mistyped("status");
  if (!active) return {};
  return *active ? "active" : "inactive";
}

std::string read_tier_currency(JsonObject& row, Need need) {
  JsonObject tier = row.object("pricing_tier", need);
  tier.ignore(
      {"id", "name", "partner_id", "is_active", "is_default", "rate_per_minute", "whatsapp_voice_rate"});
  tier.ignore({"streaming_rate_per_minute", "recording_rate_per_minute", "transcription_rate_per_minute"});
  tier.ignore({"pii_redaction_rate_per_minute", "charge_non_connected_calls", "non_connected_call_fee"});
  tier.ignore({"did_release_fee"});
  return read_currency(tier, "currency");
}

// Older rows have `balance`, `status` and `currency` where newer ones have `cash_credits`, `is_active` and
// the currency of their `pricing_tier`.
Customer read_customer(JsonObject& row, bool older) {
  const Need in_older = older ? Need::required : Need::optional;
  const Need in_newer = older ? Need::optional : Need::required;
  Customer customer;
  customer.id = row.text("auth_id", Need::purpose).value_or("");
  customer.state = read_state(row, in_older, in_newer);
  customer.kyc_status = row.text("kyc_status", in_newer).value_or("");
  if (customer.kyc_status == "verified" || customer.kyc_status == "kyc_completed") {
    customer.kyc_status = "completed";  // in other words
  }
  const std::string tier_currency = read_tier_currency(row, in_newer);
  const std::string own_currency = read_currency(row, "currency", in_older);
  customer.currency = tier_currency.empty() ? own_currency : tier_currency;
  const auto cash = row.number("cash_credits", in_newer);
  const auto balance = row.number("balance", in_older);
  customer.wallet_read = cash || balance;
  customer.balance = money(cash ? cash : balance, customer.currency);
  return customer;
}

// False if the customer was there before.
bool count_customer(const Customer& customer, CustomerCount& count) {
  if (!count.list.add(customer.id)) return false;
  if (customer.wallet_read) ++count.wallets;
  if (customer.state.empty()) count.all_states_known = false;
  if (customer.kyc_status.empty()) count.all_kyc_known = false;
  if (!customer.state.empty()) count.states[customer.state] += 1;
  if (customer.kyc_status != "completed") count.pending_kyc += 1;
  return true;
}

// `auth_token` is a secret of the customer.
void ignore_customer_details(JsonObject& row) {
  row.ignore({"auth_token", "id", "api_id", "partner_id", "pricing_tier_id", "google_id", "resource_uri"});
  row.ignore({"description", "address", "city", "state", "zip_code", "timezone", "business_type", "role"});
  row.ignore({"gstin", "gst_status", "tds_enabled", "tds_percentage", "account_type", "postpaid", "enabled"});
  row.ignore({"auto_recharge", "auto_recharge_config", "is_verified", "is_trial_account", "last_login"});
  row.ignore(
      {"base_cps_limit", "base_concurrent_calls_limit", "purchased_cps", "purchased_concurrent_calls"});
  row.ignore({"referral_code", "referral_disabled", "created_at", "updated_at"});
  row.ignore({"custom_referrer_reward_amount", "custom_referee_reward_amount"});
}

void add_customer(JsonObject& row, bool personal, CustomerCount& count, Page& page) {
  const bool older = !row.has("cash_credits") && row.has("balance");
  const Need need = older ? Need::optional : Need::required;
  const Customer customer = read_customer(row, older);
  const auto& [id, state, kyc_status, currency, wallet_read, balance] = customer;
  const auto concurrent = row.count("concurrent_calls_limit", need);
  const auto cps = row.count("cps_limit", need);
  const auto billing_mode = row.text("billing_mode", need).value_or("");
  const auto company = row.text("company", Need::optional).value_or("");
  const auto country = row.text("country", Need::optional).value_or("");
  const Person person = read_person(row, personal);
  const auto blocked = row.boolean("kyc_calls_blocked", Need::optional);
  ignore_customer_details(row);
  if (!count_customer(customer, count) || id.empty()) return;
  page.add(f::customer_balance, balance, {id, currency});
  if (balance) page.levels.push_back({&f::customer_balance_spent_total, nullptr, {id, currency}, *balance});
  if (!state.empty()) page.add(f::customer_active, state == "active" ? 1 : 0, {id});
  add_flag(page, customer_calls_blocked, blocked, {id});
  page.add(f::customer_quota_limit, concurrent, {id, "concurrent_calls"});
  page.add(f::customer_quota_limit, cps, {id, "calls_per_second"});
  page.add_info(f::customer_info, {id, company, kyc_status, billing_mode, state, country, person.name,
                                   person.email, person.phone});
}

void add_customer_counts(const CustomerCount& count, Page& page) {
  for (const auto& [state, customers] : count.states) {
    if (count.all_states_known) page.add(f::customers, customers, {state});
  }
  if (count.all_kyc_known) page.add(f::customers_pending_kyc, count.pending_kyc);
}

Call customers_call(const Settings& settings, CustomerCount count);

// After the last page: the counts over all of them, or the list anew if it is not whole.
std::optional<Error> finish_customers(const Settings& settings, const CustomerCount& count, Page& page) {
  if (!count.list.whole()) {
    auto again = count.list.again();
    if (!again) return count.list.error("customers");
    page = {};
    page.starts_over = true;
    CustomerCount anew;
    anew.list = std::move(*again);
    page.next.push_back(customers_call(settings, std::move(anew)));
    return std::nullopt;
  }
  if (count.list.rows() > 0 && count.wallets == 0) return no_answer("customers").value();
  add_customer_counts(count, page);
  return std::nullopt;
}

// Reads a page and asks for the next one. When a provider repeats rows or never ends, the poll fails: a list
// that is known to be wrong must not replace a good one.
std::optional<Error> read_customers(JsonObject& body, const Settings& settings, CustomerCount count,
                                    Page& page) {
  const auto total = body.count("total");
  const auto size = body.count("size", Need::optional).value_or(customers_per_page);
  body.ignore({"page"});
  count.list.begin_page(total);
  const Need need = total == 0.0 ? Need::optional : Need::purpose;
  body.each_object("accounts", need,
                   [&](JsonObject& row) { add_customer(row, settings.personal_data, count, page); });
  const auto rows = static_cast<double>(count.list.rows());
  const bool full = static_cast<double>(count.list.page_rows()) >= size;
  const bool more = count.list.page_new() > 0 && (total ? rows < *total : full);
  if (!more) return finish_customers(settings, count, page);
  if (count.list.pages() == max_customer_pages) {
    return Error{Reason::schema,
                 "customers: page " + std::to_string(max_customer_pages) + " is not the last one"};
  }
  page.next.push_back(customers_call(settings, std::move(count)));
  return std::nullopt;
}

Result<Page> parse_customers(const Reply& reply, const Settings& settings, const CustomerCount& count) {
  std::optional<Error> error;
  auto page = parse_object(reply, "customers", [&](JsonObject& body, TimePoint, Page& into) {
    error = read_customers(body, settings, count, into);
  });
  if (error) return tl::unexpected(std::move(*error));
  return page;
}

// GET /api/v1/partner/accounts
Call customers_call(const Settings& settings, CustomerCount count) {
  auto url = make_url(
      settings, "/api/v1/partner/accounts",
      {{"page", std::to_string(count.list.pages() + 1)}, {"per_page", std::to_string(customers_per_page)}});
  return {request(settings, std::move(url)), [settings, count = std::move(count)](const Reply& reply) {
            return parse_customers(reply, settings, count);
          }};
}

std::vector<Call> start_customers(const Settings& settings, const PollStart& /*at*/) {
  return {customers_call(settings, {})};
}

// --- scope account

std::string account_path(const Settings& settings, std::string_view rest) {
  return "/api/v1/Account/" + percent_encode(settings.text("auth_id")) + std::string(rest);
}

void read_balance(JsonObject& body, TimePoint /*now*/, Page& page) {
  const std::string currency = read_currency(body, "currency");
  const auto amount = [&](std::string_view key, Need need = Need::required) {
    return money(body.number(key, need), currency);
  };
  if (const auto balance = amount("balance", Need::purpose)) add_balance(page, *balance, currency);
  page.add(f::balance_available, amount("available_balance"), {currency});
  page.add(f::balance_reserved, amount("reserved_funds"), {currency});
  page.add(f::balance_promotional, amount("promotional_balance", Need::optional), {currency});
  page.add(f::credit_limit, amount("credit_limit"), {currency});
  page.add(f::balance_low_threshold, amount("low_balance_threshold"), {currency});
  const auto postpaid = body.boolean("is_postpaid", Need::optional);
  const std::string_view billing = !postpaid ? "" : *postpaid ? "postpaid" : "prepaid";
  page.add_info(f::account_info, {body.text("account_id").value_or(""), "", body.text("status").value_or(""),
                                  billing, "", "", "", "", "", ""});
  body.ignore({"id", "promotional_reserved_balance", "credit_limit_type", "created_at", "updated_at"});
}

// GET /api/v1/Account/{auth_id}/balance/{currency}
std::vector<Call> start_balance(const Settings& settings, const PollStart& /*at*/) {
  const std::string& given = settings.text("currency");
  const std::string currency = given.empty() ? std::string(account_currency) : given;
  const std::string path = account_path(settings, "/balance/" + percent_encode(currency));
  return one_call(settings, "balance", make_url(settings, path), read_balance);
}

void read_concurrency(JsonObject& body, TimePoint /*now*/, Page& page) {
  page.add(f::quota_used, body.count("concurrent_calls", Need::purpose), {"concurrent_calls"});
  page.add(f::quota_limit, body.count("max_concurrent"), {"concurrent_calls"});
  body.ignore({"account_id", "utilization_pct", "request_id"});
}

// GET /api/v1/Account/{auth_id}/concurrency
std::vector<Call> start_concurrency(const Settings& settings, const PollStart& /*at*/) {
  return one_call(settings, "concurrency", make_url(settings, account_path(settings, "/concurrency")),
                  read_concurrency);
}

void read_numbers(JsonObject& body, TimePoint /*now*/, Page& page) {
  page.add(f::phone_numbers, body.count("total", Need::purpose));
  body.ignore({"items", "page", "per_page"});
}

// GET /api/v1/Account/{auth_id}/numbers: only its total is used, so one row is enough.
std::vector<Call> start_numbers(const Settings& settings, const PollStart& /*at*/) {
  return one_call(settings, "numbers",
                  make_url(settings, account_path(settings, "/numbers"), {{"page", "1"}, {"per_page", "1"}}),
                  read_numbers);
}

// --- declarations

constexpr WindowKinds days30{.d30 = true};
constexpr WindowKinds today{.today = true};
constexpr WindowKinds month{.month = true};
constexpr WindowKinds days7_and_days90{.d7 = true, .d90 = true};
constexpr WindowKinds months{.month = true, .last_month = true};

constexpr std::array sources{
    Source{&f::balance, "profile", "balance"},
    of_moves({&f::balance_spent_total, "profile", "falls of balance"}),
    of_moves({&f::balance_added_total, "profile", "rises of balance"}),
    Source{&f::quota_limit, "profile", "max_accounts"},
    Source{&f::quota_used, "profile", "account_count"},
    Source{&f::account_active, "profile", "is_active"},
    Source{&account_permission, "profile", "can_*"},
    Source{&f::account_info, "profile",
           "auth_id, status, billing_model, company, country, is_verified, name, email, phone"},
    Source{&f::customer_balance, "customers", "accounts[].cash_credits, older: accounts[].balance"},
    of_moves({&f::customer_balance_spent_total, "customers", "falls of accounts[].cash_credits"}),
    Source{&f::customer_active, "customers", "accounts[].is_active, older: accounts[].status"},
    Source{&customer_calls_blocked, "customers", "accounts[].kyc_calls_blocked"},
    Source{&f::customer_quota_limit, "customers", "accounts[].concurrent_calls_limit, accounts[].cps_limit"},
    Source{&f::customer_info, "customers",
           "accounts[].auth_id, company, kyc_status, billing_mode, is_active, country, name, email, phone"},
    Source{&f::customers, "customers", "accounts[] counted by is_active, older: status"},
    Source{&f::customers_pending_kyc, "customers",
           "accounts[] counted whose kyc_status is neither completed nor verified"},
    Source{&f::account_active, "dashboard", "partner.is_active"},
    Source{&account_permission, "dashboard", "partner.can_*"},
    Source{&f::quota_limit, "dashboard", "partner.max_accounts"},
    Source{&f::quota_used, "dashboard", "partner.account_count"},
    Source{&f::customers, "dashboard",
           "accounts.active, accounts.total - accounts.active; flat: total_customers, active_customers, "
           "active_accounts, accounts_suspended"},
    Source{&f::customers_balance, "dashboard", "total_balance, flat: total_balance_held"},
    Source{&f::customers_pending_kyc, "dashboard", "flat: pending_kyc"},
    Source{&f::customers_low_balance, "dashboard", "flat: accounts_low_balance"},
    Source{&f::period_start, "dashboard", "period.from"},
    Source{&f::period_end, "dashboard", "period.to"},
    Source{&f::calls, "dashboard", "traffic.*.total_calls", days30},
    Source{&f::calls, "dashboard", "time_series[].*.total_calls of today; flat: calls_today", today},
    Source{&f::calls, "dashboard", "flat: calls_this_month, where `month` is not asked", month},
    Source{&f::calls_answered, "dashboard", "traffic.*.answered_calls", days30},
    Source{&f::calls_answered, "dashboard", "time_series[].*.answered_calls of today", today},
    Source{&f::voice_seconds, "dashboard", "traffic.*.total_minutes x 60", days30},
    Source{&f::voice_seconds, "dashboard", "time_series[].*.total_minutes x 60 of today", today},
    Source{&f::cost, "dashboard", "traffic.*.total_cost", days30},
    Source{&f::cost, "dashboard", "time_series[].total_cost of today", today},
    Source{&f::cost, "dashboard", "flat: total_spend_this_month, where `month` is not asked", month},
    Source{&f::revenue, "dashboard", "flat: mtd_revenue", month},
    of_days({&f::calls_total, "dashboard", "sum of time_series[].*.total_calls"}),
    of_days({&f::calls_answered_total, "dashboard", "sum of time_series[].*.answered_calls"}),
    of_days({&f::voice_seconds_total, "dashboard", "sum of time_series[].*.total_minutes x 60"}),
    of_days({&f::cost_total, "dashboard", "sum of time_series[].total_cost"}),
    Source{&f::product_calls, "dashboard", "by_product.*.total_calls", days30},
    Source{&f::product_calls_answered, "dashboard", "by_product.*.answered_calls", days30},
    Source{&f::product_voice_seconds, "dashboard", "by_product.*.total_minutes x 60", days30},
    Source{&f::product_cost, "dashboard", "by_product.*.total_cost", days30},
    Source{&f::period_start, "analytics", "period.from"},
    Source{&f::period_end, "analytics", "period.to"},
    Source{&f::calls, "analytics", "traffic.*.total_calls, older: by_direction.*.calls", days7_and_days90},
    Source{&f::calls_answered, "analytics", "traffic.*.answered_calls, older: totals.answered_calls",
           days7_and_days90},
    Source{&f::voice_seconds, "analytics",
           "traffic.*.total_minutes x 60, older: totals.total_duration_seconds", days7_and_days90},
    Source{&f::cost, "analytics", "traffic.*.total_cost, older: by_direction.*.cost", days7_and_days90},
    Source{&f::product_calls, "analytics", "by_product.*.total_calls", days7_and_days90},
    Source{&f::product_calls_answered, "analytics", "by_product.*.answered_calls", days7_and_days90},
    Source{&f::product_voice_seconds, "analytics", "by_product.*.total_minutes x 60", days7_and_days90},
    Source{&f::product_cost, "analytics", "by_product.*.total_cost", days7_and_days90},
    Source{&customer_calls, "analytics", "older: top_customers[].calls", days7_and_days90},
    Source{&customer_cost, "analytics", "older: top_customers[].cost", days7_and_days90},
    Source{&f::period_start, "month", "period.from"},
    Source{&f::period_end, "month", "period.to"},
    Source{&f::calls, "month", "traffic.*.total_calls, older: by_direction.*.calls", months},
    Source{&f::calls_answered, "month", "traffic.*.answered_calls, older: totals.answered_calls", months},
    Source{&f::voice_seconds, "month", "traffic.*.total_minutes x 60, older: totals.total_duration_seconds",
           months},
    Source{&f::cost, "month", "traffic.*.total_cost, older: by_direction.*.cost", months},
    Source{&f::product_calls, "month", "by_product.*.total_calls", months},
    Source{&f::product_calls_answered, "month", "by_product.*.answered_calls", months},
    Source{&f::product_voice_seconds, "month", "by_product.*.total_minutes x 60", months},
    Source{&f::product_cost, "month", "by_product.*.total_cost", months},
    Source{&customer_calls, "month", "older: top_customers[].calls", months},
    Source{&customer_cost, "month", "older: top_customers[].cost", months},
    Source{&f::balance, "balance", "balance"},
    of_moves({&f::balance_spent_total, "balance", "falls of balance"}),
    of_moves({&f::balance_added_total, "balance", "rises of balance"}),
    Source{&f::balance_available, "balance", "available_balance"},
    Source{&f::balance_reserved, "balance", "reserved_funds"},
    Source{&f::balance_promotional, "balance", "promotional_balance"},
    Source{&f::credit_limit, "balance", "credit_limit"},
    Source{&f::balance_low_threshold, "balance", "low_balance_threshold"},
    Source{&f::account_info, "balance", "account_id, status, is_postpaid"},
    Source{&f::quota_used, "concurrency", "concurrent_calls"},
    Source{&f::quota_limit, "concurrency", "max_concurrent"},
    Source{&f::phone_numbers, "numbers", "total"},
};

// `customers` stands before `dashboard`: it tells three states of customers apart, the dashboard at most two
// at a time, and a mix of both would not add up.
constexpr std::array endpoints{
    Endpoint{
        "profile",
        "The partner's master wallet, state and limit of accounts. Where neither it nor `currency` says the "
        "wallet's currency, a second request asks the dashboard",
        std::chrono::minutes{1}, true, "partner", start_profile},
    Endpoint{"customers",
             "Wallets, limits and identity checks of all customers; one request for every 100 of them",
             std::chrono::minutes{15}, true, "partner", start_customers},
    Endpoint{"dashboard", "Calls, minutes and cost of the last 30 days, by direction, product and day",
             std::chrono::minutes{1}, true, "partner", start_dashboard},
    Endpoint{"analytics", "The same for a window of 7 or 90 days; asks nothing when the window is 30 days",
             std::chrono::minutes{15}, true, "partner", start_analytics},
    Endpoint{"month",
             "The same for this calendar month and for the last one, as invoices count; two requests",
             std::chrono::minutes{15}, true, "partner", start_month},
    Endpoint{"balance", "The account's wallet", std::chrono::minutes{1}, true, "account", start_balance},
    Endpoint{"concurrency", "Calls at this moment and how many are allowed", std::chrono::minutes{1}, true,
             "account", start_concurrency},
    Endpoint{"numbers", "How many phone numbers are rented", std::chrono::minutes{15}, true, "account",
             start_numbers},
};

std::span<const Option> options() {
  static const std::array all{
      Option{"scope",
             OptionKind::choice,
             "whose credentials these are: a reseller's or a single account's",
             true,
             "",
             {"partner", "account"}},
      Option{.name = "auth_id",
             .kind = OptionKind::text,
             .help = "PA_... in scope partner, MA_... in scope account",
             .required = true,
             .prefixes = {{"PA_", "partner"}, {"MA_", "account"}},
             .names_account = true},
      Option{"auth_token", OptionKind::secret, "the token that belongs to auth_id", true},
      Option{"currency", OptionKind::currency,
             "currency of the wallet, as ISO 4217 code; in scope account INR unless given, in scope partner "
             "what the "
             "profile or the dashboard says"},
  };
  return all;
}

}  // namespace

const Collector& vobiz_collector() {
  static const Collector collector{"vobiz", "Vobiz", "https://api.vobiz.ai", options(), endpoints, sources};
  return collector;
}

}  // namespace cpaas
