#include "sandbox/vobiz_views.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace sandbox {

namespace {

using A = VobizAccount;
constexpr std::array kDirections{A::kInbound, A::kOutbound};
constexpr std::array kProducts{A::kSipTrunking, A::kVoiceApi};

VobizCalls calls_of(const Row& row) {
  VobizCalls calls;
  for (const auto direction : kDirections) {
    for (const auto product : kProducts) calls.add(row, direction, product);
  }
  return calls;
}

VobizCalls calls_of(const Row& row, A::Direction direction) {
  VobizCalls calls;
  for (const auto product : kProducts) calls.add(row, direction, product);
  return calls;
}

VobizCalls calls_of(const Row& row, A::Product product) {
  VobizCalls calls;
  for (const auto direction : kDirections) calls.add(row, direction, product);
  return calls;
}

Json counts_json(const VobizCalls& calls) {
  return {{"total_calls", calls.total},
          {"answered_calls", calls.answered},
          {"total_minutes", minutes_number(calls.seconds)}};
}

Json calls_json(const VobizCalls& calls) {
  Json body = counts_json(calls);
  body["total_cost"] = money_text(calls.cost, 2);
  return body;
}

Json time_series(const Vobiz& vobiz, VobizPeriod period) {
  Json days = Json::array();
  for (Day day = period.from; day <= period.to; day += std::chrono::days{1}) {
    const Row row = vobiz.over(day, day);
    const VobizCalls calls = calls_of(row);
    if (calls.total == 0) continue;
    Json one{{"date", date_text(day)}};
    one.update(calls_json(calls));
    one["inbound"] = counts_json(calls_of(row, A::kInbound));
    one["outbound"] = counts_json(calls_of(row, A::kOutbound));
    days.push_back(std::move(one));
  }
  return days;
}

std::string micros_time(Minute minute, std::string_view offset) {
  std::string text = iso_text(time_of(minute));
  text.pop_back();
  return fmt::format("{}.529435{}", text, offset);
}

std::int64_t active_customers(const Vobiz& vobiz) {
  return std::ranges::count(vobiz.customers, true, &A::active);
}

Json customers_json(const Vobiz& vobiz) {
  Json list = Json::array();
  for (const A& one : vobiz.customers) {
    list.push_back({{"auth_id", one.auth_id},
                    {"name", one.name},
                    {"email", one.email},
                    {"phone", one.phone},
                    {"is_active", one.active},
                    {"created_at", micros_time(one.created, "+00:00")}});
  }
  return {
      {"total", vobiz.customers.size()}, {"active", active_customers(vobiz)}, {"customers", std::move(list)}};
}

constexpr const char* kPartnerId = "99887766-1234-5678-90ab-cdef12345678";
constexpr const char* kTierId = "11223344-1234-5678-90ab-cdef12345678";

Json pricing_tier(const A& customer, bool in_list) {
  Json tier{{"id", kTierId},
            {"name", "Standard"},
            {"currency", "INR"},
            {"rate_per_minute", money_number(customer.per_pulse_out * 10)}};
  if (in_list) {
    tier.update(Json{{"streaming_rate_per_minute", 0.2},
                     {"recording_rate_per_minute", 0.1},
                     {"whatsapp_voice_rate", 0.45},
                     {"transcription_rate_per_minute", 0.1},
                     {"pii_redaction_rate_per_minute", 0.3},
                     {"charge_non_connected_calls", true},
                     {"non_connected_call_fee", 0.02},
                     {"did_release_fee", 700}});
  }
  tier.update(Json{{"is_active", true}, {"is_default", false}, {"partner_id", nullptr}});
  return tier;
}

Json profile(const A& one) {
  return {{"name", one.name},
          {"email", one.email},
          {"phone", one.phone},
          {"description", nullptr},
          {"gstin", nullptr},
          {"gst_status", nullptr},
          {"tds_enabled", false},
          {"tds_percentage", 2},
          {"business_type", "individual"},
          {"id", std::to_string(500000 + one.index)},
          {"auth_id", one.auth_id},
          {"api_id", fmt::format("55667788-1234-5678-90ab-{:012}", one.index)},
          {"account_type", "standard"},
          {"role", "user"},
          {"postpaid", false},
          {"address", "1 MG Road"},
          {"city", "Bengaluru"},
          {"state", nullptr},
          {"timezone", "Asia/Kolkata"},
          {"country", "IN"},
          {"zip_code", "560001"},
          {"company", one.company},
          {"billing_mode", "prepaid"},
          {"auto_recharge", false},
          {"cash_credits", money_text(one.wallet().balance(), 5)},
          {"cps_limit", one.cps_limit},
          {"concurrent_calls_limit", one.max_concurrent}};
}

void add_state(Json& body, const A& one) {
  body.update(Json{{"is_active", one.active},
                   {"is_verified", one.kyc == A::Kyc::completed},
                   {"is_trial_account", false},
                   {"enabled", one.active},
                   {"kyc_status", one.kyc == A::Kyc::completed ? "completed" : "pending"}});
}

void add_times(Json& body, const A& one) {
  body.update(Json{{"created_at", micros_time(one.created, "+00:00")},
                   {"updated_at", micros_time(one.updated, "+00:00")},
                   {"last_login", one.index % 2 == 0 ? Json(micros_time(one.created, "+00:00")) : Json{}}});
}

void make_older(Json& row, const A& one) {
  row.erase("cash_credits");
  row.erase("pricing_tier");
  row["balance"] = money_number(one.wallet().balance());
  row["status"] = one.active ? "active" : "suspended";
  row["currency"] = "INR";
}

}  // namespace

