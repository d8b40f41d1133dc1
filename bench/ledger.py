#!/usr/bin/env python3
"""ledger.py EXPORTER OTHER DIR: what the ledger costs, beside another build of the exporter in the same run.

2,000 users of one organization, with 400 days behind them in a state file as schema version 2 wrote it: start to the first counters, resident
memory, size of the state, and CPU of the polls in which every series has changed. Ratios count.
"""
import http.server
import json
import os
import signal
import socketserver
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

USERS = 2000
DAYS = 400
POLLS = 4
INTERVAL = 12
COSTS = {"messaging_cost": "messaging", "voice_cost": "voice", "api_request_cost": "api_requests", "api_storage_cost": "api_storage",
         "phone_rental_cost": "phone_rental", "phone_purchase_cost": "phone_purchase", "kb_cost": "knowledge_base"}
CONFIG = """\
accounts:
  - name: bench
    provider: teli
    base_url: http://127.0.0.1:{port}
    api_key: key
    organization_ids: [org]
    requests_per_minute: 60000
    max_series: 1000000
    endpoints: {{usage: false, organizations: false, overview: false, organization_analytics: false, number_limits: false, users: {{interval: {interval}s}}}}
"""


def user(index, growth, first, last):
    costs = {name: round(1 + (index % 97) / 10 + growth, 2) for name in COSTS}
    row = {"user_id": f"user_{index:05}", "user_name": "", "total_sms_sent": 10, "total_sms_received": 5, "total_mms_sent": 1, "total_mms_received": 1,
           "total_voice_calls": 3, "total_voice_seconds": 60,
           "cost_breakdown": {**costs, "api_requests_count": 1, "phone_rental_count": 1, "phone_purchase_count": 0, "kb_count": 0, "kb_minutes": 0},
           "total_cost": round(sum(costs.values()), 2)}
    return row


class Provider(http.server.BaseHTTPRequestHandler):
    polls = 0
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        first, last = query["start_date"][0], query["end_date"][0]
        if first != last:
            Provider.polls += 1
        today = first == last == datetime.now(timezone.utc).date().isoformat()
        body = Provider.bodies(first, last, Provider.polls if today else 0)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    cache = {}

    @staticmethod
    def bodies(first, last, polls):
        key = (first, last, polls)
        if key not in Provider.cache:
            rows = [user(index, polls / 100, first, last) for index in range(USERS)]
            answer = {"success": True, "organization_id": "org", "organization_name": "", "period": {"start": first, "end": last}, "users": rows}
            Provider.cache[key] = json.dumps(answer).encode()
        return Provider.cache[key]

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def write_state(path):
    """As schema version 2 had it."""
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE series (account TEXT NOT NULL, series BLOB NOT NULL, shown INTEGER NOT NULL, base INTEGER NOT NULL, last INTEGER,"
        " created INTEGER NOT NULL, days TEXT NOT NULL, peak INTEGER, PRIMARY KEY (account, series)) WITHOUT ROWID; PRAGMA user_version = 2;")
    today = datetime.now(timezone.utc).date()
    days = [(today - timedelta(days=back)).isoformat() for back in range(DAYS - 1, -1, -1)]
    for index in range(USERS):
        amount = round((1 + (index % 97) / 10) * 1e6)
        text = "".join(f"{day}={amount};" for day in days)
        for category in COSTS.values():
            series = "\0".join(["users", "cpaas_user_cost_total", "org", f"user_{index:05}", category, "USD", ""]).encode()
            database.execute("INSERT INTO series VALUES (?, ?, ?, 0, NULL, 0, ?, NULL)", ("bench\0teli", series, amount * DAYS, text))
    database.commit()
    database.close()


def free_port():
    with socketserver.TCPServer(("127.0.0.1", 0), None) as server:
        return server.server_address[1]


class Run:
    def __init__(self, program, folder, state, config):
        self.port = free_port()
        self.begin = time.monotonic()
        self.process = subprocess.Popen([program, f"--config.file={config}", f"--state.url=sqlite:{state}", f"--web.listen-address=127.0.0.1:{self.port}"],
                                        stderr=open(folder / "log", "ab"))

    def page(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60).read()
        except OSError:
            return b""

    def wait(self, condition, at_most=120):
        while time.monotonic() < self.begin + at_most:
            if condition(self.page()):
                return time.monotonic() - self.begin
            time.sleep(0.01)
        raise SystemExit("waited in vain")

    def cpu(self):
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self):
        line = [each for each in Path(f"/proc/{self.process.pid}/status").read_text().splitlines() if each.startswith("VmRSS")][0]
        return int(line.split()[1]) / 1024

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def size_of(state):
    return sum(os.path.getsize(f"{state}{end}") for end in ("", "-wal") if os.path.exists(f"{state}{end}")) / 1e6


def has_counters(page):
    return page.count(b"\ncpaas_user_cost_total{") >= USERS * len(COSTS)


def measure(program, folder, config):
    state = folder / "state.db"
    write_state(state)
    first = Run(program, folder, state, config)
    begin = Provider.polls
    first.wait(has_counters)
    first.wait(lambda _: Provider.polls >= begin + 2)
    first.stop()
    run = Run(program, folder, state, config)
    begin = Provider.polls
    started = run.wait(has_counters)
    run.wait(lambda _: Provider.polls >= begin + 1)
    time.sleep(4)
    before, polls = run.cpu(), Provider.polls
    while Provider.polls < polls + POLLS:
        time.sleep(0.2)
    time.sleep(4)
    cpu = (run.cpu() - before) / POLLS
    resident = run.resident()
    run.stop()
    return {"restart to the first counters, s": started, "resident, MiB": resident, "state, MB": size_of(state), "CPU of a poll, s": cpu}


def main():
    program, other, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    server = Server(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    results = []
    for name, each in (("this build", program), ("the other", other)):
        own = folder / name.replace(" ", "_")
        own.mkdir(parents=True, exist_ok=True)
        for file in own.iterdir():
            file.unlink()
        config = own / "cpaas.yml"
        config.write_text(CONFIG.format(port=server.server_address[1], interval=INTERVAL))
        results.append(measure(each, own, config))
    print(f"{USERS} users, {USERS * len(COSTS)} counters, {DAYS} days behind them")
    for key in results[0]:
        ours, theirs = results[0][key], results[1][key]
        print(f"  {key:34} {ours:9.2f} {theirs:9.2f}   {ours / theirs:.3f}")


if __name__ == "__main__":
    main()
