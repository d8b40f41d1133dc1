#!/usr/bin/env python3
"""memory.py EXPORTER OTHER DIR: memory and CPU of many series, beside another build of the exporter in the same run.

Many: 50 accounts of 1,000 users each, whose every value changes with every poll. One: an account of 10,000 users, and beside it a small one that
is polled every second. Builds show different series of the same answers, so what compares is bytes a series and CPU for a value of an answer.
"""
import json
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

import ledger

INTERVAL = 60  # of the polls that are measured, in seconds: many accounts take a while
POLLS = 2
VALUES = 20  # numbers in a user's row
CONFIG = """\
defaults: {{requests_per_minute: 60000, max_series: 2000000, timeout: 60s}}
accounts:
"""
ACCOUNT = """\
  - name: {name}
    provider: teli
    base_url: http://127.0.0.1:{port}
    api_key: key
    organization_ids: [{name}]
    endpoints: {{usage: false, organizations: false, overview: false, organization_analytics: false, number_limits: false, users: {{interval: {interval}s}}}}
"""


class Server(ledger.Server):
    request_queue_size = 256


class Provider(ledger.Provider):
    """An organization's name says how many users it has: `many-1000-7`."""
    asked = {}  # times of the window's requests by organization
    lock = threading.Lock()
    cache = {}

    def do_GET(self):
        query = ledger.urllib.parse.parse_qs(ledger.urllib.parse.urlparse(self.path).query)
        first, last, organization = query["start_date"][0], query["end_date"][0], query["organization_id"][0]
        with self.lock:
            times = self.asked.setdefault(organization, [])
            if first != last:
                times.append(time.monotonic())
            today = last == datetime.now(timezone.utc).date().isoformat()
            body = self.body(first, last, organization.split("-")[1], len(times) if today else 0).replace(b'"user_0', f'"{organization}_user_0'.encode())
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @classmethod
    def body(cls, first, last, users, poll):
        key = (first, last, users)
        if cls.cache.get(key, (None,))[0] != poll:
            answer = {"success": True, "organization_id": "org", "organization_name": "", "period": {"start": first, "end": last},
                      "users": [cls.row(index, poll) for index in range(int(users))]}
            cls.cache[key] = (poll, json.dumps(answer).encode())
        return cls.cache[key][1]

    @staticmethod
    def row(index, poll):
        row = ledger.user(index, poll / 100, None, None)
        for at, name in enumerate(key for key in row if key.startswith("total_") and key != "total_cost"):
            row[name] += index % 7 + poll * (at + 1)
        return row


def status(run, name):
    line = [each for each in Path(f"/proc/{run.process.pid}/status").read_text().splitlines() if each.startswith(name)][0]
    return int(line.split()[1]) / 1024


def forget_peak(run):
    Path(f"/proc/{run.process.pid}/clear_refs").write_text("5")


def series_of(page):
    return sum(not line.startswith(b"#") for line in page.splitlines())


def started(program, folder, accounts, port):
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    config = folder / "cpaas.yml"
    config.write_text(CONFIG.format() + "".join(ACCOUNT.format(name=name, port=port, interval=interval) for name, interval in accounts))
    Provider.asked.clear()
    return ledger.Run(program, folder, folder / "state.db", config)


def wait_polls(names, polls):
    end = time.monotonic() + 300
    while any(len(Provider.asked.get(name, ())) < polls for name in names):
        if time.monotonic() > end:
            raise SystemExit("waited in vain")
        time.sleep(0.1)


def cpu_of_polls(run, names, polls):
    """CPU of so many polls of each account, once all were polled twice, which has the ledger begun."""
    wait_polls(names, 2)
    time.sleep(3)
    before, begin = run.cpu(), sum(len(Provider.asked[name]) for name in names)
    wait_polls(names, 2 + polls)
    time.sleep(3)
    return (run.cpu() - before) / (sum(len(Provider.asked[name]) for name in names) - begin)


def many(program, folder, port):
    names = [f"many-1000-{number}" for number in range(50)]
    run = started(program, folder, [(name, INTERVAL) for name in names], port)
    cpu = cpu_of_polls(run, names, POLLS)
    resident, peak = status(run, "VmRSS"), status(run, "VmHWM")  # before anybody asks for the plain page
    series = series_of(run.page())
    assert series, "no page"
    run.stop()
    return {"series": series, "resident, MiB": resident, "peak, MiB": peak, "resident, B a series": resident * 2**20 / series,
            "peak, B a series": peak * 2**20 / series, "CPU of a value, us": cpu * 1e6 / (3 * 1000 * VALUES)}


def one(program, folder, port):
    run = started(program, folder, [("one-10000-1", INTERVAL), ("neighbour-10-1", 1)], port)
    wait_polls(["one-10000-1"], 2)
    time.sleep(3)
    resident = status(run, "VmRSS")
    forget_peak(run)
    cpu = cpu_of_polls(run, ["one-10000-1"], POLLS)
    document = max(len(body) for _, body in Provider.cache.values()) / 2**20
    times = Provider.asked["neighbour-10-1"][2:]
    peak = status(run, "VmHWM")
    run.stop()
    return {"CPU of a poll, s": cpu, "resident of one, MiB": resident, "peak of one, MiB": peak, "peak over resident, documents": (peak - resident) / document,
            "neighbour's longest gap, s": max(b - a for a, b in zip(times, times[1:]))}


def main():
    programs, folder = {"this build": sys.argv[1], "the other": sys.argv[2]}, Path(sys.argv[3])
    server = Server(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    results = [{**many(each, folder / "many", server.server_address[1]), **one(each, folder / "one", server.server_address[1])}
               for each in programs.values()]
    print(f"{'':32} {' '.join(f'{name:>11}' for name in programs)}   ratio")
    for key in results[0]:
        ours, theirs = (each[key] for each in results)
        print(f"  {key:30} {ours:11,.2f} {theirs:11,.2f}   {ours / theirs:.3f}")


if __name__ == "__main__":
    main()