Json vobiz_partner(const World& world, Json balance) {
  const Vobiz& vobiz = world.vobiz();
  return {{"id", "aabbccdd-1234-5678-90ab-cdef12345678"},
          {"account_id", 500000},
          {"name", "Sandbox Partner"},
          {"slug", "sandbox-partner"},
          {"company", "Sandbox Resellers"},
          {"auth_id", world.credentials().vobiz_partner_id},
          {"email", "admin@example.com"},
          {"phone", "+919876543210"},
          {"billing_model", "direct"},
          {"is_active", true},
          {"is_verified", true},
          {"max_accounts", Vobiz::kMaxAccounts},
          {"can_create_accounts", true},
          {"can_create_pricing_tiers", true},
          {"can_view_cdrs", true},
          {"can_transfer_balance", true},
          {"default_pricing_tier_id", kTierId},
          {"account_count", vobiz.customers.size()},
          {"balance", std::move(balance)},
          {"created_at", micros_time(vobiz.created, "Z")},
          {"updated_at", micros_time(world.minute(), "Z")}};
}

Json vobiz_dashboard(const World& world, VobizPeriod period) {
  const Vobiz& vobiz = world.vobiz();
  const Row row = vobiz.over(period.from, period.to);
  return {{"partner", vobiz_partner(world, nullptr)},
          {"period", {{"from", date_text(period.from)}, {"to", date_text(period.to)}}},
          {"accounts", customers_json(vobiz)},
          {"total_balance", money_text(vobiz.customers_balance(), 5)},
          {"currency", "INR"},
          {"calls", calls_json(calls_of(row))},
          {"traffic",
           {{"inbound", calls_json(calls_of(row, A::kInbound))},
            {"outbound", calls_json(calls_of(row, A::kOutbound))}}},
          {"by_product",
           {{"sip_trunking", calls_json(calls_of(row, A::kSipTrunking))},
            {"voice_api", calls_json(calls_of(row, A::kVoiceApi))}}},
          {"time_series", time_series(vobiz, period)}};
}

