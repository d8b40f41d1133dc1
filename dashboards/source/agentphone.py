"""AgentPhone: the plan's limits, agents and numbers, calls, messages and webhooks."""
from common import age, calls_per_hour, firing, messages_per_hour, quota_bars, webhook_failures, QUOTA, WEBHOOKS
from grafana import BLUE, PURPLE, Column, about, collapsed, dashboard, dashed, query, runbook, stat, table, trend

AGENT = "by (account, agent_id, agent_name)"
NUMBER = "by (account, number_id, country, status)"


def of_agent(metric):
    return (f"max {AGENT} (max by (provider, account, agent_id) ({metric}{{@}}) * on (provider, account, agent_id) group_left (agent_name) "
            "max by (provider, account, agent_id, agent_name) (cpaas_agent_info{@}))")


def of_number(metric):
    return (f"max {NUMBER} (max by (provider, account, number_id) ({metric}{{@}}) * on (provider, account, number_id) group_left (country, status) "
            "max by (provider, account, number_id, country, status) (cpaas_number_info{@}))")


DASHBOARD = dashboard(
    "agentphone", "CPaaS / AgentPhone", "AgentPhone: the plan's limits, agents and numbers, calls, messages and webhooks.",
    [
        [
            firing(provider="agentphone"),
            stat("Fullest quota", about("Used share of the limit that is closest to full (0-100 %).", "AgentPhone `plan.limits`, `numbers`",
                                        act=f"{runbook('CpaasQuotaHigh', 'quotas')}."),
                 [query("topk(1, account_resource:cpaas_quota_used:ratio{@})", "{{account}}: {{resource}}", instant=True)], unit="percentunit",
                 thresholds=QUOTA, decimals=0, names="value_and_name", no_value="no quotas"),
            stat("Calls, 24 hours", about("Calls of the last 24 hours (number).", "AgentPhone `callsLast24h`"),
                 [query("sum(max by (account, direction) (cpaas_24h_calls{@}))", "calls")], unit="locale", no_value="no good poll yet", sparkline=False),
            stat("Messages, 24 hours", about("Messages of the last 24 hours (number).", "AgentPhone `messagesLast24h`"),
                 [query("sum(max by (account, channel, direction) (cpaas_24h_messages{@}))", "messages")], unit="locale", no_value="no good poll yet", sparkline=False),
            stat("Failed webhooks, 1 hour", about("Share of the webhook deliveries of the last hour that failed (0-100 %).", "AgentPhone `webhooks.failed`",
                                                          act=f"Orange from 10 %, red from 90 %: {runbook('CpaasWebhooksFailing', 'delivery')}."),
                 [query("sum(account:cpaas_webhook_delivery_failures:increase1h{@}) / (sum(account:cpaas_webhook_deliveries:increase1h{@}) > 0)", "failed")],
                 unit="percentunit", thresholds=WEBHOOKS, decimals=1, no_value="no webhooks"),
            age(),
        ],
        [
            quota_bars(8, 8),
            trend("Messages this month", about("Messages since the calendar month (UTC) began (number); dashed, the plan's limit.",
                                               "AgentPhone monthly `messages`, `plan.limits`", act=f"{runbook('CpaasQuotaProjectedExhausted', 'quotas')}."),
                  [query('max by (account) (cpaas_quota_used{@,resource="month_messages"})', "{{account}}"),
                   query('max by (account) (cpaas_quota_limit{@,resource="month_messages"})', "limit, {{account}}")], unit="locale", width=8,
                  overrides=[dashed("^limit.*")], no_value="no monthly limit"),
            webhook_failures(8, 8),
        ],
        [calls_per_hour(12, 8), messages_per_hour(12, 8)],
        [
            table("Agents, this month", about(
                "Each agent in this calendar month: messages, completed calls (number), time in calls (seconds). `unassigned`: what belongs to no agent.",
                "AgentPhone by-agent `messages`, `calls`, `totalSeconds`", act="An agent without calls may have lost its number."),
                [Column("Agent", "agent_name"), Column("Account", "account", width=110), Column("Id", "agent_id"),
                 Column("Messages", expr=of_agent("cpaas_agent_month_messages"), unit="locale", bar=BLUE),
                 Column("Calls", expr=of_agent("cpaas_agent_month_calls"), unit="locale", bar=PURPLE),
                 Column("Time in calls", expr=of_agent("cpaas_agent_month_voice_seconds"), unit="s", decimals=1, width=120)],
                sort="Messages", width=14, height=9, no_value="no agents"),
            table("Numbers", about("Each phone number: messages and calls (number), over a period that the provider does not state.",
                                   "AgentPhone by-number"),
                  [Column("Number", "number_id"), Column("Account", "account", width=110), Column("Country", "country", width=80),
                   Column("Status", "status", width=80), Column("Messages", expr=of_number("cpaas_number_messages"), unit="locale"),
                   Column("Calls", expr=of_number("cpaas_number_calls"), unit="locale")],
                  sort="Messages", width=10, height=9, no_value="no numbers"),
        ],
        collapsed("Windows, plan and period", [
            table("Calls and messages by window", about("Calls and messages of 24 hours, 7 and 30 days, and of the calendar month (number).",
                                                        "AgentPhone `stats`, monthly"),
                  [Column("Account", "account"),
                   *(Column(f"Calls, {text}", expr=f"sum by (account) (max by (account, direction) (cpaas_{name}_calls{{@}}))", unit="locale")
                     for text, name in (("24 h", "24h"), ("7 d", "7d"), ("30 d", "30d"), ("month", "month"))),
                   *(Column(f"Messages, {text}", expr=f"sum by (account) (max by (account, channel, direction) (cpaas_{name}_messages{{@}}))", unit="locale")
                     for text, name in (("24 h", "24h"), ("7 d", "7d"), ("30 d", "30d"), ("month", "month")))],
                  sort="Account", descending=False, width=12, height=6, no_value="no good poll yet"),
            table("Plan and period", about("The plan, and when the period of each endpoint begins and ends.", "AgentPhone `plan.name`, `periodStart`, `periodEnd`"),
                  [Column("Account", "account"), Column("Endpoint", "endpoint"),
                   Column("Begins", expr="max by (account, endpoint) (cpaas_period_start_timestamp_seconds{@}) * 1000", unit="dateTimeAsIso"),
                   Column("Ends", expr="max by (account, endpoint) (cpaas_period_end_timestamp_seconds{@}) * 1000", unit="dateTimeAsIso")],
                  sort="Account", descending=False, width=12, height=6, no_value="no good poll yet"),
        ]),
    ], provider="agentphone", tags=["agentphone"])
