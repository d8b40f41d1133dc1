#!/usr/bin/env python3
"""scenarios.py DIR HARNESS OUT: draws all dashboards from the history in DIR/tsdb, in each scenario; exit 1 if any has a problem.

full: a day of history, all accounts, dark and light. down: a provider has not answered for two hours. one: of two accounts at a provider one is
chosen. fresh: a quarter of an hour after installation.
"""
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests" / "stack"))
from programs import Prometheus  # noqa: E402

DASHBOARDS = Path(__file__).resolve().parents[1]
FLEET = ["overview", "balances", "quotas", "spend", "calls", "messaging", "exporter"]
PROVIDERS = ["tingting", "vobiz", "teli", "agentphone"]
SCENARIOS = [  # name, theme, moment of times.json, choices of the variables, dashboards
    ("full", "dark", "full", "", FLEET + PROVIDERS),
    ("full", "light", "full", "", FLEET + PROVIDERS),
    ("down", "dark", "down", "", ["overview", "exporter", "teli"]),
    ("one", "dark", "full", "var-provider=agentphone&var-account=agents-eu", ["overview", "quotas", "calls", "messaging", "exporter", "agentphone"]),
    ("fresh", "light", "fresh", "", FLEET + PROVIDERS),
]


def main(folder, harness, out):
    times = json.loads((Path(folder) / "times.json").read_text(encoding="utf-8"))
    failed = False
    with Prometheus(Path(folder), "--query.lookback-delta=6m") as prometheus:
        for name, theme, moment, choices, dashboards in SCENARIOS:
            files = [str(DASHBOARDS / f"{each}.json") for each in dashboards]
            run = subprocess.run(["node", f"{harness}/draw.mjs", prometheus.url, name, theme, out, f"--now={times[moment]}", f"--query={choices}", *files],
                                 check=False)
            failed = failed or run.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
