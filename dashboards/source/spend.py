"""Spend and budgets: how much, on what, by whom, and will the budget do?"""
from common import ANY_IS_BAD, BUDGET, PACE, firing, spend_per_hour
from grafana import BLUE, PURPLE, Column, about, bar_list, collapsed, currency_units, dashboard, query, runbook, stat, steps, table, trend

BUDGET_BY = "by (provider, account, currency, period)"
SPENT = "account_period:cpaas_budget_spent:ratio{@}"
PROJECTED = "account_period:cpaas_budget_spent:projected_ratio{@}"

DASHBOARD = dashboard(
    "spend", "CPaaS / Spend and budgets", "How much is spent, on what and by whom, and whether the budgets will do.",
    [
        [
            firing("spend|budget"),
            stat("Spent in 24 hours", about("Money spent in the last 24 hours, each currency by itself; in the first day, what it will be at the pace until now.",
                                            "`cpaas_cost_total`, or falls of the balance where the provider tells no cost", "an hour after installation"),
                 [query("sum by (currency) (account:cpaas_spend:rate1d{@}) * 86400", "{{currency}}")], overrides=currency_units(), no_value="nothing yet",
                 names="value", decimals=2),
            stat("Spent this month", about(
                "Money spent since the calendar month (UTC) began, each currency by itself; in the first month, since the exporter was installed.",
                "`cpaas_month_cost` where the provider tells it, else `cpaas_cost_total`, else falls of the balance", "up to 6 hours"),
                 [query('sum by (currency) (account_period:cpaas_spend:increase{@,period="month"})', "{{currency}}")], overrides=currency_units(),
                 no_value="nothing yet", names="value", decimals=2),
            stat("Fullest budget", about("Share of its budget that the account which is worst off has spent in the running period (0-100 %).",
                                         "`cpaas_budget` of the configuration", act=f"Red from 100 %: {runbook('CpaasBudgetExceeded', 'spend')}."),
                 [query(f"topk(1, {SPENT})", "{{account}}, {{period}}", instant=True)], unit="percentunit", thresholds=BUDGET, decimals=0,
                 no_value="no budgets", names="value_and_name"),
            stat("Budgets that will not do", about("Budgets that will be overspent when their period ends, at the present pace (number).", "`cpaas_budget`",
                                                   act=f"{runbook('CpaasBudgetProjectedOver', 'spend')}."),
                 [query(f"count({PROJECTED} > 1) or 0 * count({PROJECTED})", "budgets")], thresholds=ANY_IS_BAD, no_value="no budgets"),
            stat("Fastest against its budget", about(
                "How many times faster than evenly the account that is worst off spends its budget, over the last hour.", "`cpaas_budget`",
                act=f"Orange from 2, red from 10 times: {runbook('CpaasBudgetBurnFast', 'spend')}."),
                 [query("topk(1, account_period:cpaas_budget_pace:ratio1h{@})", "{{account}}, {{period}}", instant=True)], unit="suffix: ×", thresholds=PACE,
                 decimals=1, no_value="no budgets", names="value_and_name"),
        ],
        [
            spend_per_hour(12, 8),
            trend("Cost by category, $currency", about(
                "Cost in the hour before each point (in the currency chosen above), by category. Categories do not overlap, so the stack is the whole cost.",
                "Vobiz `time_series[].total_cost`, Teli `cost_breakdown.*_cost` by the day (`cpaas_cost_total`)", "as late as the provider books it",
                f"Find the category that grew: {runbook('CpaasSpendAnomaly', 'spend')}."),
                [query('sum by (category, currency) (hourly by (provider, account, category, currency) (cpaas_cost_total{@,currency="$currency"}))',
                       "{{category}} {{currency}}")], stacked=True, overrides=currency_units(), no_value="no provider here tells a cost in this currency"),
        ],
        [
            table("Budgets", about(
                "What may be spent in the period and what was, as money and as a share (0-100 %); the share that will be spent when it ends; pace of the last "
                "hour and day (times as fast as evenly).", "`budget` of the configuration", act=f"{runbook('CpaasBudgetProjectedOver', 'spend')}."),
                [Column("Account", "account"), Column("Period", "period", width=80), Column("Currency", "currency", width=90),
                 Column("Budget", expr=f"max {BUDGET_BY} (cpaas_budget{{@}})", decimals=2),
                 Column("Spent", expr=f"max {BUDGET_BY} (account_period:cpaas_spend:increase{{@}} and account_period:cpaas_budget:max{{@}})", decimals=2),
                 Column("Share", expr=f"max {BUDGET_BY} ({SPENT})", unit="percentunit", decimals=0, thresholds=BUDGET),
                 Column("At its end", expr=f"max {BUDGET_BY} ({PROJECTED})", unit="percentunit", decimals=0, thresholds=BUDGET),
                 Column("Pace, 1 h", expr=f"max {BUDGET_BY} (account_period:cpaas_budget_pace:ratio1h{{@}})", unit="suffix: ×", decimals=1, thresholds=PACE),
                 Column("Pace, 24 h", expr=f"max {BUDGET_BY} (account_period:cpaas_budget_pace:ratio1d{{@}})", unit="suffix: ×", decimals=1,
                        thresholds=steps("green", (2, "orange")))],
                sort="Share", width=14, height=8, no_value="no account here has a budget: set `budget` in the configuration"),
            bar_list("Cost of $window by category, $currency", about(
                "Cost over the provider's window (in the currency chosen above), by account and category.",
                "Vobiz `traffic.*.total_cost`, Teli `cost_breakdown.*_cost`", act="Accounts whose `window` is another one: choose it above."),
                [query('sort_desc(topk(15, max by (account, category, currency) (cpaas_${window}_cost{@,currency="$currency"}) > 0))',
                       "{{account}}: {{category}} {{currency}}", instant=True)],
                overrides=currency_units(), width=10, height=8, no_value="no provider here tells a cost in this currency over this window"),
        ],
        [
            trend("Share of each budget spent", about("Spent share of each budget in its running period (0-100 %); it falls to 0 when a new period begins.",
                                                      "`cpaas_budget`", act=f"{runbook('CpaasBudgetExceeded', 'spend')}."),
                  [query(SPENT, "{{account}}, {{period}}")], unit="percentunit", thresholds=BUDGET, width=8, no_value="no account here has a budget"),
            table("By customer", about("What the 50 customers who spent most spent in 24 hours (in the currency), from falls of their balance.",
                                       "Vobiz customers `cash_credits` (`cpaas_customer_balance_spent_total`)"),
                  [Column("Customer", "customer_id"), Column("Account", "account"), Column("Currency", "currency", width=90),
                   Column("Spent, 24 h", bar=BLUE, decimals=2, expr="topk(50, max by (account, customer_id, currency) "
                          "(increase(cpaas_customer_balance_spent_total{@}[1d])))")],
                  sort="Spent, 24 h", width=8, height=8, no_value="no customers"),
            table("By user", about("What each user cost over the provider's window (in the currency), the 50 dearest.", "Teli users `cost_breakdown.*_cost`"),
                  [Column("User", "user_id"), Column("Account", "account", width=90), Column("Currency", "currency", width=90),
                   Column("Cost", bar=PURPLE, decimals=2, expr="topk(50, sum by (account, user_id, currency) (max by (account, organization_id, user_id, category, "
                          "currency) (cpaas_user_${window}_cost{@})))")],
                  sort="Cost", width=8, height=8, no_value="no users with a cost over this window"),
        ],
        collapsed("By product, organization and source", [
            table("By product", about("Cost of each product's calls over the provider's window (in the currency).", "Vobiz `by_product.*.total_cost`"),
                  [Column("Product", "product"), Column("Account", "account"), Column("Currency", "currency", width=90),
                   Column("Cost", bar=BLUE, decimals=2, expr="max by (account, product, currency) (cpaas_product_${window}_cost{@})")],
                  sort="Cost", width=8, height=8, no_value="no products"),
            table("By organization", about("Whole cost of each organization over the provider's window, and the part for API storage (in the currency).",
                                           "Teli organization analytics `total_cost`, `api_storage_cost`"),
                  [Column("Organization", "organization_id"), Column("Currency", "currency", width=90),
                   Column("Cost", decimals=2, bar=PURPLE, expr="max by (account, organization_id, currency) (cpaas_organization_${window}_cost{@})"),
                   Column("API storage", decimals=2, expr="max by (account, organization_id, currency) (cpaas_organization_${window}_api_storage_cost{@})")],
                  sort="Cost", width=8, height=8, no_value="no organizations"),
            table("Today and this month, by the provider", about(
                "Cost of today and of the calendar month as the provider tells them, and what customers were charged (in the currency).",
                "Vobiz last `time_series` day, `total_spend_this_month`, `mtd_revenue`; Teli overview of today"),
                [Column("Account", "account"), Column("Currency", "currency", width=90),
                 Column("Today", decimals=2, expr="sum by (account, currency) (max by (account, category, currency) (cpaas_today_cost{@}))"),
                 Column("Month", decimals=2, expr="sum by (account, currency) (max by (account, category, currency) (cpaas_month_cost{@}))"),
                 Column("Revenue, month", decimals=2, expr="max by (account, currency) (cpaas_month_revenue{@})")],
                sort="Today", width=8, height=8, no_value="no provider here tells these"),
        ], [
            table("Customers who spent most", about(
                "What customers spent in 24 hours (in the currency); calls and cost over the provider's window of 7 or 90 days, where it still tells them.",
                "Vobiz customers `cash_credits`, falls of it; analytics `top_customers` (older shape)"),
                  [Column("Customer", "customer_id"), Column("Account", "account"),
                   Column("Spent, 24 h", bar=BLUE, decimals=2, expr="topk(50, max by (account, customer_id) (increase(cpaas_customer_balance_spent_total{@}[1d])))"),
                   Column("Calls", expr="max by (account, customer_id) (cpaas_customer_7d_calls{@} or cpaas_customer_90d_calls{@})", unit="locale"),
                   Column("Cost", expr="max by (account, customer_id) (cpaas_customer_7d_cost{@} or cpaas_customer_90d_cost{@})", decimals=2)],
                  sort="Spent, 24 h", width=24, height=7, no_value="no customers with a wallet"),
        ]),
    ], currency=True, window=True)
