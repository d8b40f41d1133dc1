#!/usr/bin/env python3
"""history.py EXPORTER SANDBOX SHIFTED_CLOCK DIR: a day and a half of history of five accounts, as OpenMetrics text with timestamps.

The sandbox's clock is moved by hand, ten minutes at a time; at each step the exporter is started with its clock set and its
ledger kept, polls everything once, and its page becomes the samples of two scrapes. So the numbers are what the exporter says of the
sandbox's life, and the same in every run. Writes DIR/tsdb, with what the rules make of it, and DIR/times.json (when the scenarios look).
DIR/pair/tsdb has the same history as two exporters tell it, of which the second came later, with a state of its own.
"""
import json
import re
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "stack"))
import backfill  # noqa: E402
from polls import Polls, labelled  # noqa: E402
from programs import Sandbox, clock_at  # noqa: E402

BEGIN = datetime(2026, 1, 14, 3, 0, tzinfo=timezone.utc)
NOW = BEGIN + timedelta(hours=35)  # where the scenario "full" looks; after it a provider goes down
END = NOW + timedelta(hours=2)
STEP = timedelta(minutes=10)
SCRAPES = (20, 320)  # seconds after each poll
BETWEEN = 300
TARGET, SECOND = ('job="cpaas",instance="%s:10777"' % name for name in ("exporter", "second"))
SECOND_BEGINS = NOW - timedelta(hours=8)
COUNTED = re.compile(r"cpaas_\w+_total\{.*account=")

# hours before NOW: what happens then
EVENTS = [
    (30, "/sandbox/events", {"event": "hold_top_ups", "provider": "tingting"}),
    (30, "/sandbox/events", {"event": "debit", "provider": "tingting", "leave": 9500}),
    (22, "/sandbox/events", {"event": "webhook_failures", "provider": "agentphone", "ratio": 0.35, "minutes": 90}),
    (17, "/sandbox/events", {"event": "top_up", "provider": "tingting", "amount": 4000}),
    (15, "/sandbox/events", {"event": "top_up", "provider": "vobiz", "entity": "partner", "amount": 25000}),
    (12, "/sandbox/events", {"event": "debit", "provider": "vobiz", "entity": "MA_CUST0003", "leave": 60}),
    (9, "/sandbox/faults", {"provider": "tingting", "endpoint": "*", "fault": {"kind": "status", "status": 503}}),
    (8, "DELETE /sandbox/faults", None),
    (6, "/sandbox/events", {"event": "suspend", "provider": "vobiz", "entity": "MA_CUST0005"}),
    (3, "/sandbox/events", {"event": "spend_spike", "provider": "vobiz", "entity": "MA_SANDBOX", "factor": 12, "minutes": 90}),
    (-0.1, "/sandbox/faults", {"provider": "teli", "endpoint": "*", "fault": {"kind": "status", "status": 503}}),
]

CONFIG = """\
defaults:
  interval: 10m
accounts:
  - name: campaigns
    provider: tingting
    base_url: http://127.0.0.1:{port}/tingting/api/v1
    api_token: sandbox-tingting-token
    thresholds: {{credits: 5000, runway: 2d}}
  - name: reseller
    provider: vobiz
    base_url: http://127.0.0.1:{port}/vobiz
    scope: partner
    auth_id: PA_SANDBOX
    auth_token: sandbox-vobiz-partner-token
    thresholds: {{balance: 50000, customer_balance: 200, runway: 3d}}
    budget: {{period: month, amount: 90000, currency: INR}}
  - name: trunks
    provider: vobiz
    base_url: http://127.0.0.1:{port}/vobiz
    scope: account
    auth_id: MA_SANDBOX
    auth_token: sandbox-vobiz-account-token
    budget: {{period: day, amount: 400, currency: INR}}
  - name: platform
    provider: teli
    base_url: http://127.0.0.1:{port}/teli
    api_key: sandbox-teli-key
    organization_ids: all
    budget: {{period: week, amount: 400, currency: USD}}
  - name: agents
    provider: agentphone
    base_url: http://127.0.0.1:{port}/agentphone
    api_key: sk_live_sandbox
    thresholds: {{quota_ratio: 0.8}}
  - name: agents-eu
    provider: agentphone
    base_url: http://127.0.0.1:{port}/agentphone
    api_key: sk_live_sandbox-2
"""


