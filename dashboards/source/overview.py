"""Fleet overview: is it well, and where not?"""
from common import (
    LOWEST_RUNWAY, RUNWAY, QUOTA, UP, ANY_IS_BAD, age, alerts_table, calls_per_hour, firing, messages_per_hour, spend_per_hour,
)
from grafana import NEUTRAL, Column, about, currency_units, dashboard, override, query, runbook, stat, steps, table

ACCOUNTS = "min by (provider, account) (max by (provider, account, endpoint) (cpaas_up{@}))"

DASHBOARD = dashboard(
    "overview", "CPaaS / Overview", "All accounts at all providers: is it well, and where not?",
    [
        [
            firing(),
            stat("Accounts", about("Accounts whose last polls all worked, and accounts of which at least one endpoint fails (number).", "`cpaas_up`",
                                   "one poll", f"See the exporter's dashboard for the endpoint and the reason: {runbook('CpaasDataStale', 'exporter')}."),
                 [query(f"sum({ACCOUNTS})", "up"), query(f"sum(1 - {ACCOUNTS})", "failing")], no_value="no account configured",
                 overrides=[override("byName", "failing", thresholds=ANY_IS_BAD)]),
            age(),
            stat("Lowest runway", about("How long the balance or the credits of the account that is worst off last at the pace of the last day (seconds).",
                                        "`cpaas_balance`, `cpaas_credits_remaining` and what the ledger saw spent", "an hour after installation",
                                        f"Top up: {runbook('CpaasBalanceRunwayLow', 'balances')}. Orange under 3 days, red under 12 hours."),
                 [query(f"bottomk(1, {LOWEST_RUNWAY})", "{{account}}",
                        instant=True)], unit="s", thresholds=RUNWAY, no_value="nothing is being spent", names="value_and_name"),
            stat("Fullest quota", about("Used share of the limit that is closest to full (0-100 %).", "`cpaas_quota_used` / `cpaas_quota_limit`",
                                        act=f"{runbook('CpaasQuotaHigh', 'quotas')}. Orange from 80 %, red when full."),
                 [query("topk(1, account_resource:cpaas_quota_used:ratio{@})", "{{account}}: {{resource}}", instant=True)], unit="percentunit",
                 thresholds=QUOTA, no_value="no quotas", names="value_and_name", decimals=0),
            stat("Spent in 24 hours", about("Money spent in the last 24 hours, each currency by itself; in the first day, what it will be at the pace until now.",
                                            "`cpaas_cost_total`, or falls of the balance where the provider tells no cost", "an hour after installation",
                                            "Compare with the spend dashboard."),
                 [query("sum by (currency) (account:cpaas_spend:rate1d{@}) * 86400", "{{currency}}")], overrides=currency_units(), no_value="nothing yet",
                 names="value", decimals=2),
        ],
        [
            table("Accounts", about(
                "One line for each account: whether its polls work, how old its data are, what is left and for how long, what it spent, its fullest quota.",
                "as in the panels of the other dashboards", act="Sort by a column; filter with the variables above."),
                [
                    Column("Account", "account", link={"title": "Only this account", "url": "/d/cpaas-overview?var-account=${__data.fields.Account}&${__url_time_range}"}),
                    Column("Provider", "provider"),
                    Column("Polls", expr=ACCOUNTS, mappings=UP, thresholds=steps(NEUTRAL)),
                    Column("Data age", expr="max by (provider, account) (account_endpoint:cpaas_last_success_age_seconds:min{@})", unit="s", decimals=0),
                    Column("Currency", "currency"),
                    Column("Balance", expr="max by (provider, account, currency) (account:cpaas_balance:max{@})", decimals=2),
                    Column("Credits", expr="max by (provider, account) (account:cpaas_credits_remaining:max{@})", unit="locale"),
                    Column("Runway", expr=f"min by (provider, account) ({LOWEST_RUNWAY})",
                           unit="s", decimals=1, thresholds=RUNWAY),
                    Column("Spent, 24 h", expr="sum by (provider, account, currency) (account:cpaas_spend:rate1d{@}) * 86400", decimals=2),
                    Column("Fullest quota", expr="max by (provider, account) (account_resource:cpaas_quota_used:ratio{@})", unit="percentunit", decimals=0,
                           thresholds=QUOTA),
                ], sort="Account", descending=False, width=15, height=9, no_value="no account is configured, or Prometheus does not scrape the exporter"),
            alerts_table(width=9, height=9),
        ],
        [spend_per_hour(8, 8), calls_per_hour(8, 8), messages_per_hour(8, 8)],
    ], currency=True)
