"""Quotas and plan limits: how full, and will they last until the period ends?"""
from common import QUOTA, ANY_IS_BAD, ANY_IS_ODD, age, firing, quota_bars
from grafana import BLUE, Column, about, collapsed, dashboard, query, runbook, stat, steps, table, trend

BY = "by (provider, account, resource)"
RATIO = "account_resource:cpaas_quota_used:ratio{@}"
ACCOUNTS = "0 * count(group by (account) (cpaas_up{@}))"

DASHBOARD = dashboard(
    "quotas", "CPaaS / Quotas and plan limits", "How full each plan is, and whether it lasts until the period ends.",
    [
        [
            firing("quota"),
            stat("Fullest quota", about("Used share of the limit that is closest to full (0-100 %).", "`cpaas_quota_used` / `cpaas_quota_limit`",
                                        act=f"{runbook('CpaasQuotaHigh', 'quotas')}."),
                 [query(f"topk(1, {RATIO})", "{{account}}: {{resource}}", instant=True)], unit="percentunit", thresholds=QUOTA, no_value="no quotas",
                 names="value_and_name", decimals=0),
            stat("Over their warning", about("Quotas that are fuller than `thresholds: quota_ratio`, or than 80 % (number).", "`cpaas_quota_used`",
                                             act=f"{runbook('CpaasQuotaHigh', 'quotas')}."),
                 [query(f"count({RATIO} > on (provider, account) group_left () account:cpaas_quota_warning_ratio:or_default{{@}}) or {ACCOUNTS}", "quotas")],
                 thresholds=ANY_IS_ODD, sparkline=False),
            stat("Exhausted", about("Quotas of which nothing is left (number).", "`cpaas_quota_used`", act=f"{runbook('CpaasQuotaExhausted', 'quotas')}."),
                 [query(f"count({RATIO} >= 1) or {ACCOUNTS}", "quotas")], thresholds=ANY_IS_BAD),
            stat("Will not last", about("Quotas that run out before their period ends, at the pace since it began (number).", "`cpaas_quota_used`",
                                        act=f"{runbook('CpaasQuotaProjectedExhausted', 'quotas')}."),
                 [query(f"count(account_resource:cpaas_quota_used:projected_ratio{{@}} > 1) or {ACCOUNTS}", "quotas")], thresholds=ANY_IS_ODD, sparkline=False),
            age(),
        ],
        [
            quota_bars(10, 9),
            table("Quotas", about(
                "What is used, the limit, its share (0-100 %), and the share that will be used when the month ends, at the pace since it began. Voice in seconds.",
                "AgentPhone `numbers`, `plan.limits`, monthly and by-agent sums; Vobiz `max_accounts`, concurrency; Teli `max_per_org`",
                act=f"{runbook('CpaasQuotaHigh', 'quotas')}."),
                [Column("Account", "account", width=95), Column("Provider", "provider", width=105), Column("Resource", "resource", width=185),
                 Column("Used", expr=f"max {BY} (cpaas_quota_used{{@}})", unit="locale", decimals=0),
                 Column("Limit", expr=f"max {BY} (cpaas_quota_limit{{@}})", unit="locale", decimals=0),
                 Column("Full", expr=f"max {BY} ({RATIO})", unit="percentunit", decimals=0, thresholds=QUOTA),
                 Column("At the month's end", expr=f"max {BY} (account_resource:cpaas_quota_used:projected_ratio{{@}})", unit="percentunit", decimals=0,
                        thresholds=steps("green", (1, "orange")))],
                sort="Full", width=14, height=9, no_value="no account here has a quota"),
        ],
        [
            trend("How full, over time", about("Used share of each limit (0-100 %). Dashed: 80 %, and full.", "`cpaas_quota_used` / `cpaas_quota_limit`",
                                               act=f"{runbook('CpaasQuotaHigh', 'quotas')}."),
                  [query(f"topk(25, {RATIO})", "{{account}}: {{resource}}")], unit="percentunit", thresholds=QUOTA, no_value="no account here has a quota"),
            trend("Projected to the month's end", about(
                "The share that will be used when the calendar month (UTC) ends, at the pace since it began (0-100 %).", "`cpaas_quota_used`",
                act=f"Above 100 %, raise the plan in time: {runbook('CpaasQuotaProjectedExhausted', 'quotas')}."),
                [query("account_resource:cpaas_quota_used:projected_ratio{@}", "{{account}}: {{resource}}")], unit="percentunit",
                thresholds=steps("green", (1, "orange")), no_value="no quota here starts anew each month"),
        ],
        collapsed("Limits of customers and organizations", [
            table("Customers' limits", about("Most calls at once and calls per second that a customer may have (number); the 50 largest.",
                                             "Vobiz customers `concurrent_calls_limit`, `cps_limit`"),
                  [Column("Customer", "customer_id"), Column("Account", "account"), Column("Resource", "resource"),
                   Column("Limit", expr="topk(50, max by (account, customer_id, resource) (cpaas_customer_quota_limit{@}))", bar=BLUE)],
                  sort="Limit", width=12, no_value="no customers"),
            table("Organizations' limits", about("Most of a resource that each single organization may have (number).", "Teli number limits `max_per_org`"),
                  [Column("Account", "account"), Column("Resource", "resource"),
                   Column("Limit for each organization", expr="max by (account, resource) (cpaas_organization_quota_limit{@})")],
                  width=12, no_value="no limits for organizations"),
        ]),
    ])
