"""TingTing: credits, campaigns, how calls ended and how far voice messages were heard."""
from common import RUNWAY, age, firing
from grafana import Column, about, bar_list, collapsed, dashboard, dashed, query, runbook, stat, table, trend


def by(label, name):
    return f"max by (account, {label}) (cpaas_${{window}}_{name}{{@}})"


def bars(title, what, label, name, field, width, unit="locale"):
    return bar_list(title, about(f"{what} over the provider's window (number), as the provider names them.", f"TingTing dashboard `{field}`",
                                 act="Empty when the provider gives this object in a shape that is not known, or the account's `window` is another one."),
                    [query(f"sort_desc({by(label, name)})", "{{account}}: {{" + label + "}}", instant=True)], unit=unit, width=width, height=6,
                    no_value="not told over this window")


DASHBOARD = dashboard(
    "tingting", "CPaaS / TingTing", "TingTing: credits, campaigns, how calls ended, and how far voice messages were heard.",
    [
        [
            firing(provider="tingting"),
            stat("Credits left", about("Credits left, all accounts chosen (credits).", "TingTing `remaining_credits`",
                                       act=f"{runbook('CpaasCreditsLow', 'balances')}."),
                 [query("sum(account:cpaas_credits_remaining:max{@})", "credits")], unit="locale", no_value="no good poll yet", sparkline=False),
            stat("Runway", about("How long the credits of the account that is worst off last at the pace of the last day (seconds).", "`remaining_credits`",
                                 "an hour after installation", f"Orange under 3 days, red under 12 hours: {runbook('CpaasCreditsRunwayLow', 'balances')}."),
                 [query("min(account:cpaas_credits_runway_seconds:rate1d{@})", "runway")], unit="s", thresholds=RUNWAY, no_value="no credits are being spent", sparkline=False),
            stat("Credits used today", about("Credits used since midnight in the provider's time zone (credits).", "TingTing `credit_usage_overtime`, last entry"),
                 [query("sum(max by (account) (cpaas_today_credits_used{@}))", "credits")], unit="locale", no_value="the provider does not tell it", sparkline=False),
            stat("Running campaigns", about("Campaigns that run now, and that are scheduled (number).", "TingTing campaigns `status`"),
                 [query('sum(max by (account, status) (cpaas_campaigns{@,status="running"}))', "running"),
                  query('sum(max by (account, status) (cpaas_campaigns{@,status="scheduled"}))', "scheduled")], no_value="none"),
            age(),
        ],
        [
            trend("Credits left", about("Credits left in each account; dashed, the threshold under which it warns.", "TingTing `remaining_credits`",
                                        act=f"{runbook('CpaasCreditsLow', 'balances')}."),
                  [query("account:cpaas_credits_remaining:max{@}", "{{account}}"),
                   query("account:cpaas_credits_low_threshold:or_default{@}", "threshold, {{account}}")], unit="locale", width=8,
                  overrides=[dashed("^threshold.*")], no_value="no good poll yet"),
            trend("Credits used per hour", about("Credits used in the hour before each point; dashed, what is usual: the average hour of the last 7 days.",
                                                 "falls of `remaining_credits`, by the exporter's ledger",
                                                 act=f"Above four times the usual it is an alert: {runbook('CpaasCreditsSpendAnomaly', 'spend')}."),
                  [query("account:cpaas_credits_spent:increase1h{@}", "{{account}}"),
                   query("account:cpaas_credits_spent_increase1h:avg7d{@}", "usual, {{account}}")], width=8, decimals=0, overrides=[dashed("^usual.*")],
                  no_value="less than an hour of data"),
            trend("Campaigns by status", about("Campaigns by status (number).", "TingTing campaigns `results[].status`"),
                  [query("sum by (status) (max by (account, status) (cpaas_campaigns{@}))", "{{status}}")], width=8, stacked=True, decimals=0,
                  no_value="no campaigns"),
        ],
        [
            bars("How calls ended", "Calls by their outcome", "outcome", "call_outcomes", "call_outcomes", 8),
            bars("How far messages were heard", "Playback of voice messages, by the share that was heard", "event", "playback", "playback_distribution", 8),
            bars("Campaigns by state", "Campaigns by their state", "state", "campaign_states", "campaigns", 8),
        ],
        [
            table("Accounts", about(
                "Over the provider's window: calls and SMS (number), time in calls (seconds), credits used, credits for a call on average; credits bought; the "
                "completed share of the campaign that was completed best (0-100 %); phone numbers held.",
                "TingTing `outbound_calls`, `outbound_sms`, `total_call_duration`, `credits_used`, `credit_spent`, `total_credits_purchased`, "
                "`top_performing_campaign`, `total_owned_numbers`", act="Accounts whose `window` is another one: choose it above."),
                [Column("Account", "account"), Column("Calls", expr="sum by (account) (max by (account, direction) (cpaas_${window}_calls{@}))", unit="locale"),
                 Column("SMS", expr='sum by (account) (max by (account, channel, direction) (cpaas_${window}_messages{@}))', unit="locale"),
                 Column("Time in calls", expr="sum by (account) (max by (account, direction, kind) (cpaas_${window}_voice_seconds{@}))", unit="s", decimals=1),
                 Column("Credits used", expr="max by (account) (cpaas_${window}_credits_used{@})", unit="locale"),
                 Column("Credits per call", expr="max by (account) (cpaas_${window}_credits_per_call{@})", decimals=2),
                 Column("Credits bought", expr="max by (account) (cpaas_credits_purchased{@})", unit="locale"),
                 Column("Best campaign", expr="max by (account) (cpaas_${window}_top_campaign_completion_ratio{@})", unit="percentunit", decimals=0),
                 Column("Numbers", expr="max by (account) (cpaas_phone_numbers{@})", unit="locale")],
                sort="Account", descending=False, height=5, no_value="no account, or not told over this window"),
        ],
        collapsed("Kinds of campaigns, plays, numbers", [
            bars("Campaigns by kind", "Share of the campaigns by kind", "kind", "campaigns", "campaign_type_ratio", 6, "percentunit"),
            bars("Plays", "Plays of voice messages and their seconds", "group", "plays", "total_playback", 6),
            bars("The best campaign", "Events of the campaign that was completed best", "event", "top_campaign_events", "top_performing_campaign", 6),
            bar_list("Caller numbers", about("Numbers that calls may come from (number): assigned to the account, or shared.", "TingTing numbers"),
                     [query("max by (account, kind) (cpaas_caller_numbers{@})", "{{account}}: {{kind}}", instant=True)], width=6, height=6, no_value="none told"),
        ]),
    ], provider="tingting", window=True, tags=["tingting"])