def process_series(seconds):
    """What a page of the running program has besides: itself."""
    return {
        "up": 1, "scrape_duration_seconds": 0.004,
        "cpaas_exporter_config_last_reload_successful": 1,
        "cpaas_exporter_config_last_reload_success_timestamp_seconds": BEGIN.timestamp(),
        'cpaas_exporter_http_requests_total{code="200",path="/metrics"}': 2 + seconds / 300,
        "process_cpu_seconds_total": round(1 + seconds * 0.0021, 3),
        "process_resident_memory_bytes": 14_500_000 + 200_000 * min(seconds / 3600, 6), "process_open_fds": 19, "process_max_fds": 1024,
        "process_threads": 6, "process_start_time_seconds": BEGIN.timestamp(), "process_virtual_memory_bytes": 412_000_000,
    }


def add_scrapes(history, page, polled, begin):
    """Adds what the scrapes after a poll see of its page, and of a program that runs since `begin`."""
    for offset in SCRAPES:
        scrape = polled + timedelta(seconds=offset)
        for series, value in {**page, **process_series((scrape - begin).total_seconds())}.items():
            history.setdefault(labelled(series, TARGET), []).append((int(scrape.timestamp()), value))


def collect(sandbox, polls):
    """{series: [(timestamp, value)]}; the steps one after the other."""
    history, events, at = {}, sorted(EVENTS, key=lambda event: -event[0]), BEGIN
    while at <= END:
        while events and at >= NOW - timedelta(hours=events[0][0]):
            sandbox.ask(*events.pop(0)[1:])
        page = polls.poll(at)
        add_scrapes(history, page, at, BEGIN)
        at += STEP
        sandbox.ask("/sandbox/clock", {"advance_seconds": int(STEP.total_seconds())})
    return history


def with_second(history):
    """The samples of both exporters. What the second one counted begins at 0."""
    both = dict(history)
    for series, samples in history.items():
        samples = [each for each in samples if each[0] >= SECOND_BEGINS.timestamp()]
        before = samples[0][1] if samples and COUNTED.match(series) else 0
        both[series.replace(TARGET, SECOND)] = [(at, value - before) for at, value in samples]
    return {series: samples for series, samples in both.items() if samples}


def write(folder, history, times):
    folder.mkdir(parents=True, exist_ok=True)
    backfill.write_samples(history, folder / "history.om")
    print(f"history: {len(history)} series, {sum(map(len, history.values()))} samples")
    rules = [rule for group in backfill.groups() for rule in group["rules"]]
    print(f"backfill: {backfill.backfill(folder, rules, times['begin'], times['down'], BETWEEN)} levels of rules")


def main(exporter, sandbox, shifted_clock, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state.db").unlink(missing_ok=True)
    options = ["--seed=1", "--speed=0", "--accounts=2", "--customers=24", f"--start={BEGIN:%Y-%m-%dT%H:%M:%SZ}"]
    with Sandbox(sandbox, folder, *options) as sandbox:
        (folder / "cpaas.yml").write_text(CONFIG.format(port=sandbox.port), encoding="utf-8")
        history = collect(sandbox, Polls(exporter, folder, lambda now: clock_at(shifted_clock, folder, now.timestamp())))
    scraped = timedelta(seconds=SCRAPES[0])
    times = {"begin": BEGIN + scraped, "full": NOW + scraped, "down": END + scraped, "fresh": BEGIN + timedelta(minutes=20) + scraped}
    times = {name: int(at.timestamp()) for name, at in times.items()}
    (folder / "times.json").write_text(json.dumps(times), encoding="utf-8")
    write(folder, history, times)
    write(folder / "pair", with_second(history), times)


if __name__ == "__main__":
    main(*sys.argv[1:])