Json vobiz_flat_customers(const World& world) {
  const Vobiz& vobiz = world.vobiz();
  const Day today = day_of(world.minute());
  return {{"total_customers", vobiz.customers.size()},
          {"active_customers", active_customers(vobiz)},
          {"pending_kyc", std::ranges::count(vobiz.customers, A::Kyc::pending, &A::kyc)},
          {"total_balance_held", money_number(vobiz.customers_balance())},
          {"currency", "INR"},
          {"mtd_revenue", money_number(calls_of(vobiz.over(month_start(today), today)).cost)}};
}

Json vobiz_flat_counts(const World& world) {
  const Vobiz& vobiz = world.vobiz();
  const Day today = day_of(world.minute());
  const VobizCalls month = calls_of(vobiz.over(month_start(today), today));
  const auto is_low = [](const A& one) { return one.wallet().balance() < one.low_balance; };
  const std::int64_t active = active_customers(vobiz);
  return {{"active_accounts", active},
          {"accounts_suspended", static_cast<std::int64_t>(vobiz.customers.size()) - active},
          {"accounts_low_balance", std::ranges::count_if(vobiz.customers, is_low)},
          {"total_balance", money_number(vobiz.customers_balance())},
          {"calls_today", calls_of(vobiz.over(today, today)).total},
          {"calls_this_month", month.total},
          {"total_spend_this_month", money_number(month.cost)},
          {"currency", "INR"}};
}

Json vobiz_analytics_totals(const World& world, VobizPeriod period) {
  const Vobiz& vobiz = world.vobiz();
  const Row row = vobiz.over(period.from, period.to);
  const VobizCalls all = calls_of(row);
  const auto part = [&](A::Direction direction) {
    const VobizCalls calls = calls_of(row, direction);
    return Json{{"calls", calls.total}, {"cost", money_number(calls.cost)}};
  };
  std::vector<std::pair<std::int64_t, const A*>> by_calls;
  for (const A& one : vobiz.customers) {
    by_calls.emplace_back(calls_of(one.usage().over(period.from, period.to)).total, &one);
  }
  std::ranges::stable_sort(by_calls, std::ranges::greater{}, &std::pair<std::int64_t, const A*>::first);
  if (by_calls.size() > 10) by_calls.resize(10);
  Json top = Json::array();
  for (const auto& [calls, one] : by_calls) {
    const std::int64_t cost = calls_of(one->usage().over(period.from, period.to)).cost;
    top.push_back(
        {{"auth_id", one->auth_id}, {"name", one->name}, {"calls", calls}, {"cost", money_number(cost)}});
  }
  return {{"period", {{"from", date_text(period.from)}, {"to", date_text(period.to)}}},
          {"totals",
           {{"total_calls", all.total},
            {"answered_calls", all.answered},
            {"failed_calls", all.total - all.answered},
            {"total_duration_seconds", all.seconds},
            {"total_cost", money_number(all.cost)},
            {"currency", "INR"}}},
          {"by_direction", {{"inbound", part(A::kInbound)}, {"outbound", part(A::kOutbound)}}},
          {"top_customers", std::move(top)}};
}

Json vobiz_customer(const World& world, const VobizAccount& customer, bool in_list) {
  Json body = profile(customer);
  if (in_list) {
    body.update(Json{{"base_cps_limit", nullptr},
                     {"base_concurrent_calls_limit", nullptr},
                     {"purchased_cps", nullptr},
                     {"purchased_concurrent_calls", nullptr}});
  }
  add_state(body, customer);
  if (in_list) {
    body.update(Json{{"google_id", nullptr},
                     {"referral_code", nullptr},
                     {"referral_disabled", false},
                     {"custom_referrer_reward_amount", nullptr},
                     {"custom_referee_reward_amount", nullptr}});
  }
  add_times(body, customer);
  body.update(Json{{"pricing_tier_id", kTierId},
                   {"pricing_tier", pricing_tier(customer, in_list)},
                   {"partner_id", kPartnerId},
                   {"auto_recharge_config", nullptr},
                   {"resource_uri", fmt::format("/v1/Account/{}/", customer.auth_id)},
                   {"auth_token", fmt::format("sandbox-secret-of-{}", customer.auth_id)}});
  if (in_list && world.variants().is("vobiz.accounts", "older")) make_older(body, customer);
  return body;
}

