// The documented bodies of Vobiz's partner and account APIs, without routing.
#pragma once

#include "sandbox/answer.h"

namespace sandbox {

// Both days included.
struct VobizPeriod {
  Day from;
  Day to;
};

// Current (nested) shape of dashboard and analytics.
Json vobiz_dashboard(const World& world, VobizPeriod period);
Json vobiz_flat_customers(const World& world);
Json vobiz_flat_counts(const World& world);
// Older shape of analytics.
Json vobiz_analytics_totals(const World& world, VobizPeriod period);
// `balance`: null on the dashboard, text or number on /me.
Json vobiz_partner(const World& world, Json balance);
Json vobiz_customer(const World& world, const VobizAccount& customer, bool in_list);
Json vobiz_customer_balance(const VobizAccount& customer);
Json vobiz_customer_concurrency(const World& world, const VobizAccount& customer);
Json vobiz_account_balance(const World& world);
Json vobiz_account_concurrency(const World& world);
Json vobiz_number(const VobizAccount& account, const VobizAccount::Number& number, Minute now);

}  // namespace sandbox
