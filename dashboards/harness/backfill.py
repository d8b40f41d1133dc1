#!/usr/bin/env python3
"""backfill.py DIR: makes DIR/tsdb from DIR/history.om: the samples, what the recording rules make of them, and the firing alerts.

Rules that use other rules are evaluated after them, so a Prometheus is asked level by level. An alert becomes the series ALERTS that
Prometheus itself would have written.
"""
import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
STEP = 300  # seconds, as the scrapes in history.om


def rules():
    found = []
    for path in sorted((ROOT / "alerts").glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            found += group["rules"]
    return found


def recorded_alert(rule):
    """A recording rule that gives ALERTS where the alert would fire: when its condition has held for `for`."""
    minutes = {"m": 1, "h": 60, "d": 1440}
    held = int(rule["for"][:-1]) * minutes[rule["for"][-1]] if "for" in rule else 0
    points = max(1, held * 60 // STEP)
    expr = f'clamp_max(count_over_time(({rule["expr"]})[{points * STEP - 1}s:{STEP}s]) >= {points}, 1)'
    return {"record": "ALERTS", "expr": expr, "labels": {"alertname": rule["alert"], "alertstate": "firing", **rule.get("labels", {})}}


def levels(found):
    """The recording rules in lists: each uses only what is in the lists before."""
    waiting = [rule for rule in found if "record" in rule]
    result = []
    while waiting:
        names = {rule["record"] for rule in waiting}
        ready = [rule for rule in waiting if not names & set(re.findall(r"\w+:\w+:\w+", rule["expr"]))]
        if not ready:
            sys.exit(f"rules that use each other: {sorted(names)}")
        result.append(ready)
        waiting = [rule for rule in waiting if rule not in ready]
    return [*result, [recorded_alert(rule) for rule in found if "alert" in rule]]


class Prometheus:
    """On a free port of loopback, over DIR/tsdb; scrapes nothing."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        (folder / "prometheus.yml").write_text("{}\n", encoding="utf-8")
        self.log = open(folder / "prometheus.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb", "--storage.tsdb.retention.time=50y",
             f"--web.listen-address={self.url.removeprefix('http://')}", "--query.lookback-delta=6m"], stdout=self.log, stderr=self.log)
        while not self.ready():
            if self.process.poll() is not None:
                sys.exit("Prometheus did not start; see prometheus.log")
            time.sleep(0.1)

    def ready(self):
        try:
            return urllib.request.urlopen(f"{self.url}/-/ready", timeout=5).status == 200
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def evaluated(url, rule, begin, end):
    """OpenMetrics lines of what the rule records, at every STEP."""
    form = urllib.parse.urlencode({"query": rule["expr"], "start": begin, "end": end, "step": STEP})
    with urllib.request.urlopen(f"{url}/api/v1/query_range", data=form.encode(), timeout=120) as answer:
        found = json.load(answer)["data"]["result"]
    for series in found:
        labels = {**series["metric"], **rule.get("labels", {})}
        labels.pop("__name__", None)
        text = ",".join(f"{name}={json.dumps(value)}" for name, value in sorted(labels.items()))
        yield from (f'{rule["record"]}{{{text}}} {value} {at}\n' for at, value in series["values"])


def import_blocks(text_file, blocks):
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=48h", "--quiet", text_file, blocks],
                   check=True, stdout=subprocess.DEVNULL)


def record(level, folder, begin, end, text_file):
    by_name = {}
    with Prometheus(folder) as prometheus:
        for rule in level:
            by_name.setdefault(rule["record"], []).extend(evaluated(prometheus.url, rule, begin, end))
    with open(text_file, "w", encoding="utf-8") as out:
        for name, lines in by_name.items():
            out.write(f"# TYPE {name} unknown\n")
            out.writelines(lines)
        out.write("# EOF\n")


def main(folder):
    folder = Path(folder)
    times = json.loads((folder / "times.json").read_text(encoding="utf-8"))
    shutil.rmtree(folder / "tsdb", ignore_errors=True)
    (folder / "tsdb").mkdir()
    import_blocks(folder / "history.om", folder / "tsdb")
    for number, level in enumerate(levels(rules())):
        text_file = folder / f"rules_{number}.om"
        record(level, folder, times["begin"], times["down"], text_file)
        import_blocks(text_file, folder / "tsdb")
    print(f"backfill: {number + 1} levels of rules")


if __name__ == "__main__":
    main(*sys.argv[1:])
