"""Panels and thresholds that several dashboards share."""
from grafana import (BLUE, GREEN, NEUTRAL, ORANGE, RED, Column, about, bar_list, currency_units, dashed, override, query, runbook, stat, steps, table,
                     trend)

# As in the alert rules: a page under 12 hours; a warning under 3 days where the configuration says nothing else.
RUNWAY = steps(RED, (43200, ORANGE), (259200, GREEN))
QUOTA = steps(GREEN, (0.8, ORANGE), (1, RED))  # the default warning, and exhausted
BUDGET = steps(GREEN, (1, RED))
PACE = steps(GREEN, (2, ORANGE), (10, RED))
ANY_IS_BAD = steps(GREEN, (1, RED))
ANY_IS_ODD = steps(GREEN, (1, ORANGE))
WEBHOOKS = steps(GREEN, (0.1, ORANGE), (0.9, RED))
SEVERITY = [{"type": "value", "options": {"critical": {"color": RED, "index": 0}, "warning": {"color": ORANGE, "index": 1},
                                          "info": {"color": BLUE, "index": 2}}}]
UP = [{"type": "value", "options": {"0": {"text": "failing", "color": RED, "index": 0}, "1": {"text": "up", "color": GREEN, "index": 1}}}]
ACTIVE = [{"type": "value", "options": {"0": {"text": "suspended", "color": RED, "index": 0}, "1": {"text": "active", "color": GREEN, "index": 1}}}]
LOWEST_RUNWAY = ("min by (provider, account) (account:cpaas_balance_runway_seconds:rate1d{@}) or "
                 "min by (provider, account) (account:cpaas_credits_runway_seconds:rate1d{@})")
# Alerts about the exporter itself have no account, and concern all.
ALERTS = 'ALERTS{alertname=~"Cpaas.*",alertstate="firing",provider=~"$provider|",account=~"$account|"%s}'


def firing(subjects="", width=4, provider=""):
    """How many alerts fire, of some subjects (a regular expression) or of all."""
    more = (f',subject=~"{subjects}"' if subjects else "")
    alerts = ALERTS.replace('provider=~"$provider|"', f'provider="{provider}"') if provider else ALERTS
    count = "count(" + alerts + ") or vector(0)"
    return stat("Firing alerts", about(
        f"Alerts that fire now{' about ' + subjects.replace('|', ', ') if subjects else ''}, by severity (number).",
        "Prometheus' own series `ALERTS`, so the alert rules must be loaded",
        "one rule evaluation", "Open the alert's runbook; docs/alerts.md lists all."),
        [query(count % (',severity="critical"' + more), "critical"), query(count % (',severity="warning"' + more), "warning")],
        thresholds=steps(GREEN, (1, RED)), no_value="none", width=width,
        overrides=[override("byName", "warning", thresholds=steps(GREEN, (1, ORANGE)))])


def age(width=4):
    """How old the oldest data are, and how many endpoints are too old."""
    return stat("Oldest data", about(
        "Time since the last good poll of the endpoint that is worst off (seconds), and endpoints whose data are older than three of their "
        "poll intervals (number).", "`cpaas_last_success_timestamp_seconds`", "none",
        f"When any is stale, the numbers of its account stand still: {runbook('CpaasDataStale', 'exporter')}."),
        [query("max(account_endpoint:cpaas_last_success_age_seconds:min{@})", "age"),
         query("sum(account:cpaas_endpoints_stale:count{@}) or 0 * count(group by (account) (cpaas_up{@}))", "stale endpoints")],
        unit="s", decimals=0, no_value="no good poll yet", width=width, sparkline=False,
        overrides=[override("byName", "stale endpoints", unit="short", thresholds=ANY_IS_BAD)])


def calls_per_hour(width=12, height=8):
    return trend("Calls per hour", about(
        "Calls in the hour before each point (number), by account and direction. `combined`: the provider does not tell directions apart.",
        "`cpaas_calls_total` (Vobiz `time_series`, Teli `total_voice_calls` by the day, AgentPhone `stats.totalCalls`); TingTing has no "
        "counter, see its own dashboard",
        act=f"Traffic that stops is an alert: {runbook('CpaasCallsStopped', 'calls')}."),
        [query("account_direction:cpaas_calls:increase1h{@}", "{{account}} {{direction}}")],
        width=width, height=height, decimals=0, no_value="no provider here counts calls, or less than an hour of data")


