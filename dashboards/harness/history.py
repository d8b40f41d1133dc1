#!/usr/bin/env python3
"""history.py EXPORTER SANDBOX DIR: a day and a half of history of five accounts, as OpenMetrics text with timestamps.

The sandbox's clock is moved by hand, ten minutes at a time; at each step the exporter is started with its clock set by faketime and its
ledger kept, polls everything once, and its page becomes the samples of two scrapes. So the numbers are what the exporter says of the
sandbox's life, and the same in every run. Writes DIR/history.om and DIR/times.json (when the scenarios look).
"""
import glob
import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

BEGIN = datetime(2026, 1, 14, 3, 0, tzinfo=timezone.utc)
NOW = BEGIN + timedelta(hours=35)  # where the scenario "full" looks; after it a provider goes down
END = NOW + timedelta(hours=2)
STEP = timedelta(minutes=10)
SCRAPES = (20, 320)  # seconds after each poll
STALE_AFTER = 3  # polls, as in the exporter: then windowed values are withdrawn
TARGET = 'job="cpaas",instance="exporter:10777"'
WINDOWED = re.compile(r"cpaas_(\w+_)?(24h|7d|30d|today|month)_")
COUNTED_BY_PROCESS = re.compile(r"cpaas_(requests|request_failures|series_dropped|ledger_failures)_total")
RUNS_ON = re.compile(r"cpaas_(?!exporter_(config|http))")  # the rest would tell that the program was just started
PER_ACCOUNT = re.compile(r'provider="(\w+)",account="([^"]+)"')

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


def fetch(request):
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def faked_clock(now):
    """What makes a program begin at that time. (Not the command faketime: a signal to it does not reach the program.)"""
    libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not libraries:
        sys.exit("libfaketime is missing: apt-get install faketime")
    return {"TZ": "UTC", "LD_PRELOAD": libraries[0], "FAKETIME": f"@{now:%Y-%m-%d %H:%M:%S}"}


def account_of(series):
    match = PER_ACCOUNT.search(series)
    return match.groups() if match else None


class Sandbox:
    def __init__(self, program, folder):
        port_file = folder / "sandbox.port"
        port_file.unlink(missing_ok=True)
        self.log = open(folder / "sandbox.log", "w")
        self.process = subprocess.Popen(
            [program, "--listen=127.0.0.1:0", "--seed=1", "--speed=0", "--accounts=2", "--customers=24",
             f"--start={BEGIN:%Y-%m-%dT%H:%M:%SZ}", f"--port-file={port_file}"], stdout=self.log, stderr=self.log)
        while not (port_file.exists() and port_file.read_text()):
            if self.process.poll() is not None:
                sys.exit("the sandbox did not start; see sandbox.log")
            time.sleep(0.05)
        self.port = int(port_file.read_text())

    def ask(self, path, body):
        method, _, path = path.rpartition(" ")
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method or "POST",
                                         data=json.dumps(body).encode() if body else None)
        fetch(request)


class Exporter:
    """Plays the scrapes of an exporter that runs on, from the pages of programs that each poll once."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.total, self.last_good, self.failed = {}, {}, {}

    def poll(self, now):
        """The page after one poll of everything at the time `now`."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        command = [self.program, f"--config.file={self.folder}/cpaas.yml",
                   f"--state.url=sqlite:{self.folder}/state.db", f"--web.listen-address={address}", "--log.level=error"]
        with open(self.folder / "exporter.log", "a", encoding="utf-8") as log, \
                subprocess.Popen(command, stdout=log, stderr=log, env=faked_clock(now)) as process:
            try:
                page = self.page_after_polls(process, address)
            finally:
                process.terminate()
        values = (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#"))
        return self.kept({series: float(value) for series, _, value in values if RUNS_ON.match(series)})

    @staticmethod
    def page_after_polls(process, address):
        """The first page on which every endpoint was polled."""
        for _ in range(3000):
            if process.poll() is not None:
                sys.exit("the exporter ended; see exporter.log")
            try:
                page = fetch(f"http://{address}/metrics")
                if not re.search(r"^cpaas_last_attempt_timestamp_seconds\S* 0$", page, re.MULTILINE):
                    return page
            except OSError:
                pass
            time.sleep(0.02)
        sys.exit("the exporter did not poll everything; see exporter.log")

    def kept(self, page):
        """With totals over all polls, and the last good values of accounts whose polls fail."""
        for series in page:
            if COUNTED_BY_PROCESS.match(series):
                self.total[series] = page[series] = self.total.get(series, 0) + page[series]
        down = {account_of(series) for series, value in page.items() if series.startswith("cpaas_up{") and value == 0}
        result = dict(page)
        for account in {account_of(series) for series in page} - {None}:
            if account not in down:
                self.failed[account] = 0
                self.last_good[account] = {series: value for series, value in page.items() if account_of(series) == account}
                continue
            self.failed[account] = self.failed.get(account, 0) + 1
            for series, value in self.last_good.get(account, {}).items():
                withdrawn = self.failed[account] > STALE_AFTER and WINDOWED.match(series)
                if series.startswith("cpaas_last_success") or (series not in page and not withdrawn):
                    result[series] = value
        return result


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


def labelled(series):
    name, _, labels = series.partition("{")
    return f"{name}{{{TARGET},{labels}" if labels else f"{name}{{{TARGET}}}"


def collect(sandbox, exporter):
    """{series: [(timestamp, value)]}; the steps one after the other."""
    history, events, at = {}, sorted(EVENTS, key=lambda event: -event[0]), BEGIN
    while at <= END:
        while events and at >= NOW - timedelta(hours=events[0][0]):
            sandbox.ask(*events.pop(0)[1:])
        page = exporter.poll(at)
        for offset in SCRAPES:
            scrape = at + timedelta(seconds=offset)
            for series, value in {**page, **process_series((scrape - BEGIN).total_seconds())}.items():
                history.setdefault(labelled(series), []).append((int(scrape.timestamp()), value))
        at += STEP
        sandbox.ask("/sandbox/clock", {"advance_seconds": int(STEP.total_seconds())})
    return history


def write(history, path):
    family = ""
    with open(path, "w", encoding="utf-8") as out:
        for series in sorted(history, key=lambda text: text.partition("{")[::2]):
            if series.partition("{")[0] != family:
                family = series.partition("{")[0]
                out.write(f"# TYPE {family} unknown\n")
            out.writelines(f"{series} {value!r} {timestamp}\n" for timestamp, value in history[series])
        out.write("# EOF\n")


def main(exporter, sandbox, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state.db").unlink(missing_ok=True)
    sandbox = Sandbox(sandbox, folder)
    try:
        (folder / "cpaas.yml").write_text(CONFIG.format(port=sandbox.port), encoding="utf-8")
        history = collect(sandbox, Exporter(exporter, folder))
    finally:
        sandbox.process.terminate()
    write(history, folder / "history.om")
    scraped = timedelta(seconds=SCRAPES[0])
    times = {"begin": BEGIN + scraped, "full": NOW + scraped, "down": END + scraped, "fresh": BEGIN + timedelta(minutes=20) + scraped}
    (folder / "times.json").write_text(json.dumps({name: int(at.timestamp()) for name, at in times.items()}), encoding="utf-8")
    print(f"history: {len(history)} series, {sum(map(len, history.values()))} samples")


if __name__ == "__main__":
    main(*sys.argv[1:])
