"""The exporter itself: can its numbers be trusted?"""
from common import ANY_IS_BAD, ANY_IS_ODD, UP, age, firing
from grafana import NEUTRAL, Column, about, collapsed, dashboard, override, query, runbook, stat, steps, table, trend

BY = "by (provider, account, endpoint)"
JOB = 'job=~"cpaas.*"'
NONE = "or 0 * count(group by (account) (cpaas_up{@}))"


def of(metric):
    return f"max {BY} ({metric}{{@}})"


DASHBOARD = dashboard(
    "exporter", "CPaaS / Exporter health", "Whether the exporter polls, and whether its numbers can be trusted.",
    [
        [
            firing("exporter|polls|credentials|rate_limit|schema|series|ledger"),
            stat("Exporter", about("Whether Prometheus could scrape the exporter (1: yes), for the worst of several exporters.", "`up` of jobs named cpaas...",
                                   "one scrape", f"{runbook('CpaasExporterDown', 'exporter')}."),
                 [query(f"min(up{{{JOB}}})", "exporter")], thresholds=steps("red", (1, "green")), mappings=[{"type": "value", "options": {
                     "0": {"text": "down", "index": 0}, "1": {"text": "up", "index": 1}}}], no_value="no job named cpaas...", sparkline=False),
            stat("Endpoints", about("Endpoints whose last poll worked, and whose last poll failed (number).", "`cpaas_up`", "one poll",
                                    f"{runbook('CpaasDataStale', 'exporter')}."),
                 [query("sum(max by (provider, account, endpoint) (cpaas_up{@}))", "up"),
                  query("sum(1 - max by (provider, account, endpoint) (cpaas_up{@}))", "failing")], no_value="no account configured",
                 overrides=[override("byName", "failing", thresholds=ANY_IS_BAD)]),
            age(),
            stat("The provider's API changed", about("Fields of the last good responses that are missing or of another type than the contract says (number).",
                                                     "`cpaas_schema_drift_fields`", act=f"{runbook('CpaasSchemaDrift', 'exporter')}."),
                 [query('sum(max by (provider, account, endpoint, kind) (cpaas_schema_drift_fields{@,kind=~"missing|mistyped"}))', "fields")],
                 thresholds=ANY_IS_ODD, no_value="no poll yet"),
            stat("Lost, last hour", about("Series that were dropped over `max_series`, and polls whose counters could not be saved (number).",
                                          "`cpaas_series_dropped_total`, `cpaas_ledger_failures_total`",
                                          act=f"{runbook('CpaasSeriesDropped', 'exporter')}, {runbook('CpaasLedgerNotSaved', 'exporter')}."),
                 [query("sum(max by (provider, account, endpoint) (increase(cpaas_series_dropped_total{@}[1h])))", "series"),
                  query("sum(max by (provider, account, endpoint) (increase(cpaas_ledger_failures_total{@}[1h])))", "polls")], thresholds=ANY_IS_BAD, decimals=0,
                 no_value="no poll yet"),
        ],
        [
            trend("Age of the data, in poll intervals", about(
                "Time since the last good poll of each account's endpoint that is worst off, in its poll intervals. Above the dashed line, 3, the data are stale.",
                "`cpaas_last_success_timestamp_seconds`, `cpaas_poll_interval_seconds`", "none", f"{runbook('CpaasDataStale', 'exporter')}."),
                [query(f"max by (account) (account_endpoint:cpaas_last_success_age_seconds:min{{@}} / max {BY} (cpaas_poll_interval_seconds{{@}}))",
                       "{{account}}")], thresholds=steps("green", (3, "orange")), decimals=1, no_value="no good poll yet"),
            trend("Failed requests, by reason", about("Requests in the hour before each point that failed or whose response could not be used (number).",
                                                      "`cpaas_request_failures_total`", act="docs/runbooks/exporter.md says what to do by reason."),
                  [query("sum by (account, reason) (account_endpoint_reason:cpaas_request_failures:increase1h{@}) > 0", "{{account}}: {{reason}}")],
                  stacked=True, bars=True, decimals=0, no_value="no request failed"),
        ],
        [
            table("Endpoints", about(
                "Each endpoint: whether its last poll worked; time since the last good poll and since the last try, its interval, how long a poll takes (seconds); "
                "series; requests in 24 hours; fields that are missing, mistyped and unknown; requests that the provider's limit still allows; for how long it "
                "still wants to be left alone; how old the data were at the last good poll, where the provider says so (seconds); organizations or users that "
                "fail, or wait for the next poll.",
                "the exporter about itself", "one scrape", f"{runbook('CpaasNeverSucceeded', 'exporter')}, {runbook('CpaasUnknownFields', 'exporter')}."),
                [Column("Account", "account", width=150), Column("Provider", "provider", width=105), Column("Endpoint", "endpoint"),
                 Column("Last poll", expr=of("cpaas_up"), mappings=UP, thresholds=steps(NEUTRAL), width=85),
                 Column("Data age", expr=of("account_endpoint:cpaas_last_success_age_seconds:min"), unit="s", decimals=0, width=90),
                 Column("Last try", expr=f"clamp_min(time() - max {BY} (cpaas_last_attempt_timestamp_seconds{{@}} > 0), 0)", unit="s", decimals=0, width=90),
                 Column("Interval", expr=of("cpaas_poll_interval_seconds"), unit="s", decimals=0, width=85),
                 Column("Duration", expr=of("cpaas_poll_duration_seconds"), unit="s", decimals=0, width=90),
                 Column("Series", expr=of("cpaas_series"), unit="locale", width=75),
                 Column("Requests, 24 h", expr=f"max {BY} (increase(cpaas_requests_total{{@}}[1d]))", unit="locale", decimals=0, width=120),
                 Column("Wrong fields", expr=f'sum {BY} (max by (provider, account, endpoint, kind) (cpaas_schema_drift_fields{{@,kind=~"missing|mistyped"}}))',
                        thresholds=steps(NEUTRAL, (1, "orange")), width=105),
                 Column("New fields", expr=f'max {BY} (cpaas_schema_drift_fields{{@,kind="unknown"}})', width=95),
                 Column("Limit left", expr=of("cpaas_rate_limit_remaining"), width=90),
                 Column("Limit resets in", expr=f"max {BY} (cpaas_rate_limit_reset_timestamp_seconds{{@}}) - time()", unit="s", decimals=0, width=120),
                 Column("On hold for", expr=f"max {BY} (cpaas_hold_until_timestamp_seconds{{@}}) - time() > 0", unit="s", decimals=0,
                        thresholds=steps(NEUTRAL, (1, "orange")), width=100),
                 Column("Provider's data", expr=f"max {BY} (cpaas_last_success_timestamp_seconds{{@}}) - max {BY} (cpaas_data_timestamp_seconds{{@}})", unit="s",
                        decimals=0, thresholds=steps(NEUTRAL, (10800, "orange")), width=115),
                 Column("Members failing", expr=f'max {BY} (cpaas_members{{@,state="failing"}})', thresholds=steps(NEUTRAL, (1, "orange")), width=120),
                 Column("Members waiting", expr=f'max {BY} (cpaas_members{{@,state="waiting"}})', width=120)],
                sort="Last poll", descending=False, height=11, no_value="no account is configured, or Prometheus does not scrape the exporter"),
        ],
        [
            trend("Poll duration", about("How long the last poll of each account's slowest endpoint took, with all its requests (seconds).",
                                         "`cpaas_poll_duration_seconds`", act="A slow provider, or many pages."),
                  [query("max by (account) (cpaas_poll_duration_seconds{@})", "{{account}}")], unit="s", width=8, no_value="no poll yet"),
            trend("Requests to providers per hour", about("HTTP requests in the hour before each point (number), by account.", "`cpaas_requests_total`",
                                                 act="Compare with the provider's rate limit."),
                  [query("sum by (account) (hourly by (account, endpoint) (cpaas_requests_total{@}))", "{{account}}")], decimals=0,
                  stacked=True, width=8, no_value="no poll yet"),
            trend("Series by account", about("Series that each account's last good polls gave (number).", "`cpaas_series`",
                                             act="`max_series` limits them: docs/configuration.md."),
                  [query("sum by (account) (max by (account, endpoint) (cpaas_series{@}))", "{{account}}")], stacked=True, width=8, no_value="no poll yet"),
        ],
        collapsed("The program", [
            trend("CPU", about("CPU seconds used per second (1: a whole core).", "`process_cpu_seconds_total`"),
                  [query(f"rate(process_cpu_seconds_total{{{JOB}}}[$__rate_interval])", "{{instance}}")], unit="short", width=6, no_value="not scraped"),
            trend("Memory", about("Memory in use, and address space (bytes).", "`process_resident_memory_bytes`, `process_virtual_memory_bytes`",
                                  act="It should be level after the first hour."),
                  [query(f"process_resident_memory_bytes{{{JOB}}}", "{{instance}}")], unit="bytes", width=6, no_value="not scraped"),
            trend("File descriptors", about("Open files and connections, and how many there may be (number).", "`process_open_fds`, `process_max_fds`"),
                  [query(f"process_open_fds{{{JOB}}}", "{{instance}} open"), query(f"process_max_fds{{{JOB}}}", "{{instance}} most")], width=6,
                  no_value="not scraped"),
            trend("Requests to the exporter per hour", about("HTTP requests in the hour before each point that the exporter answered (number), by status and path.",
                                                             "`cpaas_exporter_http_requests_total`"),
                  [query(f"sum by (code, path) (hourly by (instance, code, path) (cpaas_exporter_http_requests_total{{{JOB}}}))", "{{code}} {{path}}")], decimals=0,
                  width=6, no_value="not scraped"),
        ], [
            table("Programs", about(
                "Each exporter: its version, how long it runs (seconds), whether its configuration was taken over when last loaded, how old it is (seconds), "
                "threads (number).", "`cpaas_exporter_build_info`, `process_start_time_seconds`, `cpaas_exporter_config_last_reload_...`",
                act=f"{runbook('CpaasConfigReloadFailed', 'exporter')}."),
                [Column("Instance", "instance"), Column("Version", "version"),
                 Column("Runs for", expr=f"time() - max by (instance) (process_start_time_seconds{{{JOB}}})", unit="s", decimals=1),
                 Column("Configuration", expr=f"max by (instance) (cpaas_exporter_config_last_reload_successful{{{JOB}}})", mappings=[{
                     "type": "value", "options": {"0": {"text": "refused", "color": "red", "index": 0}, "1": {"text": "loaded", "color": "green", "index": 1}}}],
                     thresholds=steps(NEUTRAL)),
                 Column("Loaded", expr=f"time() - max by (instance) (cpaas_exporter_config_last_reload_success_timestamp_seconds{{{JOB}}})", unit="s", decimals=1),
                 Column("Threads", expr=f"max by (instance) (process_threads{{{JOB}}})"),
                 Column("Build", expr=f"max by (instance, version) (cpaas_exporter_build_info{{{JOB}}})", hidden=True)],
                width=12, height=7, no_value="not scraped"),
            trend("Ledger corrections", about(
                "Values that a provider took back in the hour before each point (number): a past day corrected downward, or an all-time total that fell.",
                "`cpaas_ledger_corrections_total`", act=f"{runbook('CpaasLedgerCorrections', 'exporter')}."),
                [query("hourly by (account, endpoint) (cpaas_ledger_corrections_total{@}) > 0", "{{account}} {{endpoint}}")], width=12, height=7,
                decimals=0, no_value="none"),
        ]),
    ])