def messages_per_hour(width=12, height=8):
    return trend("Messages per hour", about(
        "Messages in the hour before each point (number), or segments where the provider counts only those (Teli), by account and direction.",
        "`cpaas_messages_total` (AgentPhone `stats.totalMessages`), `cpaas_message_segments_total` (Teli `usage.sms`, `usage.mms`)",
        act=f"Traffic that stops is an alert: {runbook('CpaasMessagesStopped', 'delivery')}."),
        [query("account_direction:cpaas_messages:increase1h{@}", "{{account}} {{direction}}")],
        width=width, height=height, decimals=0, no_value="no provider here counts messages, or less than an hour of data")


def spend_per_hour(width=12, height=8):
    return trend("Spend per hour, $currency", about(
        "Money spent in the hour before each point (in the currency chosen above), by account; dashed, what is usual: the average hour of the "
        "last 7 days.", "`cpaas_cost_total`, or falls of the balance (`cpaas_balance_spent_total`) where the provider tells no cost",
        act=f"Above four times the usual it is an alert, since it may be fraud: {runbook('CpaasSpendAnomaly', 'spend')}."),
        [query('account:cpaas_spend:increase1h{@,currency="$currency"}', "{{account}} {{currency}}"),
         query('account:cpaas_spend_increase1h:avg7d{@,currency="$currency"}', "usual, {{account}} {{currency}}")],
        width=width, height=height, no_value="nothing spent in this currency, or less than an hour of data",
        overrides=[*currency_units(), dashed("^usual.*")])


def webhook_failures(width=12, height=8):
    return trend("Failed webhook deliveries", about(
        "Share of the webhook deliveries in the hour before each point that failed (0-100 %).",
        "AgentPhone `webhooks.failed` and `total`, or `stats.failedWebhookDeliveries` (`cpaas_webhook_delivery_failures_total`)",
        act=f"Look at the receiver first: {runbook('CpaasWebhookFailuresHigh', 'delivery')}."),
        [query("account:cpaas_webhook_delivery_failures:ratio1h{@}", "{{account}}")],
        unit="percentunit", thresholds=WEBHOOKS, width=width, height=height, no_value="no webhooks were delivered, or less than an hour of data")


def alerts_table(width=12, height=8, provider=""):
    alerts = ALERTS.replace('provider=~"$provider|"', f'provider="{provider}"') if provider else ALERTS
    return table("Firing alerts now", about(
        "Each alert that fires now. With its severity, the account, and what of it.", "Prometheus' own series `ALERTS`",
        "one rule evaluation", "docs/alerts.md lists all alerts with their runbooks."),
        [Column("Alert", "alertname", link={"title": "All alerts and their runbooks", "url": "https://github.com/cpaas-exporter/cpaas_exporter/"
                "blob/main/docs/alerts.md", "targetBlank": True}),
         Column("Severity", "severity", mappings=SEVERITY, thresholds=steps(NEUTRAL), width=100), Column("Account", "account", width=90),
         Column("About", "what", width=165),
         Column("Alerts", expr='count by (alertname, severity, account, what) (label_join(' + alerts % "" +
                ', "what", " ", "endpoint", "resource", "direction", "currency", "period"))', hidden=True)],
        sort="Severity", descending=False, width=width, height=height, no_value="no alert fires")


def quota_bars(width=12, height=8):
    return bar_list("How full each quota is", about(
        "Used share of each limit (0-100 %). Orange from 80 % (the default of `thresholds: quota_ratio`), red when full.",
        "`cpaas_quota_used` / `cpaas_quota_limit`: AgentPhone `numbers`, `plan.limits`; Vobiz `max_accounts`, concurrency",
        act=f"{runbook('CpaasQuotaHigh', 'quotas')}."),
        [query("topk(25, account_resource:cpaas_quota_used:ratio{@})", "{{account}}: {{resource}}", instant=True)],
        unit="percentunit", thresholds=QUOTA, maximum=1, width=width, height=height, no_value="no account here has a quota")
