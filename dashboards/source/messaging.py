"""Messaging: how much is sent and received, and do the webhooks arrive?"""
from common import WEBHOOKS, age, firing, messages_per_hour, webhook_failures
from grafana import BLUE, Column, about, dashboard, query, runbook, stat, table, trend

BY = "by (account, channel, direction)"

DASHBOARD = dashboard(
    "messaging", "CPaaS / Messaging", "How much is sent and received, and whether the webhooks arrive.",
    [
        [
            firing("messages|webhooks"),
            stat("Messages, last hour", about("Messages of the last hour, or segments where the provider counts only those (number), all accounts.",
                                              "`cpaas_messages_total`, `cpaas_message_segments_total`",
                                              act=f"None where there were some last week: {runbook('CpaasMessagesStopped', 'delivery')}."),
                 [query("sum(account_direction:cpaas_messages:increase1h{@})", "messages")], unit="locale", decimals=0,
                 no_value="no provider here counts messages"),
            stat("Messages today", about("Messages since midnight in the provider's time zone (number), by direction.",
                                         "Teli overview of today, AgentPhone daily"),
                 [query("sum by (direction) (max by (account, channel, direction) (cpaas_today_messages{@}))", "{{direction}}")], unit="locale",
                 no_value="no provider here tells it", width=8),
            stat("Failed webhooks, 1 hour", about("Share of the webhook deliveries of the last hour that failed (0-100 %).",
                                                          "AgentPhone `webhooks.failed`",
                                                          act=f"Orange from 10 %, red from 90 %: {runbook('CpaasWebhooksFailing', 'delivery')}."),
                 [query("sum(account:cpaas_webhook_delivery_failures:increase1h{@}) / (sum(account:cpaas_webhook_deliveries:increase1h{@}) > 0)", "failed")],
                 unit="percentunit", thresholds=WEBHOOKS, decimals=1, no_value="no webhooks"),
            age(),
        ],
        [
            messages_per_hour(),
            trend("Segments by channel", about("Message segments in the hour before each point (number), by account, channel and direction.",
                                               "Teli `usage.sms`, `usage.mms` (`cpaas_message_segments_total`)"),
                  [query(f"hourly {BY} (cpaas_message_segments_total{{@}})", "{{account}} {{channel}} {{direction}}")], stacked=True, decimals=0,
                  no_value="no provider here counts segments"),
        ],
        [
            trend("Webhook deliveries per hour", about("Webhook deliveries in the hour before each point (number): those that arrived and those that failed.",
                                                       "AgentPhone `webhooks.success`, `webhooks.failed`"),
                  [query("hourly by (account) (cpaas_webhook_delivery_successes_total{@})", "{{account}} arrived"),
                   query("account:cpaas_webhook_delivery_failures:increase1h{@}", "{{account}} failed")], stacked=True, decimals=0,
                  no_value="no provider here delivers webhooks"),
            webhook_failures(),
        ],
        [
            table("Messages of $window", about(
                "Over the provider's window, of the last 24 hours, of today, of the calendar month, and segments of 30 days (number).",
                "TingTing `outbound_sms`, Teli overview, AgentPhone `stats`, daily and monthly",
                act="Accounts whose `window` is another one: choose it above."),
                [Column("Account", "account"), Column("Channel", "channel"), Column("Direction", "direction"),
                 Column("Window", expr=f"max {BY} (cpaas_${{window}}_messages{{@}})", unit="locale", bar=BLUE),
                 Column("24 h", expr=f"max {BY} (cpaas_24h_messages{{@}})", unit="locale"),
                 Column("Today", expr=f"max {BY} (cpaas_today_messages{{@}})", unit="locale"),
                 Column("Month", expr=f"max {BY} (cpaas_month_messages{{@}})", unit="locale"),
                 Column("Segments, 30 d", expr=f"max {BY} (cpaas_30d_message_segments{{@}})", unit="locale"),
                 Column("All time", expr=f"max {BY} (cpaas_messages_total{{@}} or cpaas_message_segments_total{{@}})", unit="locale")],
                sort="Window", width=15, height=8, no_value="no provider here tells messages over this window"),
            table("Webhook deliveries", about("Webhook deliveries of today, of the calendar month, and all time: attempted and failed (number).",
                                              "AgentPhone daily, monthly, webhooks", act=f"{runbook('CpaasWebhookFailuresHigh', 'delivery')}."),
                  [Column("Account", "account"), Column("Today", expr="max by (account) (cpaas_today_webhook_deliveries{@})", unit="locale"),
                   Column("Month", expr="max by (account) (cpaas_month_webhook_deliveries{@})", unit="locale"),
                   Column("All time", expr="max by (account) (cpaas_webhook_deliveries_total{@})", unit="locale"),
                   Column("Failed", expr="max by (account) (cpaas_webhook_delivery_failures_total{@})", unit="locale")],
                  sort="All time", width=9, height=8, no_value="no provider here delivers webhooks"),
        ],
    ], window=True)
