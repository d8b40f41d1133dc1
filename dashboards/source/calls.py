"""Calls and voice quality: are calls answered, do they last, and did they stop?"""
from common import calls_per_hour, firing
from grafana import BLUE, Column, about, collapsed, dashboard, dashed, query, runbook, stat, table, trend

HOUR = "account_direction:cpaas_calls:increase1h{@}"
WINDOW_BY = "by (account, direction)"
SECONDS = "sum by (account, direction) (max by (account, direction, kind) (cpaas_${window}_voice_seconds{@}))"

DASHBOARD = dashboard(
    "calls", "CPaaS / Calls and voice quality", "Whether calls are answered, how long they last, and which way they go.",
    [
        [
            firing("calls"),
            stat("Calls, last hour", about("Calls in the last hour (number), all accounts.", "`cpaas_calls_total`",
                                           act=f"None where there were some last week: {runbook('CpaasCallsStopped', 'calls')}."),
                 [query(f"sum({HOUR})", "calls")], unit="locale", decimals=0, no_value="no provider here counts calls"),
            stat("Answer rate, last hour", about("Answered share of the calls of the last hour (0-100 %), where the provider tells it.",
                                                 "Vobiz `answered_calls`", act=f"An alert under half of what is usual: {runbook('CpaasAnswerRateFell', 'calls')}."),
                 [query("sum(account_direction:cpaas_calls_answered:increase1h{@}) / sum(account_direction:cpaas_calls:increase1h{@} and "
                        "account_direction:cpaas_calls_answered:increase1h{@})", "answered")], unit="percentunit", decimals=1,
                 no_value="no provider here tells it, or no calls"),
            stat("Average length, last hour", about(
                "Average length of the answered calls of the last hour, or of all calls where the provider does not tell which were answered (seconds).",
                "`cpaas_voice_seconds_total`", act=f"An alert under a third of what is usual: {runbook('CpaasCallLengthCollapsed', 'calls')}."),
                 [query("sum(account_direction:cpaas_voice_seconds:increase1h{@}) / (sum(account_direction:cpaas_calls_answered:increase1h{@} or "
                        "account_direction:cpaas_calls:increase1h{@}) > 0)", "length")], unit="s", decimals=0, no_value="no calls"),
            stat("Calls today", about("Calls since midnight in the provider's time zone (number), by direction.",
                                      "Vobiz last `time_series` day, Teli overview of today, AgentPhone daily"),
                 [query("sum by (direction) (max by (account, direction) (cpaas_today_calls{@}))", "{{direction}}")], unit="locale", width=8,
                 no_value="no provider here tells it"),
        ],
        [
            calls_per_hour(),
            trend("Answer rate", about(
                "Answered share of the calls in the hour before each point (0-100 %), by account and direction; dashed, what is usual: the last 7 days.",
                "Vobiz `answered_calls`", act=f"Under half of what is usual it is an alert: {runbook('CpaasAnswerRateFell', 'calls')}."),
                [query("account_direction:cpaas_calls_answered:ratio1h{@}", "{{account}} {{direction}}"),
                 query("account_direction:cpaas_calls_answered:ratio7d{@}", "usual, {{account}} {{direction}}")], unit="percentunit", maximum=1,
                overrides=[dashed("^usual.*")], no_value="no provider here tells which calls were answered"),
        ],
        [
            trend("Average call length", about(
                "Average length of the answered calls in the hour before each point, or of all where the provider does not tell which were answered (seconds); "
                "dashed, what is usual: the last 7 days.", "`cpaas_voice_seconds_total`",
                act=f"Under a third of what is usual it is an alert: {runbook('CpaasCallLengthCollapsed', 'calls')}."),
                [query("account_direction:cpaas_call_seconds:avg1h{@}", "{{account}} {{direction}}"),
                 query("account_direction:cpaas_call_seconds:avg7d{@}", "usual, {{account}} {{direction}}")], unit="s", decimals=1, overrides=[dashed("^usual.*")],
                no_value="no calls, or less than an hour of data"),
            trend("Time in calls", about("Time spent in calls in the hour before each point (seconds), by account and direction.",
                                         "Vobiz minutes x 60, Teli `usage.voice`, AgentPhone `voiceMinutes` x 60"),
                  [query("account_direction:cpaas_voice_seconds:increase1h{@}", "{{account}} {{direction}}")], unit="s", decimals=1, stacked=True,
                  no_value="no calls, or less than an hour of data"),
        ],
        [
            table("Calls of $window", about(
                "Over the provider's window, by account and direction: calls and answered calls (number), answer rate (0-100 %), time in calls and average "
                "length (seconds). TingTing's calls are here only.",
                "TingTing `outbound_calls`, `total_call_duration`; Vobiz `traffic`; Teli overview; AgentPhone `stats`",
                act="Accounts whose `window` is another one: choose it above."),
                [Column("Account", "account"), Column("Direction", "direction"),
                 Column("Calls", expr=f"max {WINDOW_BY} (cpaas_${{window}}_calls{{@}})", unit="locale", bar=BLUE),
                 Column("Answered", expr=f"max {WINDOW_BY} (cpaas_${{window}}_calls_answered{{@}})", unit="locale"),
                 Column("Answer rate", expr=f"max {WINDOW_BY} (cpaas_${{window}}_calls_answered{{@}}) / max {WINDOW_BY} (cpaas_${{window}}_calls{{@}} > 0)",
                        unit="percentunit", decimals=1),
                 Column("Time in calls", expr=SECONDS, unit="s", decimals=1),
                 Column("Average length", expr=f"{SECONDS} / (max {WINDOW_BY} (cpaas_${{window}}_calls_answered{{@}}) or max {WINDOW_BY} "
                        "(cpaas_${window}_calls{@}) > 0)", unit="s", decimals=0)],
                sort="Calls", width=15, height=8, no_value="no provider here tells calls over this window"),
            table("Calls by other windows", about(
                "Calls of the last 24 hours, of today and of the calendar month, and answered calls and time in calls of today (number; seconds).",
                "AgentPhone `callsLast24h`, monthly; Vobiz last `time_series` day; Teli overview of today"),
                [Column("Account", "account"), Column("Direction", "direction"),
                 Column("24 h", expr=f"max {WINDOW_BY} (cpaas_24h_calls{{@}})", unit="locale"),
                 Column("Today", expr=f"max {WINDOW_BY} (cpaas_today_calls{{@}})", unit="locale"),
                 Column("Answered", expr=f"max {WINDOW_BY} (cpaas_today_calls_answered{{@}})", unit="locale"),
                 Column("Time", expr=f"sum {WINDOW_BY} (max by (account, direction, kind) (cpaas_today_voice_seconds{{@}}))", unit="s", decimals=1),
                 Column("Month", expr=f"max {WINDOW_BY} (cpaas_month_calls{{@}})", unit="locale")],
                sort="Today", width=9, height=8, no_value="no provider here tells these"),
        ],
        collapsed("Totals since the account exists", [
            table("Totals", about("Calls, answered calls (number) and time in calls (seconds) that the exporter's counters stand at.",
                                  "`cpaas_calls_total`, `cpaas_calls_answered_total`, `cpaas_voice_seconds_total`"),
                  [Column("Account", "account"), Column("Direction", "direction"),
                   Column("Calls", expr=f"max {WINDOW_BY} (cpaas_calls_total{{@}})", unit="locale"),
                   Column("Answered", expr=f"max {WINDOW_BY} (cpaas_calls_answered_total{{@}})", unit="locale"),
                   Column("Time in calls", expr=f"sum {WINDOW_BY} (max by (account, direction, kind) (cpaas_voice_seconds_total{{@}}))", unit="s", decimals=1),
                   Column("Time, this month", expr=f"sum {WINDOW_BY} (max by (account, direction, kind) (cpaas_month_voice_seconds{{@}}))", unit="s", decimals=1)],
                  sort="Calls", no_value="no provider here counts calls"),
        ]),
    ], window=True)
