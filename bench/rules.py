#!/usr/bin/env python3
"""rules.py EXPORTER SANDBOX DIR: what the rules cost a Prometheus that scrapes 10,000 series, with a month behind it.

The exporter polls 40 accounts of a sandbox. Its page, carried back in time, is the past: all of it for an hour in scrapes of 30 s, then by the
hour for 8 days; what rules read over longer ranges also in scrapes, for as long as they read it. Prints the time of each group and of the
dearest rules (the least of several evaluations, since others may use the machine too), and the CPU time of an evaluation of all.
"""
import json
import re
import sys
import time
from pathlib import Path

from stage import exporter_config, page_after_good_polls

import backfill
from polls import labelled
from programs import Exporter, Prometheus, Sandbox, fetch, free_address, wait_until

FIVES = 8  # of accounts
SCRAPE, HOUR, DAY = 30, 3600, 86400
EVALUATIONS, EVERY = 12, 5  # seconds from one to the next, of all groups
SETTLED = 320  # seconds after which the last 5 minutes, where most rules look, are no longer read from two places: memory and the past
SELDOM = {"hourly": HOUR, "daily": DAY}  # what is recorded at the end of each
ENDS = re.compile(r" and on \(\) \(vector\(\(time\(\) \+ \d+\) % \d+\) <= \d+\)")
# What is read over more than an hour (offsets read single samples): for how long, and how often it is sampled.
LONG = {
    "cpaas_balance_spent_total": (DAY, SCRAPE), "cpaas_credits_spent_total": (DAY, SCRAPE), "cpaas_ledger_corrections_total": (6 * HOUR, SCRAPE),
    "cpaas_month_cost": (DAY, SCRAPE), "account_source:cpaas_spend:increase1h": (3 * HOUR, SCRAPE),
    "account_source:cpaas_spend_hourly:steady": (7 * DAY, SCRAPE),
    "account_source:cpaas_spend_hourly:max4h": (7 * DAY, 120), "account_source:cpaas_spend_hourly:max1d": (8 * DAY, 120),
    "account_source:cpaas_spend_hourly:outstanding1d": (31 * DAY, 120),
}

PROBES = [*(hours * HOUR for hours in (169, 168, 166, 25, 24, 22, 6)), 7500, HOUR, 2700, 1200, 360, 60, 30, 0]  # where rules look that read single samples

CONFIG = """\
global: {{scrape_interval: {scrape}s, evaluation_interval: {every}s}}
rule_files: {rules}
scrape_configs: [{{job_name: cpaas, static_configs: [{{targets: ["{target}"]}}]}}]
"""


def value_at(name, value, ago):
    """Counters have grown over two months, times go with the clock, and the rest is as it is."""
    if name.endswith("_total") or re.search("spend:(each|sum|hourly|daily)$", name):
        return value * (1 - ago / (62 * DAY))
    return value - ago if "last_" in name and name.endswith("_timestamp_seconds") and value > 0 else value