Json vobiz_customer_balance(const VobizAccount& customer) {
  return {{"auth_id", customer.auth_id},
          {"name", customer.name},
          {"cash_credits", money_text(customer.wallet().balance(), 5)},
          {"currency", "INR"},
          {"updated_at", micros_time(customer.updated, "+00:00")}};
}

Json vobiz_customer_concurrency(const World& world, const VobizAccount& customer) {
  std::int64_t calls = 0;
  std::int64_t cps = 0;
  for (const A& one : world.vobiz().customers) {
    calls += one.max_concurrent;
    cps += one.cps_limit;
  }
  return {{"partner_auth_id", world.credentials().vobiz_partner_id},
          {"customer_auth_id", customer.auth_id},
          {"partner_concurrent_calls_limit", 1000},
          {"customer_concurrent_calls_limit", customer.max_concurrent},
          {"net_concurrent_calls_allocated", calls},
          {"partner_cps_limit", 500},
          {"customer_cps_limit", customer.cps_limit},
          {"net_cps_allocated", cps}};
}

Json vobiz_account_balance(const World& world) {
  const A& account = world.vobiz().account;
  const std::int64_t balance = account.wallet().balance();
  const std::int64_t reserved = account.concurrent_calls(world.minute()) * kMicro / 2;
  const bool older = world.variants().is("vobiz.account_balance", "older");
  Json body{{"id", "aabbccdd-1234-5678-90ab-cdef12345678"},
            {"account_id", account.auth_id},
            {"currency", "INR"},
            {"balance", money_number(balance)},
            {"reserved_funds", money_number(reserved)}};
  if (!older) {
    body["promotional_balance"] = 0;
    body["promotional_reserved_balance"] = 0;
  }
  body["available_balance"] = money_number(balance - reserved);
  body["credit_limit"] = money_number(account.credit_limit);
  if (!older) {
    body["is_postpaid"] = false;
    body["credit_limit_type"] = "soft";
  }
  body["low_balance_threshold"] = money_number(account.low_balance);
  body["status"] = account.active ? "active" : "suspended";
  body["created_at"] = micros_time(account.created, "Z");
  body["updated_at"] = micros_time(account.updated, "Z");
  return body;
}

Json vobiz_account_concurrency(const World& world) {
  const A& account = world.vobiz().account;
  const int calls = account.concurrent_calls(world.minute());
  return {{"account_id", account.auth_id},
          {"concurrent_calls", calls},
          {"max_concurrent", account.max_concurrent},
          {"utilization_pct", 100 * calls / account.max_concurrent},
          {"request_id", fmt::format("{:032x}", world.minute())}};
}

Json vobiz_number(const VobizAccount& account, const VobizAccount::Number& number, Minute now) {
  const auto text = [](Minute minute) { return micros_time(minute, "Z"); };
  return {{"id", number.id},
          {"account_id", account.auth_id},
          {"e164", number.e164},
          {"country", "IN"},
          {"region", number.region},
          {"capabilities", {{"voice", true}, {"sms", false}, {"mms", false}, {"fax", false}}},
          {"status", "active"},
          {"provider", ""},
          {"setup_fee", 100},
          {"monthly_fee", money_number(number.monthly_fee)},
          {"currency", "INR"},
          {"application_id", "20577609616603585"},
          {"voice_enabled", true},
          {"tags", Json::array()},
          {"purchased_at", text(number.purchased)},
          {"is_blocked", false},
          {"created_at", text(number.purchased)},
          {"updated_at", text(number.purchased)},
          {"is_trial_number", false},
          {"last_billing_date", text(VobizAccount::last_billing(number, now))},
          {"next_billing_date", text(VobizAccount::next_billing(number, now))},
          {"minimum_commitment_months", 0},
          {"aadhaar_verification_required", false},
          {"aadhaar_verified", false},
          {"source", "purchased"}};
}

}  // namespace sandbox
