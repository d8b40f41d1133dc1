// The shared metric names: the project's public API. Each is declared here once; collectors say which
// provider fields feed it. A name that only one provider can ever have may be declared in that provider's
// file instead.
#pragma once

#include <array>

#include "exporter/core/metric.h"

namespace cpaas::families {

// Money and credits. Money carries its currency (ISO 4217, upper case); credits are not money.
inline constexpr Family balance{"cpaas_balance", Kind::gauge, {"currency"}, "Money in the account's wallet"};
inline constexpr Family balance_available{
    "cpaas_balance_available", Kind::gauge, {"currency"}, "Balance less what is reserved for running calls"};
inline constexpr Family balance_reserved{"cpaas_balance_reserved",
                                         Kind::gauge,
                                         {"currency"},
                                         "Part of the balance that is reserved for running calls"};
inline constexpr Family balance_promotional{
    "cpaas_balance_promotional", Kind::gauge, {"currency"}, "Promotional balance, apart from the paid one"};
inline constexpr Family credit_limit{
    "cpaas_credit_limit", Kind::gauge, {"currency"}, "How far below zero the provider lets the balance fall"};
inline constexpr Family balance_spent_total{"cpaas_balance_spent_total",
                                            Kind::counter,
                                            {"currency"},
                                            "Falls of the balance, summed by the exporter's ledger"};
inline constexpr Family balance_added_total{"cpaas_balance_added_total",
                                            Kind::counter,
                                            {"currency"},
                                            "Rises of the balance, summed by the exporter's ledger"};
inline constexpr Family credits_remaining{"cpaas_credits_remaining", Kind::gauge, {}, "Credits left"};
inline constexpr Family credits_purchased{"cpaas_credits_purchased", Kind::gauge, {}, "Credits bought"};
inline constexpr Family credits_used{"cpaas_%_credits_used", Kind::gauge, {}, "Credits used %"};
inline constexpr Family credits_per_call{
    "cpaas_%_credits_per_call", Kind::gauge, {}, "Average credits that a call took %"};
inline constexpr Family credits_spent_total{"cpaas_credits_spent_total",
                                            Kind::counter,
                                            {},
                                            "Falls of the credits left, summed by the exporter's ledger"};
inline constexpr Family credits_added_total{"cpaas_credits_added_total",
                                            Kind::counter,
                                            {},
                                            "Rises of the credits left, summed by the exporter's ledger"};
inline constexpr Family cost_total{"cpaas_cost_total",
                                   Kind::counter,
                                   {"category", "currency"},
                                   "Cost of usage since it is counted by day; categories do not overlap"};
inline constexpr Family cost{
    "cpaas_%_cost", Kind::gauge, {"category", "currency"}, "Cost of usage %; categories do not overlap"};
inline constexpr Family revenue{
    "cpaas_%_revenue", Kind::gauge, {"currency"}, "What customers were charged %"};

// Calls. direction: inbound, outbound, or combined where the provider does not split. kind: standard,
// knowledge_base.
inline constexpr Family calls_total{"cpaas_calls_total",
                                    Kind::counter,
                                    {"direction"},
                                    "Calls, since the account exists or since they are counted by day"};
inline constexpr Family calls_answered_total{
    "cpaas_calls_answered_total",
    Kind::counter,
    {"direction"},
    "Answered calls, since the account exists or since they are counted by day"};
inline constexpr Family voice_seconds_total{
    "cpaas_voice_seconds_total",
    Kind::counter,
    {"direction", "kind"},
    "Seconds of calls, since the account exists or since they are counted by day"};
inline constexpr Family calls{"cpaas_%_calls", Kind::gauge, {"direction"}, "Calls %"};
inline constexpr Family calls_answered{
    "cpaas_%_calls_answered", Kind::gauge, {"direction"}, "Answered calls %"};
inline constexpr Family voice_seconds{
    "cpaas_%_voice_seconds", Kind::gauge, {"direction", "kind"}, "Seconds of calls %"};
inline constexpr Family call_outcomes{"cpaas_%_call_outcomes",
                                      Kind::gauge,
                                      {"outcome"},
                                      "Calls by their outcome %, as the provider names and counts them"};
inline constexpr Family playback{"cpaas_%_playback",
                                 Kind::gauge,
                                 {"event"},
                                 "Playback of voice messages %, as the provider names and counts it"};

// Messages. channel: sms, mms, or combined; direction as for calls. A message may be billed as several
// segments.
inline constexpr Family message_segments_total{"cpaas_message_segments_total",
                                               Kind::counter,
                                               {"channel", "direction"},
                                               "Message segments since the account exists"};
inline constexpr Family messages_total{
    "cpaas_messages_total", Kind::counter, {"channel", "direction"}, "Messages since the account exists"};
inline constexpr Family messages{"cpaas_%_messages", Kind::gauge, {"channel", "direction"}, "Messages %"};
inline constexpr Family message_segments{
    "cpaas_%_message_segments", Kind::gauge, {"channel", "direction"}, "Message segments %"};

// Webhooks.
inline constexpr Family webhook_deliveries{
    "cpaas_%_webhook_deliveries", Kind::gauge, {}, "Webhook deliveries attempted %"};
inline constexpr Family webhook_deliveries_total{"cpaas_webhook_deliveries_total",
                                                 Kind::counter,
                                                 {},
                                                 "Webhook deliveries attempted since the account exists"};
inline constexpr Family webhook_delivery_failures_total{
    "cpaas_webhook_delivery_failures_total",
    Kind::counter,
    {},
    "Webhook deliveries that failed since the account exists"};

// What the account has and may have. resource: phone_numbers, month_messages, month_voice_seconds,
// concurrent_calls, call_duration_seconds (limit only), calls_per_second (limit only), accounts. An unlimited
// resource has no limit series.
inline constexpr Family phone_numbers{
    "cpaas_phone_numbers", Kind::gauge, {}, "Phone numbers that the account holds"};
inline constexpr Family quota_limit{
    "cpaas_quota_limit", Kind::gauge, {"resource"}, "Most of a resource that the plan allows"};
inline constexpr Family quota_used{
    "cpaas_quota_used", Kind::gauge, {"resource"}, "How much of a limited resource is in use"};
inline constexpr Family period_start{
    "cpaas_period_start_timestamp_seconds",
    Kind::gauge,
    {"endpoint"},
    "Start of the period that the provider states with the endpoint's values"};
inline constexpr Family period_end{"cpaas_period_end_timestamp_seconds",
                                   Kind::gauge,
                                   {"endpoint"},
                                   "End of the period that the provider states with the endpoint's values"};
inline constexpr Family data_time{"cpaas_data_timestamp_seconds",
                                  Kind::gauge,
                                  {"endpoint"},
                                  "When the provider made the endpoint's data, where it says so"};
inline constexpr Family account_info{"cpaas_account_info",
                                     Kind::info,
                                     {"external_id", "plan", "status", "billing_mode", "company", "country",
                                      "verified", "person_name", "email", "phone"},
                                     "What the provider says about the account; always 1"};
inline constexpr Family account_active{
    "cpaas_account_active",
    Kind::gauge,
    {},
    "1 if the provider lets the account work, 0 if it is suspended or inactive"};

// Customers of a reseller. state: active, inactive, suspended.
inline constexpr Family customers{
    "cpaas_customers", Kind::gauge, {"state"}, "Customers by state; states do not overlap"};
inline constexpr Family customers_balance{
    "cpaas_customers_balance", Kind::gauge, {"currency"}, "Sum of what all customers have in their wallets"};
inline constexpr Family customers_pending_kyc{
    "cpaas_customers_pending_kyc", Kind::gauge, {}, "Customers whose identity check is not completed"};
inline constexpr Family customers_low_balance{
    "cpaas_customers_low_balance", Kind::gauge, {}, "Customers whose balance the provider calls low"};
inline constexpr Family customer_balance{
    "cpaas_customer_balance", Kind::gauge, {"customer_id", "currency"}, "Money in the customer's wallet"};
inline constexpr Family customer_balance_spent_total{
    "cpaas_customer_balance_spent_total",
    Kind::counter,
    {"customer_id", "currency"},
    "Falls of the customer's balance, summed by the exporter's ledger"};
inline constexpr Family customer_active{"cpaas_customer_active",
                                        Kind::gauge,
                                        {"customer_id"},
                                        "1 if the customer may use the service, 0 if suspended or inactive"};
inline constexpr Family customer_quota_limit{"cpaas_customer_quota_limit",
                                             Kind::gauge,
                                             {"customer_id", "resource"},
                                             "Most of a resource that the customer may use"};
inline constexpr Family customer_info{"cpaas_customer_info",
                                      Kind::info,
                                      {"customer_id", "company", "kyc_status", "billing_mode", "status",
                                       "country", "person_name", "email", "phone"},
                                      "What the provider says about the customer; always 1"};

// Products of a provider.
inline constexpr Family product_calls{
    "cpaas_product_%_calls", Kind::gauge, {"product"}, "Calls of the product %"};
inline constexpr Family product_calls_answered{
    "cpaas_product_%_calls_answered", Kind::gauge, {"product"}, "Answered calls of the product %"};
inline constexpr Family product_voice_seconds{
    "cpaas_product_%_voice_seconds", Kind::gauge, {"product"}, "Seconds of calls of the product %"};
inline constexpr Family product_cost{
    "cpaas_product_%_cost", Kind::gauge, {"product", "currency"}, "Cost of the product's calls %"};

// Organizations and users below an account.
inline constexpr Family organizations{"cpaas_organizations", Kind::gauge, {}, "Organizations of the account"};
inline constexpr Family users{"cpaas_users", Kind::gauge, {}, "Users of the account"};
inline constexpr Family organization_users{
    "cpaas_organization_users", Kind::gauge, {"organization_id"}, "Users of the organization"};
inline constexpr Family organization_active{"cpaas_organization_active",
                                            Kind::gauge,
                                            {"organization_id"},
                                            "1 if the organization's status is active, else 0"};
inline constexpr Family organization_message_segments_total{
    "cpaas_organization_message_segments_total",
    Kind::counter,
    {"organization_id", "channel", "direction"},
    "Message segments of the organization since it exists"};
inline constexpr Family organization_voice_seconds_total{
    "cpaas_organization_voice_seconds_total",
    Kind::counter,
    {"organization_id", "kind"},
    "Seconds of the organization's calls since it exists"};
inline constexpr Family organization_messages{"cpaas_organization_%_messages",
                                              Kind::gauge,
                                              {"organization_id", "channel", "direction"},
                                              "Messages of the organization %"};
inline constexpr Family organization_calls{
    "cpaas_organization_%_calls", Kind::gauge, {"organization_id"}, "Calls of the organization %"};
inline constexpr Family organization_voice_seconds{"cpaas_organization_%_voice_seconds",
                                                   Kind::gauge,
                                                   {"organization_id"},
                                                   "Seconds of the organization's calls %"};
inline constexpr Family organization_info{
    "cpaas_organization_info",
    Kind::info,
    {"organization_id", "organization_name", "status", "sms_registration_status"},
    "What the provider says about the organization; always 1"};
inline constexpr Family user_message_segments_total{"cpaas_user_message_segments_total",
                                                    Kind::counter,
                                                    {"user_id", "channel", "direction"},
                                                    "Message segments of the user since the user exists"};
inline constexpr Family user_voice_seconds_total{"cpaas_user_voice_seconds_total",
                                                 Kind::counter,
                                                 {"user_id", "kind"},
                                                 "Seconds of the user's calls since the user exists"};
inline constexpr Family user_messages{"cpaas_user_%_messages",
                                      Kind::gauge,
                                      {"organization_id", "user_id", "channel", "direction"},
                                      "Messages of the user %"};
inline constexpr Family user_calls{
    "cpaas_user_%_calls", Kind::gauge, {"organization_id", "user_id"}, "Calls of the user %"};
inline constexpr Family user_voice_seconds{"cpaas_user_%_voice_seconds",
                                           Kind::gauge,
                                           {"organization_id", "user_id"},
                                           "Seconds of the user's calls %"};
inline constexpr Family user_cost{"cpaas_user_%_cost",
                                  Kind::gauge,
                                  {"organization_id", "user_id", "category", "currency"},
                                  "Cost of the user %; categories do not overlap"};
inline constexpr Family user_cost_total{"cpaas_user_cost_total",
                                        Kind::counter,
                                        {"organization_id", "user_id", "category", "currency"},
                                        "Cost of the user, from daily values; categories do not overlap"};

// Phone numbers, agents and campaigns.
inline constexpr Family number_messages{
    "cpaas_number_messages",
    Kind::gauge,
    {"number_id"},
    "Messages of the phone number, over a period that the provider does not state"};
inline constexpr Family number_calls{
    "cpaas_number_calls",
    Kind::gauge,
    {"number_id"},
    "Calls of the phone number, over a period that the provider does not state"};
inline constexpr Family number_info{
    "cpaas_number_info",
    Kind::info,
    {"number_id", "country", "status", "agent_id", "phone_number", "agent_name"},
    "What the provider says about the phone number; always 1"};
inline constexpr Family agent_messages{
    "cpaas_agent_%_messages", Kind::gauge, {"agent_id"}, "Messages of the agent %"};
inline constexpr Family agent_calls{
    "cpaas_agent_%_calls", Kind::gauge, {"agent_id"}, "Completed calls of the agent %"};
inline constexpr Family agent_voice_seconds{
    "cpaas_agent_%_voice_seconds", Kind::gauge, {"agent_id"}, "Seconds of the agent's calls %"};
inline constexpr Family agent_info{"cpaas_agent_info",
                                   Kind::info,
                                   {"agent_id", "agent_name", "orphan"},
                                   "What the provider says about the agent; always 1"};
inline constexpr Family campaigns{"cpaas_campaigns", Kind::gauge, {"status"}, "Campaigns by status"};
inline constexpr Family campaign_kinds{
    "cpaas_%_campaigns", Kind::gauge, {"kind"}, "Share of the campaigns that were of the kind %, 0-1"};

// What the user set in the configuration: alert rules compare with these.
inline constexpr Family balance_low_threshold{
    "cpaas_balance_low_threshold", Kind::gauge, {"currency"}, "Balance under which to warn"};
inline constexpr Family credits_low_threshold{
    "cpaas_credits_low_threshold", Kind::gauge, {}, "Credits left under which to warn"};
inline constexpr Family customer_balance_low_threshold{"cpaas_customer_balance_low_threshold",
                                                       Kind::gauge,
                                                       {"currency"},
                                                       "Customer's balance under which to warn"};
inline constexpr Family runway_warning_seconds{
    "cpaas_runway_warning_seconds",
    Kind::gauge,
    {},
    "Time until the balance or credits run out, under which to warn"};
inline constexpr Family quota_warning_ratio{
    "cpaas_quota_warning_ratio", Kind::gauge, {}, "Used share of a quota, 0-1, over which to warn"};
inline constexpr Family budget{
    "cpaas_budget", Kind::gauge, {"period", "currency"}, "Money that may be spent in the period"};

// The exporter about each endpoint that is configured.
inline constexpr Family up{"cpaas_up",
                           Kind::gauge,
                           {"endpoint"},
                           "1 if the last poll of the endpoint worked, else 0. Of one that asks for members "
                           "one by one: if any of them "
                           "was read and nothing went wrong that concerns all"};
inline constexpr Family last_success{
    "cpaas_last_success_timestamp_seconds",
    Kind::gauge,
    {"endpoint"},
    "When a poll of the endpoint last worked, by the rule of cpaas_up; 0 if never"};
inline constexpr Family last_attempt{"cpaas_last_attempt_timestamp_seconds",
                                     Kind::gauge,
                                     {"endpoint"},
                                     "When a poll of the endpoint was last tried; 0 if never"};
inline constexpr Family poll_interval{"cpaas_poll_interval_seconds",
                                      Kind::gauge,
                                      {"endpoint"},
                                      "Configured time between polls of the endpoint"};
inline constexpr Family poll_duration{"cpaas_poll_duration_seconds",
                                      Kind::gauge,
                                      {"endpoint"},
                                      "How long the last poll took, with all its requests"};
inline constexpr Family members{"cpaas_members",
                                Kind::gauge,
                                {"endpoint", "state"},
                                "Of an endpoint that asks for members one by one (organizations, say) those "
                                "that the last poll read, those "
                                "that failed alone when they were last asked for, and those that wait for "
                                "the next poll since this one had "
                                "no time for them"};
inline constexpr Family members_oldest_read{"cpaas_members_oldest_read_timestamp_seconds",
                                            Kind::gauge,
                                            {"endpoint"},
                                            "When the member that was not read for the longest was last "
                                            "read; 0 while one never was. Those that failed "
                                            "are not looked at"};
inline constexpr Family requests_total{
    "cpaas_requests_total", Kind::counter, {"endpoint"}, "HTTP requests sent to the provider"};
inline constexpr Family request_failures_total{
    "cpaas_request_failures_total",
    Kind::counter,
    {"endpoint", "reason"},
    "HTTP requests that failed, or whose response could not be used"};
inline constexpr Family rate_limit_remaining{
    "cpaas_rate_limit_remaining",
    Kind::gauge,
    {"endpoint"},
    "Requests that the provider's rate limit still allows, as it last said"};
inline constexpr Family rate_limit_reset{"cpaas_rate_limit_reset_timestamp_seconds",
                                         Kind::gauge,
                                         {"endpoint"},
                                         "When the provider's rate limit window ends, as it last said"};
inline constexpr Family hold_until{
    "cpaas_hold_until_timestamp_seconds",
    Kind::gauge,
    {"endpoint"},
    "Until when no request of the endpoint goes out because the provider asked to wait, for this endpoint or "
    "for the whole credential; 0 if it never did, in the past if that is over"};
inline constexpr Family schema_drift_fields{
    "cpaas_schema_drift_fields",
    Kind::gauge,
    {"endpoint", "kind"},
    "Fields of the last good response that are missing, mistyped or unknown against the provider's contract"};
inline constexpr Family series{
    "cpaas_series", Kind::gauge, {"endpoint"}, "Series that the endpoint's last good poll gave"};
inline constexpr Family series_dropped_total{
    "cpaas_series_dropped_total",
    Kind::counter,
    {"endpoint"},
    "Series that were not exposed because the account was over its max_series, whole families at a time, or "
    "that one poll gave twice"};

inline constexpr Family ledger_corrections_total{
    "cpaas_ledger_corrections_total",
    Kind::counter,
    {"endpoint", "reason"},
    "Values that the counters did not follow as they came: held until a second answer agrees, taken back, "
    "restated, refused"};
inline constexpr Family ledger_failures_total{
    "cpaas_ledger_failures_total",
    Kind::counter,
    {"endpoint"},
    "Polls whose counters could not be saved at once; they stand still until they are"};
inline constexpr Family ledger_days_missing{
    "cpaas_ledger_days_missing",
    Kind::gauge,
    {"endpoint"},
    "Days that are over and could not yet be read whole, for counters made of days; of all members together"};
inline constexpr Family clock_skew{"cpaas_clock_skew_seconds",
                                   Kind::gauge,
                                   {"endpoint"},
                                   "The provider's clock less this machine's, as its last response said"};

// What the exporter itself writes for each account and endpoint; all other families come from collectors'
// sources.
inline constexpr std::array own{
    &balance_low_threshold,
    &credits_low_threshold,
    &customer_balance_low_threshold,
    &runway_warning_seconds,
    &quota_warning_ratio,
    &budget,
    &up,
    &last_success,
    &last_attempt,
    &poll_interval,
    &poll_duration,
    &members,
    &members_oldest_read,
    &requests_total,
    &request_failures_total,
    &rate_limit_remaining,
    &rate_limit_reset,
    &hold_until,
    &ledger_corrections_total,
    &ledger_failures_total,
    &ledger_days_missing,
    &clock_skew,
    &schema_drift_fields,
    &series,
    &series_dropped_total,
};

// Families of single customers, organizations, users, phone numbers and agents, of which there may be
// thousands: what max_series leaves out first, from the end of this list, and before that all others whose
// labels name an entity.
inline constexpr std::array entities_by_worth{
    &customer_balance,
    &customer_balance_spent_total,
    &customer_active,
    &customer_quota_limit,
    &customer_info,
    &organization_message_segments_total,
    &organization_voice_seconds_total,
    &organization_active,
    &organization_users,
    &organization_info,
    &organization_messages,
    &organization_calls,
    &organization_voice_seconds,
    &agent_messages,
    &agent_calls,
    &agent_voice_seconds,
    &agent_info,
    &number_messages,
    &number_calls,
    &number_info,
    &user_cost_total,
    &user_message_segments_total,
    &user_voice_seconds_total,
    &user_cost,
    &user_messages,
    &user_calls,
    &user_voice_seconds,
};

// Sums over entities, beside all families whose labels have values that the provider makes up.
inline constexpr std::array aggregates{
    &customers_balance, &customers_pending_kyc, &customers_low_balance, &organizations, &users,
};

// Where a family stands when not all can be shown; less is worth more: 0 what is said of the account as a
// whole, 1 aggregates, from 2 on families of entities (whose labels end in "_id"), in their declared order.
constexpr std::size_t worth_of(const Family& family) {
  constexpr std::array<std::string_view, 6> made_up{"state",   "status", "product",
                                                    "outcome", "event",  "group"};
  for (const std::string_view label : family.labels) {
    if (!label.ends_with("_id") || label == "external_id") continue;
    for (std::size_t i = 0; i < entities_by_worth.size(); ++i) {
      if (entities_by_worth.at(i)->name == family.name) return 2 + i;
    }
    return 2 + entities_by_worth.size();
  }
  for (const Family* aggregate : aggregates) {
    if (aggregate->name == family.name) return 1;
  }
  for (const std::string_view label : family.labels) {
    for (const std::string_view each : made_up) {
      if (label == each && family.kind != Kind::info) return 1;
    }
  }
  return 0;
}

}  // namespace cpaas::families