def past(name, now):
    """How many seconds ago the samples of a metric are: by the hour, and by the scrape."""
    every = SELDOM.get(name.rpartition(":")[2])
    if every:
        return [now % every + count * every + before for count in range(31 * DAY // every, -1, -1) for before in (60, 0)]
    dense, step = LONG.get(name, (HOUR + 300, SCRAPE))
    return [*range(8 * DAY, dense, -HOUR), *range(dense, 0, -step)]


def samples(series, value, now):
    name = series.partition("{")[0]
    return [(now - ago, round(value_at(name, value, ago), 6)) for ago in past(name, now)]


def page_of(text, target):
    values = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {labelled(series, target): float(value) for series, _, value in values}


def recorded(prometheus, rules, now):
    """{series: value} of what the rules record at that time."""
    found = {}
    for rule in rules:
        for each in prometheus.get("query", query=ENDS.sub("", rule["expr"]), time=now)["result"]:
            labels = {**{k: v for k, v in each["metric"].items() if k != "__name__"}, **rule.get("labels", {})}
            text = ",".join(f"{k}={json.dumps(v)}" for k, v in sorted(labels.items()))
            found[f"{rule['record']}{{{text}}}"] = float(each["value"][1])
    return found


def import_all(folder, known, now):
    backfill.write_samples({series: samples(series, value, now) for series, value in known.items() if value == value}, folder / "history.om")
    backfill.renew(folder)
    backfill.import_blocks(folder / "history.om", folder / "tsdb", max_block="1458h")


def make_past(folder, page, now):
    """The samples of the page, and what the rules make of them, level by level; at the end all in one block."""
    known = dict(page)
    for level in backfill.levels([rule for group in backfill.groups() for rule in group["rules"]]):
        backfill.write_samples({series: [(now - ago, round(value_at(series.partition("{")[0], value, ago), 6))
                                         for ago in PROBES]
                                for series, value in known.items() if value == value}, folder / "history.om")
        backfill.renew(folder)
        backfill.import_blocks(folder / "history.om", folder / "tsdb", max_block="1458h")
        with Prometheus(folder) as prometheus:
            known |= recorded(prometheus, level, now)
    import_all(folder, known, now)
    return len(known)


def cpu(prometheus):
    return float(re.search(r"^process_cpu_seconds_total (\S+)", fetch(f"{prometheus.url}/metrics"), re.MULTILINE)[1])


def evaluations(prometheus):
    """Of EVALUATIONS evaluations: the least time of each group and of each rule, in milliseconds."""
    groups, rules, seen = {}, {}, {}
    while len(seen) == 0 or min(map(len, seen.values())) < EVALUATIONS:
        for group in prometheus.get("rules")["groups"]:
            if group["lastEvaluation"].startswith("0001") or group["lastEvaluation"] in seen.setdefault(group["name"], set()):
                continue
            seen[group["name"]].add(group["lastEvaluation"])
            if len(seen[group["name"]]) == 1:
                continue  # the first one finds nothing in memory
            groups[group["name"]] = min(groups.get(group["name"], 1e9), group["evaluationTime"] * 1000)
            for index, rule in enumerate(group["rules"]):
                key = (group["name"], index, rule["name"], ",".join(f"{k}={v}" for k, v in rule.get("labels", {}).items() if k in ("period", "source")))
                rules[key] = min(rules.get(key, 1e9), rule["evaluationTime"] * 1000)
        time.sleep(0.5)
    return groups, rules


def cpu_of(prometheus, config, seconds):
    prometheus.reconfigure(config)
    wait_until("the first evaluations", lambda: all(not each["lastEvaluation"].startswith("0001") for each in prometheus.get("rules")["groups"]))
    begin, spent = time.monotonic(), cpu(prometheus)
    time.sleep(seconds)
    return (cpu(prometheus) - spent) / (time.monotonic() - begin)


def report(groups, rules, series, spent):
    shipped = {group["name"]: backfill.seconds(group.get("interval", f"{SCRAPE}s")) for group in backfill.groups()}
    print(f"{series} series; the least of {EVALUATIONS - 1} evaluations\n\n      time  every  group")
    for name, duration in sorted(groups.items(), key=lambda each: -each[1]):
        print(f"{duration:7.1f} ms  {shipped[name]:3.0f} s  {name}")
    share = sum(duration / 1000 / shipped[name] for name, duration in groups.items())
    print(f"{sum(groups.values()):7.1f} ms         all of them; that is {share:.2%} of the time; {spent * 1000:.0f} ms CPU\n\nthe dearest rules")
    for (_, _, name, labels), duration in sorted(rules.items(), key=lambda each: -each[1])[:12]:
        print(f"{duration:7.1f} ms  {name} {labels}")


def main(exporter, sandbox, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "state.db").unlink(missing_ok=True)
    address = free_address()
    with Sandbox(sandbox, folder, "--seed=1", "--speed=1", f"--accounts={FIVES}", "--customers=24") as sandbox:
        (folder / "cpaas.yml").write_text(exporter_config(f"http://127.0.0.1:{sandbox.port}", FIVES), encoding="utf-8")
        with Exporter(exporter, folder, address) as running:
            page = page_of(page_after_good_polls(running), f'job="cpaas",instance="{address}"')
            make_past(folder, page, int(time.time()))
            groups = [{**group, "interval": f"{EVERY}s"} for group in backfill.groups()]
            (folder / "rules.yml").write_text(json.dumps({"groups": groups}), encoding="utf-8")
            with_rules, without = (CONFIG.format(scrape=SCRAPE, every=EVERY, target=address, rules=rules) for rules in ("[rules.yml]", "[]"))
            measure(folder, with_rules, without, len(page))


def measure(folder, with_rules, without, series):
    with Prometheus(folder, config=with_rules) as prometheus:
        settled = time.monotonic() + SETTLED
        wait_until("scrapes", lambda: time.monotonic() > settled, 2 * SETTLED)
        groups, rules = evaluations(prometheus)
        spent = cpu_of(prometheus, with_rules, 8 * EVERY) - cpu_of(prometheus, without, 4 * EVERY)
        report(groups, rules, series, spent * EVERY)


if __name__ == "__main__":
    main(*sys.argv[1:])
