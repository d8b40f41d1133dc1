"""One provider, whichever: what is left and for how long, what it costs, how much is used, how full the plan is."""
from common import LOWEST_RUNWAY, QUOTA, RUNWAY, age, calls_per_hour, firing, messages_per_hour, quota_bars, spend_per_hour
from grafana import BLUE, PURPLE, Column, about, collapsed, currency_units, dashboard, dashed, query, runbook, stat, table, trend

WINDOWS = (("today", "today"), ("this month", "month"))


def by(metric, labels):
    return f"max by (provider, account, {labels}) ({metric}{{@}})"


def windows_table(title, what, families, labels, **options):
    """A row for each of `labels`, a column for each family and window."""
    names = labels.split(", ")
    return table(title, about(what, ", ".join(f"`cpaas_today_{family}`, `cpaas_month_{family}`" for _, family, _ in families)),
                 [Column("Account", "account"), Column("Provider", "provider"), *(Column(name.capitalize(), name) for name in names),
                  *(Column(f"{text}, {window}", expr=by(f"cpaas_{name}_{family}", labels), unit=unit) for text, family, unit in families
                    for window, name in WINDOWS)],
                 sort="Account", descending=False, no_value="no provider here tells it", **options)


DASHBOARD = dashboard(
    "provider", "CPaaS / Any provider",
    "One provider, whichever: what is left and for how long, what it costs, how much is used, how full the plan is. Choose it above.",
    [
        [
            firing(),
            stat("Lowest runway", about("How long the balance or the credits of the account that is worst off last at the pace of the last day (seconds).",
                                        "`cpaas_balance`, `cpaas_credits_remaining` and the ledger of their falls", "an hour after installation",
                                        f"Top up: {runbook('CpaasBalanceRunwayLow', 'balances')}. Orange under 3 days, red under 12 hours."),
                 [query(f"bottomk(1, {LOWEST_RUNWAY})", "{{account}}", instant=True)], unit="s", thresholds=RUNWAY, no_value="nothing is being spent",
                 names="value_and_name"),
            stat("Balance", about("Money left in the wallets of the accounts, each currency by itself.", "`cpaas_balance`",
                                  act="A sum hides an empty wallet: look at the runway too."),
                 [query("sum by (currency) (account:cpaas_balance:max{@})", "{{currency}}")], overrides=currency_units(), no_value="no account has a wallet",
                 names="value", decimals=2, sparkline=False),
            stat("Credits left", about("Credits left, of all accounts (credits).", "`cpaas_credits_remaining`",
                                       act=f"{runbook('CpaasCreditsLow', 'balances')}."),
                 [query("sum(account:cpaas_credits_remaining:max{@})", "credits")], unit="locale", no_value="no account has credits", sparkline=False),
            stat("Fullest quota", about("Used share of the limit that is closest to full (0-100 %).", "`cpaas_quota_used` / `cpaas_quota_limit`",
                                        act=f"{runbook('CpaasQuotaHigh', 'quotas')}."),
                 [query("topk(1, account_resource:cpaas_quota_used:ratio{@})", "{{account}}: {{resource}}", instant=True)], unit="percentunit",
                 thresholds=QUOTA, no_value="no quotas", names="value_and_name", decimals=0),
            age(),
        ],
        [
            trend("Left to spend, $currency", about(
                "What each account can spend (in the currency chosen above); dashed, the threshold under which it warns.",
                "`cpaas_balance`, `cpaas_credit_limit`", act=f"{runbook('CpaasBalanceLow', 'balances')}."),
                [query('account:cpaas_balance_spendable:sum{@,currency="$currency"}', "{{account}} {{currency}}"),
                 query('account:cpaas_balance_low_threshold:or_default{@,currency="$currency"}', "threshold, {{account}} {{currency}}")],
                overrides=[*currency_units(), dashed("^threshold.*")], minimum=None, width=8, no_value="no account has a wallet in this currency"),
            trend("Runway", about("How long what is left lasts at the pace of the last day (seconds); more than 30 days is shown as 30.",
                                  "what is left / what the ledger saw spent", "an hour after installation",
                                  f"Under the dashed lines: 3 days, and 12 hours. {runbook('CpaasBalanceRunwayCritical', 'balances')}."),
                  [query("clamp_max(account:cpaas_balance_runway_seconds:rate1d{@}, 2592000)", "{{account}} {{currency}}"),
                   query("clamp_max(account:cpaas_credits_runway_seconds:rate1d{@}, 2592000)", "{{account}} credits")], unit="s", decimals=1,
                  thresholds=RUNWAY, width=8, no_value="nothing is being spent, or less than an hour of data"),
            spend_per_hour(8, 8),
        ],
        [
            trend("Cost this month, $currency", about("Cost since the calendar month began, by category (in the currency chosen above). Categories do not overlap.",
                                                      "`cpaas_month_cost`"),
                  [query('max by (provider, account, category, currency) (cpaas_month_cost{@,currency="$currency"})', "{{account}} {{category}} {{currency}}")],
                  overrides=currency_units(), stacked=True, width=8, no_value="no provider here tells the cost of the month in this currency"),
            quota_bars(8, 8),
            table("Quotas and resources", about("What is used, and its limit where there is one (number; voice in seconds).", "`cpaas_quota_used`, `cpaas_quota_limit`",
                                                act=f"{runbook('CpaasQuotaHigh', 'quotas')}."),
                  [Column("Account", "account"), Column("Resource", "resource"),
                   Column("Used", expr=by("cpaas_quota_used", "resource"), unit="locale", decimals=0, bar=BLUE),
                   Column("Limit", expr=by("cpaas_quota_limit", "resource"), unit="locale", decimals=0)],
                  sort="Used", width=8, no_value="no account here has a quota"),
        ],
        [calls_per_hour(12, 8), messages_per_hour(12, 8)],
        [
            windows_table("Calls", "Calls (number) by direction, today and in this calendar month. `combined`: the provider does not tell directions apart.",
                          [("Calls", "calls", "locale")], "direction", width=8, height=7),
            windows_table("Messages", "Messages (number) by channel and direction, today and in this calendar month.",
                          [("Messages", "messages", "locale")], "channel, direction", width=8, height=7),
            windows_table("Cost", "Cost (in its currency) by category, today and in this calendar month.", [("Cost", "cost", "none")], "category, currency",
                          width=8, height=7),
        ],
        collapsed("Requests", [
            trend("Requests to the provider per hour", about("Requests in the hour before each point (number), by endpoint.", "`cpaas_requests_total`"),
                  [query("hourly by (account, endpoint) (cpaas_requests_total{@})", "{{account}} {{endpoint}}")], decimals=0, stacked=True,
                  no_value="less than an hour of data"),
            table("Endpoints", about("Whether each endpoint's last poll worked (1 or 0), and failed requests since the exporter began (number).",
                                     "`cpaas_up`, `cpaas_request_failures_total`", act=f"{runbook('CpaasDataStale', 'exporter')}."),
                  [Column("Account", "account"), Column("Endpoint", "endpoint"), Column("Up", expr="max by (account, endpoint) (cpaas_up{@})"),
                   Column("Failed requests", expr="sum by (account, endpoint) (max by (account, endpoint, reason) (cpaas_request_failures_total{@}))",
                          unit="locale", bar=PURPLE)],
                  sort="Failed requests", width=12, no_value="no good poll yet"),
        ]),
    ], currency=True)
