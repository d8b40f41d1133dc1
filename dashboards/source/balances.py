"""Balances, credits and runway: what is left, how fast it goes, how long it lasts."""
from common import LOWEST_RUNWAY, ANY_IS_BAD, ANY_IS_ODD, RUNWAY, firing
from grafana import BLUE, Column, about, bar_list, collapsed, currency_units, dashboard, dashed, query, runbook, stat, steps, table, trend

BY = "by (provider, account, currency)"
LOW = "account:cpaas_balance_spendable:sum{@} < bool account:cpaas_balance_low_threshold:or_default{@}"
LOW_CREDITS = "account:cpaas_credits_remaining:max{@} < bool account:cpaas_credits_low_threshold:or_default{@}"
CUSTOMER = "max by (provider, account, customer_id, currency) (cpaas_customer_balance{@})"


def balance(name):
    return f"max {BY} ({name}{{@}})"


DASHBOARD = dashboard(
    "balances", "CPaaS / Balances, credits and runway", "What is left at each provider, how fast it goes, and how long it lasts.",
    [
        [
            firing("balance|credits|customers"),
            stat("Lowest runway", about("How long the balance or the credits of the account that is worst off last at the pace of the last day (seconds).",
                                        "`cpaas_balance`, `cpaas_credits_remaining` and the ledger of their falls", "an hour after installation",
                                        f"Top up: {runbook('CpaasBalanceRunwayLow', 'balances')}. Orange under 3 days, red under 12 hours."),
                 [query(f"bottomk(1, {LOWEST_RUNWAY})", "{{account}}",
                        instant=True)], unit="s", thresholds=RUNWAY, no_value="nothing is being spent", names="value_and_name"),
            stat("Under their threshold", about(
                "Accounts with less money or fewer credits than their threshold (number).",
                "`cpaas_balance`, `cpaas_credits_remaining`; `thresholds` of the configuration, or Vobiz `low_balance_threshold`",
                act=f"{runbook('CpaasBalanceLow', 'balances')}."),
                 [query(f"count(({LOW}) == 1 or on (provider, account) ({LOW_CREDITS}) == 1) or 0 * count(group by (account) (cpaas_up{{@}}))", "accounts")],
                 thresholds=ANY_IS_BAD, no_value="no balances"),
            stat("Balance, all accounts", about("Money left in the wallets of the accounts, each currency by itself.",
                                                "Vobiz profile and account balance `balance`", act="A sum hides an empty wallet: look at the runway too."),
                 [query("sum by (currency) (account:cpaas_balance:max{@})", "{{currency}}")], overrides=currency_units(), no_value="no account has a wallet",
                 names="value", decimals=2, sparkline=False),
            stat("Credits left", about("Credits left, of all accounts (credits).", "TingTing `remaining_credits`",
                                       act=f"{runbook('CpaasCreditsLow', 'balances')}."),
                 [query("sum(account:cpaas_credits_remaining:max{@})", "credits")], unit="locale", no_value="no account has credits", sparkline=False),
            stat("Customers with little left", about(
                "Customers whose balance is under `thresholds: customer_balance` (number).", "Vobiz customers `cash_credits`",
                act=f"{runbook('CpaasCustomerBalancesLow', 'balances')}."),
                 [query("sum(account:cpaas_customer_balance_low:count{@}) or 0 * count(group by (account) (cpaas_customer_balance{@}))", "customers")],
                 thresholds=ANY_IS_ODD, no_value="no customers", sparkline=False),
        ],
        [
            trend("Left to spend, $currency", about(
                "What each account can spend: the money in its wallet, less what running calls have reserved, with what the provider lends (in the currency "
                "chosen above); dashed, the threshold under which it warns. A postpaid account without a limit has none.",
                "Vobiz profile and account balance `balance`, `available_balance`, `credit_limit`", act=f"{runbook('CpaasBalanceLow', 'balances')}."),
                [query('account:cpaas_balance_spendable:sum{@,currency="$currency"}', "{{account}} {{currency}}"),
                 query('account:cpaas_balance_low_threshold:or_default{@,currency="$currency"}', "threshold, {{account}} {{currency}}")],
                overrides=[*currency_units(), dashed("^threshold.*")], minimum=None, no_value="no account has a wallet in this currency"),
            trend("Credits left", about("Credits left in each account; dashed, the threshold under which it warns.", "TingTing `remaining_credits`",
                                        act=f"{runbook('CpaasCreditsLow', 'balances')}."),
                  [query("account:cpaas_credits_remaining:max{@}", "{{account}}"),
                   query("account:cpaas_credits_low_threshold:or_default{@}", "threshold, {{account}}")],
                  overrides=[dashed("^threshold.*")], unit="locale", no_value="no account has credits"),
        ],
        [
            trend("Runway", about(
                "How long what is left lasts at the pace of the last day (seconds), by account; more than 30 days is shown as 30. A top-up lengthens it and does not change the pace.",
                "what is left / what the ledger saw spent", "an hour after installation",
                f"Under the dashed lines: 3 days, and 12 hours. {runbook('CpaasBalanceRunwayCritical', 'balances')}."),
                [query("clamp_max(account:cpaas_balance_runway_seconds:rate1d{@}, 2592000)", "{{account}} {{currency}}"),
                 query("clamp_max(account:cpaas_credits_runway_seconds:rate1d{@}, 2592000)", "{{account}} credits")], unit="s", decimals=1, thresholds=RUNWAY,
                no_value="nothing is being spent, or less than an hour of data"),
            trend("Top-ups", about("Money and credits added in the interval before each point (in the currency, or credits).",
                                   "rises of the balance and of the credits, by the exporter's ledger"),
                  [query("max by (provider, account, currency) (increase(cpaas_balance_added_total{@}[$__rate_interval])) > 0", "{{account}} {{currency}}"),
                   query("max by (provider, account) (increase(cpaas_credits_added_total{@}[$__rate_interval])) > 0", "{{account}} credits")],
                  bars=True, overrides=currency_units(), decimals=0, no_value="no top-ups in this time range"),
        ],
        [
            table("Accounts with a wallet", about(
                "What is in each wallet (in its currency): all of it, the part reserved for running calls, promotional money apart, how far below zero it may "
                "go, what can be spent, the threshold; spent in 24 hours; runway.", "Vobiz profile, account balance",
                act=f"{runbook('CpaasBalanceLow', 'balances')}."),
                [
                    Column("Account", "account"), Column("Provider", "provider"), Column("Currency", "currency"),
                    Column("Balance", expr=balance("cpaas_balance"), decimals=2), Column("Available", expr=balance("cpaas_balance_available"), decimals=2),
                    Column("Reserved", expr=balance("cpaas_balance_reserved"), decimals=2),
                    Column("Promotional", expr=balance("cpaas_balance_promotional"), decimals=2),
                    Column("Credit limit", expr=balance("cpaas_credit_limit"), decimals=2),
                    Column("Can be spent", expr=balance("account:cpaas_balance_spendable:sum"), decimals=2),
                    Column("Threshold", expr=balance("account:cpaas_balance_low_threshold:or_default"), decimals=2),
                    Column("Spent, 24 h", expr=f"max {BY} (account:cpaas_balance_spent:rate1d{{@}}) * 86400", decimals=2),
                    Column("Runway", expr=f"min {BY} (account:cpaas_balance_runway_seconds:rate1d{{@}})", unit="s", decimals=1, thresholds=RUNWAY),
                ], sort="Runway", descending=False, height=5, no_value="no account has a wallet"),
        ],
        [
            bar_list("Customers with the least left, $currency", about(
                "The 15 customers with the lowest balance (in the currency chosen above).", "Vobiz customers `cash_credits`",
                act=f"{runbook('CpaasCustomerBalanceExhausted', 'balances')}."),
                [query('sort(bottomk(15, ' + CUSTOMER.replace("{@}", '{@,currency="$currency"}') + '))', "{{customer_id}} {{currency}}", instant=True)],
                overrides=currency_units(), thresholds=steps("red", (0.01, BLUE)), width=12, height=11, no_value="no customers with a wallet in this currency"),
            table("Customers", about("The 50 customers with the lowest balance: what is left and what they spent in 24 hours (in the currency).",
                                     "Vobiz customers `cash_credits`, `company`", act=f"{runbook('CpaasCustomerBalancesLow', 'balances')}."),
                  [Column("Customer", "customer_id"), Column("Account", "account"), Column("Currency", "currency", width=90),
                   Column("Balance", expr=f"bottomk(50, {CUSTOMER})", decimals=2, bar=BLUE),
                   Column("Spent, 24 h", expr="max by (provider, account, customer_id, currency) (increase(cpaas_customer_balance_spent_total{@}[1d])) and on "
                          f"(provider, account, customer_id, currency) bottomk(50, {CUSTOMER})", decimals=2)],
                  sort="Balance", descending=False, width=12, height=11, no_value="no customers"),
        ],
        collapsed("Details", [
            trend("Spent per day, from falls of the balance, $currency", about(
                "Pace of the last 1, 6 and 24 hours (in the currency, for a day).", "falls of the balance, by the exporter's ledger"),
                [query('account:cpaas_balance_spent:rate1h{@,currency="$currency"} * 86400', "1 h, {{account}} {{currency}}"),
                 query('account:cpaas_balance_spent:rate6h{@,currency="$currency"} * 86400', "6 h, {{account}} {{currency}}"),
                 query('account:cpaas_balance_spent:rate1d{@,currency="$currency"} * 86400', "24 h, {{account}} {{currency}}")],
                overrides=currency_units(), no_value="no falls of a balance in this currency"),
            trend("Credits used per day, from falls of the credits", about("Pace of the last 1, 6 and 24 hours (credits, for a day).",
                                                                           "falls of the credits left, by the exporter's ledger"),
                  [query("account:cpaas_credits_spent:rate1h{@} * 86400", "1 h, {{account}}"),
                   query("account:cpaas_credits_spent:rate6h{@} * 86400", "6 h, {{account}}"),
                   query("account:cpaas_credits_spent:rate1d{@} * 86400", "24 h, {{account}}")], unit="locale", no_value="no credits"),
        ]),
    ], currency=True)
