#!/usr/bin/env python3
"""scenarios.py DIR HARNESS OUT: draws all dashboards from the history in DIR/tsdb, in each scenario; exit 1 if any has a problem.

full: a day of history, all accounts, dark and light. down: a provider has not answered for two hours. one: of two accounts at a provider one is
chosen. fresh: a quarter of an hour after installation. pair: two exporters poll the same; every panel must show what it shows with one. presets: five
described providers and no other.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "stack"))
from programs import Prometheus  # noqa: E402

DASHBOARDS = Path(__file__).resolve().parents[1]
FLEET = ["overview", "balances", "quotas", "spend", "calls", "messaging", "exporter", "provider"]
PROVIDERS = ["tingting", "vobiz", "teli", "agentphone"]
ABOUT_THE_PROGRAM = re.compile(r"\b(up|process_\w+|cpaas_exporter_\w+|scrape_\w+)\{")  # of which there are two then
VALUES = {"account": ".*", "provider": ".*", "currency": "INR", "window": "30d", "__rate_interval": "20m", "__interval": "5m", "__range": "6h"}
SCENARIOS = [  # name, theme, moment of times.json, choices of the variables, dashboards
    ("full", "dark", "full", "", FLEET + PROVIDERS),
    ("full", "light", "full", "", FLEET + PROVIDERS),
    ("down", "dark", "down", "", ["overview", "exporter", "teli"]),
    ("one", "dark", "full", "var-provider=agentphone&var-account=agents-eu", ["overview", "quotas", "calls", "messaging", "exporter", "agentphone"]),
    ("fresh", "light", "fresh", "", FLEET + PROVIDERS),
]
PAIR = ("pair", "dark", "full", "", FLEET + PROVIDERS)
PRESETS = ("presets", "dark", "full", "", FLEET)


def draw(prometheus, harness, out, times, scenario):
    name, theme, moment, choices, dashboards = scenario
    files = [str(DASHBOARDS / f"{each}.json") for each in dashboards]
    run = subprocess.run(["node", f"{harness}/draw.mjs", prometheus.url, name, theme, out, f"--now={times[moment]}", f"--query={choices}", *files],
                         check=False)
    return run.returncode == 0


def expressions(name):
    """(title, expression) of all queries of a dashboard, with values for its variables."""
    board = json.loads((DASHBOARDS / f"{name}.json").read_text(encoding="utf-8"))
    for panel in [each for row in board["panels"] for each in [row, *row.get("panels", [])]]:
        for target in panel.get("targets", []):
            yield panel["title"], re.sub(r"\$\{?(\w+)\}?", lambda match: VALUES.get(match[1], match[0]), target["expr"])


def answer(prometheus, expression, at):
    found = prometheus.get("query", query=expression, time=at)["result"]
    return sorted((json.dumps(each["metric"], sort_keys=True), f"{float(each['value'][1]):.6g}") for each in found)


def differing(alone, pair, at):
    """What panels show otherwise because a second exporter polls the same."""
    for name in FLEET + PROVIDERS:
        for title, expression in expressions(name):
            if ABOUT_THE_PROGRAM.search(expression):
                continue
            one, two = answer(alone, expression, at), answer(pair, expression, at)
            if one != two:
                yield f"{name} (pair): {title}: {[each for each in two if each not in one][:3]} instead of {[each for each in one if each not in two][:3]}"


def main(folder, harness, out):
    folder = Path(folder)
    times = json.loads((folder / "times.json").read_text(encoding="utf-8"))
    with Prometheus(folder, "--query.lookback-delta=6m") as alone, Prometheus(folder / "pair", "--query.lookback-delta=6m") as pair, \
            Prometheus(folder / "presets", "--query.lookback-delta=6m") as presets:
        drawn = [draw(alone, harness, out, times, scenario) for scenario in SCENARIOS] + [
            draw(pair, harness, out, times, PAIR), draw(presets, harness, out, times, PRESETS)]
        problems = list(differing(alone, pair, times["full"]))
    print("\n".join(problems) or "two exporters: every panel shows what it shows with one")
    return 0 if all(drawn) and not problems else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
