"""Vobiz: wallet, traffic by direction and product, and a partner's customers."""
from common import ACTIVE, RUNWAY, age, calls_per_hour, firing, spend_per_hour
from grafana import BLUE, NEUTRAL, Column, about, bar_list, collapsed, currency_units, dashboard, query, runbook, stat, steps, table, trend

LOWEST = "bottomk(50, max by (account, customer_id) (cpaas_customer_balance{@}))"
CUSTOMERS = f"and on (account, customer_id) {LOWEST}"
DIRECTION = "max by (account, direction)"
PRODUCT = "max by (account, product)"
INFO = "max by (provider, account, customer_id, company, kyc_status, billing_mode) (cpaas_customer_info{@})"
OUT_OF = "by (account, customer_id, company, kyc_status, billing_mode)"

DASHBOARD = dashboard(
    "vobiz", "CPaaS / Vobiz", "Vobiz: the wallet, traffic by direction and product, and a partner's customers.",
    [
        [
            firing(provider="vobiz"),
            stat("Balance", about("Money left in the wallets, each currency by itself.", "Vobiz profile and account balance `balance`",
                                  act=f"{runbook('CpaasBalanceLow', 'balances')}."),
                 [query("sum by (currency) (account:cpaas_balance:max{@})", "{{currency}}")], overrides=currency_units(), names="value", decimals=2,
                 no_value="no good poll yet", sparkline=False),
            stat("Lowest runway", about("How long the balance of the account that is worst off lasts at the pace of the last day (seconds).", "`balance`",
                                        "an hour after installation", f"Orange under 3 days, red under 12 hours: {runbook('CpaasBalanceRunwayLow', 'balances')}."),
                 [query("bottomk(1, account:cpaas_balance_runway_seconds:rate1d{@})", "{{account}}", instant=True)], unit="s", thresholds=RUNWAY,
                 no_value="nothing is being spent", names="value_and_name"),
            stat("Customers", about("Customers by state (number); each is in one state.", "Vobiz customers `is_active`, or `accounts` of the dashboard",
                                    act=f"{runbook('CpaasCustomersSuspended', 'accounts')}."),
                 [query("sum by (state) (max by (account, state) (cpaas_customers{@})) > 0", "{{state}}")], no_value="no customers", width=3),
            stat("Identity checks pending", about("Customers whose KYC is not completed (number).", "Vobiz customers `kyc_status`",
                                                           act=f"{runbook('CpaasKycPending', 'accounts')}."),
                 [query("sum(max by (account) (cpaas_customers_pending_kyc{@}))", "customers")], thresholds=steps(NEUTRAL), no_value="no customers", width=3),
            stat("Calls blocked", about("Customers whose calls the provider blocks until their identity check is done (number).",
                                        "Vobiz customers `kyc_calls_blocked`", act=f"{runbook('CpaasCustomerCallsBlocked', 'accounts')}."),
                 [query("sum(max by (account, customer_id) (cpaas_customer_calls_blocked{@}))", "customers")], thresholds=steps(NEUTRAL, (1, "orange")),
                 no_value="the provider does not tell it", width=3),
            age(width=3),
        ],
        [calls_per_hour(8, 8), spend_per_hour(8, 8),
         trend("Answer rate", about("Answered share of the calls in the hour before each point (0-100 %), by account and direction.", "Vobiz `answered_calls`",
                                    act=f"{runbook('CpaasAnswerRateFell', 'calls')}."),
               [query("account_direction:cpaas_calls_answered:ratio1h{@}", "{{account}} {{direction}}")], unit="percentunit", maximum=1, width=8,
               no_value="no calls, or less than an hour of data")],
        [
            table("Customers", about(
                "The 50 customers with the lowest balance: company, identity check, how they are billed, state, what is left and what they spent in 24 hours "
                "(in the account's currency), most calls at once.", "Vobiz customers", act=f"{runbook('CpaasCustomerBalancesLow', 'balances')}."),
                [Column("Customer", "customer_id"), Column("Company", "company"), Column("Identity check", "kyc_status", width=120),
                 Column("Billing", "billing_mode", width=90), Column("Account", "account", width=100),
                 Column("State", expr=f"max {OUT_OF} ((cpaas_customer_active{{@}} {CUSTOMERS}) * on (provider, account, customer_id) group_left "
                        f"(company, kyc_status, billing_mode) {INFO})", mappings=ACTIVE, thresholds=steps(NEUTRAL), width=90),
                 Column("Balance", expr=f"max {OUT_OF} ((cpaas_customer_balance{{@}} {CUSTOMERS}) * on (provider, account, customer_id) group_left "
                        f"(company, kyc_status, billing_mode) {INFO})", decimals=2, bar=BLUE),
                 Column("Spent, 24 h", expr=f"max {OUT_OF} ((increase(cpaas_customer_balance_spent_total{{@}}[1d]) {CUSTOMERS}) * on (provider, account, "
                        f"customer_id) group_left (company, kyc_status, billing_mode) {INFO})", decimals=2, width=110),
                 Column("Calls at once", expr=f'max {OUT_OF} ((cpaas_customer_quota_limit{{@,resource="concurrent_calls"}} {CUSTOMERS}) * on (provider, '
                        f"account, customer_id) group_left (company, kyc_status, billing_mode) {INFO})", width=110)],
                sort="Balance", descending=False, width=15, height=11, no_value="no customers: only partners have them"),
            bar_list("Customers who spent most in 24 hours, $currency", about("Falls of the customers' balances in 24 hours (in the currency chosen above).",
                                                                              "Vobiz customers `cash_credits`"),
                     [query('sort_desc(topk(15, max by (account, customer_id, currency) (increase(cpaas_customer_balance_spent_total{@,currency="$currency"}'
                            "[1d]))))", "{{customer_id}} {{currency}}", instant=True)], overrides=currency_units(), width=9, height=11,
                     no_value="no customers with a wallet in this currency"),
        ],
        [
            table("Traffic of $window", about(
                "Over the provider's window, by account and direction: calls and answered calls (number), answer rate (0-100 %), time in calls (seconds).",
                "Vobiz `traffic.*`", act="Accounts whose `window` is another one: choose it above."),
                [Column("Account", "account"), Column("Direction", "direction"),
                 Column("Calls", expr=f"{DIRECTION} (cpaas_${{window}}_calls{{@}})", unit="locale", bar=BLUE),
                 Column("Answered", expr=f"{DIRECTION} (cpaas_${{window}}_calls_answered{{@}})", unit="locale"),
                 Column("Answer rate", expr=f"{DIRECTION} (cpaas_${{window}}_calls_answered{{@}}) / {DIRECTION} (cpaas_${{window}}_calls{{@}} > 0)",
                        unit="percentunit", decimals=1),
                 Column("Time", expr="sum by (account, direction) (max by (account, direction, kind) (cpaas_${window}_voice_seconds{@}))", unit="s", decimals=1)],
                sort="Calls", width=12, height=6, no_value="not told over this window"),
            table("Products, $window", about(
                "Over the provider's window, by product: calls and answered calls (number), time in calls (seconds), cost (in the account's currency).",
                "Vobiz `by_product.*`", act="Accounts whose `window` is another one: choose it above."),
                [Column("Account", "account"), Column("Product", "product"),
                 Column("Calls", expr=f"{PRODUCT} (cpaas_product_${{window}}_calls{{@}})", unit="locale", bar=BLUE),
                 Column("Answered", expr=f"{PRODUCT} (cpaas_product_${{window}}_calls_answered{{@}})", unit="locale"),
                 Column("Time", expr=f"{PRODUCT} (cpaas_product_${{window}}_voice_seconds{{@}})", unit="s", decimals=1),
                 Column("Cost", expr=f"{PRODUCT} (cpaas_product_${{window}}_cost{{@}})", decimals=2)],
                sort="Calls", width=12, height=6, no_value="not told over this window"),
        ],
        collapsed("Accounts", [
            table("Accounts", about(
                "What the provider says of each account: company, plan or billing; active or not; phone numbers; what all its customers have in their wallets "
                "(in the account's currency); customers under the threshold (the provider's own count where it gives no customers' balances).",
                "Vobiz profile, customers, dashboard, numbers",
                act=f"{runbook('CpaasAccountSuspended', 'accounts')}."),
                [Column("Account", "account"),
                 Column("State", expr="max by (account) (account:cpaas_account_active:max{@})", mappings=ACTIVE, thresholds=steps(NEUTRAL)),
                 Column("Numbers", expr="max by (account) (cpaas_phone_numbers{@})", unit="locale"),
                 Column("Customers' wallets", expr="max by (account) (cpaas_customers_balance{@})", decimals=2),
                 Column("Customers low", expr="sum by (account) (account:cpaas_customer_balance_low:count{@}) or max by (account) (cpaas_customers_low_balance{@}) "
                        "or 0 * max by (account) (account:cpaas_customer_balance:min{@})"),
                 Column("Newly suspended, 24 h", expr="max by (account) (account:cpaas_customers_newly_inactive:count{@})", thresholds=steps(NEUTRAL, (1, "orange")))],
                sort="Account", descending=False, width=12, height=7, no_value="no account"),
            table("What the provider says", about("Company, billing mode and verification of each account.", "Vobiz profile"),
                  [Column("Account", "account"), Column("Company", "company"), Column("Billing", "billing_mode"), Column("Verified", "verified"),
                   Column("Status", "status"), Column("Id", "external_id"),
                   Column("Entries", hidden=True, expr="max by (account, company, billing_mode, verified, status, external_id) (cpaas_account_info{@})")],
                  sort="Account", descending=False, width=12, height=7, no_value="no account"),
        ]),
    ], provider="vobiz", currency=True, window=True, tags=["vobiz"])
