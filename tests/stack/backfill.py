"""Past for a Prometheus: from FOLDER/history.om, samples as OpenMetrics text, makes FOLDER/tsdb with them, what the recording rules make of
them, and the firing alerts.

Rules that use other rules are evaluated after them, so a Prometheus is asked level by level. An alert becomes the series ALERTS that
Prometheus itself would have written.
"""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from programs import Prometheus

ROOT = Path(__file__).resolve().parents[2]
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def seconds(duration):
    return sum(float(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdw])", duration))


def groups(paths=None):
    return [group for path in sorted(paths or (ROOT / "alerts").glob("*.yml")) for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]


def recorded_alert(rule, step):
    """A recording rule that gives ALERTS where the alert would fire: when its condition has held for `for`."""
    points = max(1, int(seconds(rule.get("for", "0s")) // step))
    expr = f'clamp_max(count_over_time(({rule["expr"]})[{points * step - 1}s:{step}s]) >= {points}, 1)'
    return {"record": "ALERTS", "expr": expr, "labels": {"alertname": rule["alert"], "alertstate": "firing", **rule.get("labels", {})}}


def levels(rules):
    """The recording rules in lists: each uses only what is in the lists before."""
    waiting = [rule for rule in rules if "record" in rule]
    result = []
    while waiting:
        names = {rule["record"] for rule in waiting}
        ready = [rule for rule in waiting if not names & set(re.findall(r"\w+:\w+:\w+", rule["expr"]))]
        if not ready:
            sys.exit(f"rules that use each other: {sorted(names)}")
        result.append(ready)
        waiting = [rule for rule in waiting if rule not in ready]
    return result


def evaluated(prometheus, rule, begin, end, step):
    """OpenMetrics lines of what the rule records, at every step."""
    for series in prometheus.get("query_range", query=rule["expr"], start=begin, end=end, step=step)["result"]:
        labels = {**series["metric"], **rule.get("labels", {})}
        labels.pop("__name__", None)
        text = ",".join(f"{name}={json.dumps(value)}" for name, value in sorted(labels.items()))
        yield from (f'{rule["record"]}{{{text}}} {value} {at}\n' for at, value in series["values"])


def renew(folder):
    shutil.rmtree(folder / "tsdb", ignore_errors=True)
    (folder / "tsdb").mkdir()


def import_blocks(text_file, blocks, max_block="48h"):
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", f"--max-block-duration={max_block}", "--quiet", text_file, blocks],
                   check=True, stdout=subprocess.DEVNULL)


def record(level, folder, begin, end, step, text_file):
    by_name = {}
    with Prometheus(folder, f"--query.lookback-delta={round(step + 60)}s") as prometheus:
        for rule in level:
            by_name.setdefault(rule["record"], []).extend(evaluated(prometheus, rule, begin, end, step))
    with open(text_file, "w", encoding="utf-8") as out:
        for name, lines in by_name.items():
            out.write(f"# TYPE {name} unknown\n")
            out.writelines(lines)
        out.write("# EOF\n")


def write_samples(history, path):
    """{series: [(timestamp, value)]} as OpenMetrics text."""
    family = ""
    with open(path, "w", encoding="utf-8") as out:
        for series in sorted(history, key=lambda text: text.partition("{")[::2]):
            if series.partition("{")[0] != family:
                family = series.partition("{")[0]
                out.write(f"# TYPE {family} unknown\n")
            out.writelines(f"{series} {value!r} {timestamp}\n" for timestamp, value in history[series])
        out.write("# EOF\n")


def backfill(folder, rules, begin, end, step):
    """`rules` from begin to end, every `step` seconds, over FOLDER/history.om. Gives the number of levels."""
    renew(folder)
    import_blocks(folder / "history.om", folder / "tsdb")
    alerts = [recorded_alert(rule, step) for rule in rules if "alert" in rule]
    all_levels = [*levels(rules), *([alerts] if alerts else [])]
    for number, level in enumerate(all_levels):
        text_file = folder / f"rules_{number}.om"
        record(level, folder, begin, end, step, text_file)
        import_blocks(text_file, folder / "tsdb")
    return len(all_levels)
