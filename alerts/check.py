#!/usr/bin/env python3
"""check.py [--table] CATALOGUE [ROOT]: what promtool does not notice about the alerts. Prints each problem; exit 1 if there are any.
With --table prints instead which tests each alert has.

CATALOGUE is what `cpaas_exporter catalogue --format=json` prints; ROOT the project's folder. Checked are
- rules: every metric and label exists, joins can match, counters are rated and gauges are not, thresholds have defaults, increases are taken
  of each exporter before the largest is; no group is slower than 2 minutes;
- alerts: names, labels, `for`, all annotations, a section in the runbooks, labels in annotations that the alert has;
- tests: each alert waits, fires for two accounts with its annotations in full, resolves, is silent just under the threshold and without
  data; each recorded metric has a value asserted;
- queries in the runbooks and dashboards that alerts link to; the tables in docs/alerts.md and
  docs/providers.md of what can fire for which provider.
"""
import functools
import itertools
import json
import re
import sys
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))
import promql  # noqa: E402

URL = "https://github.com/cpaas-exporter/cpaas_exporter/blob/main/docs/runbooks/"
ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url"}
SEVERITIES = {"critical", "warning", "info"}
RUNBOOK_PARTS = ["**Meaning.**", "**Impact.**", "**Diagnosis.**", "**What to do.**"]
TARGET_LABELS = {"job", "instance"}
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
# What stands still while an endpoint is not read: the alerts that must look at it, and at no other (one that fails for good says nothing of it).
READ_FROM = {
    "CpaasCallsStopped": {"cpaas_calls_total"},
    "CpaasMessagesStopped": {"cpaas_messages_total", "cpaas_message_segments_total"},
}
BY_BALANCE = "the same, by falls of the balance"  # a row in docs/alerts.md that goes on from the one before
SLOWEST = 120  # seconds from one evaluation of a group to the next
# Set by the user, so it may be missing; a budget cannot have a default.
THRESHOLD = re.compile(r"_threshold$|_warning_(seconds|ratio)$")


def seconds(duration):
    return sum(float(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)(ms|[smhdw])", str(duration)))


@functools.lru_cache(maxsize=None)
def load_text(text):
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@functools.lru_cache(maxsize=None)
def load_json(text):
    return json.loads(text)


def load(path):
    return load_text(path.read_text(encoding="utf-8"))


def in_full(name):
    """What a row in docs/alerts.md is about, where it stands alone."""
    return {BY_BALANCE: "CpaasSpendAnomaly and CpaasBudget... by falls of the balance", "CpaasMessagesStopped, of messages": "CpaasMessagesStopped",
            "the same, of segments": "CpaasMessagesStopped by segments"}.get(name, name)


class Check:
    def __init__(self, catalogue, root):
        self.root, self.problems = root, []
        self.files = sorted((root / "alerts").glob("*.yml"))
        self.groups = [group for path in self.files for group in load(path)["groups"]]
        self.rules = [(path, rule) for path in self.files for group in load(path)["groups"] for rule in group["rules"]]
        self.tests = self.load_tests()
        self.metrics = {each["name"]: set(each["labels"]) | TARGET_LABELS for each in catalogue}
        self.metrics["up"] = set(TARGET_LABELS)
        self.endpoints = {each["name"]: {source.partition(":")[0].split()[-1] for source in each["sources"]} for each in catalogue}
        self.providers = {each["name"]: {source.split()[0] for source in each["sources"]} for each in catalogue}
        self.counters = {each["name"] for each in catalogue if each["type"] == "counter"}
        boards = [load_json(path.read_text(encoding="utf-8")) for path in sorted((root / "dashboards").glob("*.json"))]
        self.variables = {each["uid"]: {variable["name"] for variable in each["templating"]["list"]} for each in boards}

    def load_tests(self):
        found = []
        for path in sorted((self.root / "alerts" / "tests").glob("*_test.yml")):
            document = load(path)
            found += [(test, seconds(document["evaluation_interval"])) for test in document["tests"]]
        return found

    def say(self, where, problem):
        self.problems.append(f"{where}: {problem}")

    def run(self):
        self.record_all()
        self.check_intervals()
        for path, rule in self.rules:
            if "alert" in rule:
                self.check_alert(path, rule)
        self.check_recordings_tested()
        self.check_runbook_queries()
        self.check_what_can_fire()
        return self.problems

    # --- rules

    def labels_of(self, expression, where):
        problems = []
        try:
            node = promql.parse(expression)
            self.check_exporters_apart(node, where)
            labels = promql.Labels(self.metrics, self.counters, problems).of(node)
            self.check_defaults(node, where)
        except promql.PromqlError as error:
            problems.append(str(error))
            labels = None
        for problem in problems:
            self.say(where, problem)
        return labels or set()

    def record_all(self):
        """In an order in which each rule finds the metrics that it uses; rules of other files may come later."""
        waiting = [(path, rule) for path, rule in self.rules if "record" in rule]
        while waiting:
            names = {rule["record"] for _, rule in waiting}
            ready = [each for each in waiting if not self.uses(each[1]["expr"]) & names] or waiting
            for _, rule in ready:
                self.record(rule)
            waiting = [each for each in waiting if each not in ready]

    def uses(self, expression):
        try:
            return {node.name for node in promql.parse(expression).walk() if node.kind == "selector"}
        except promql.PromqlError:
            return set()

    def record(self, rule):
        name = rule["record"]
        if not re.fullmatch(r"[a-z_]+:[a-z0-9_]+:[a-z0-9_]+", name):
            self.say(name, "is not named level:metric:operations")
        labels = self.labels_of(rule["expr"], name) | set(rule.get("labels", {}))
        of_exporter = name.split(":")[0].endswith("_exporter")
        if labels & TARGET_LABELS and not of_exporter:
            self.say(name, "keeps the scrape's own labels, so that a second exporter doubles it")
        if of_exporter:  # credits have no currency
            self.metrics.setdefault(name, set()).update(labels)
        elif self.metrics.setdefault(name, labels) != labels:
            self.say(name, "is recorded twice with different labels")

    def check_exporters_apart(self, node, where):
        """Of counters, the largest of several exporters less the largest of an hour ago is what one of them has more than another."""
        if node.kind == "binary" and node.name == "-" and all(self.joins_exporters(part) for part in node.parts):
            self.say(where, "takes the largest of several exporters' counters before the difference")
        for index, part in enumerate(node.parts):
            is_fallback = node.kind == "binary" and node.name == "or" and index == 1
            if not is_fallback:
                self.check_exporters_apart(part, where)

    def joins_exporters(self, node):
        if node.kind == "aggregate" and node.name in ("max", "sum"):
            return any(each.kind == "selector" and each.name in self.counters for each in node.walk())
        return any(self.joins_exporters(part) for part in node.parts)

    def check_intervals(self):
        """Some rulers give a group's samples the time of up to an interval ago, and what looks for them looks 5 minutes back."""
        for group in self.groups:
            if seconds(group.get("interval", "")) > SLOWEST:
                self.say(group["name"], f"is evaluated every {group['interval']}; its samples are too old for those who look 5 minutes back")

    def check_defaults(self, node, where, has_default=False):
        if node.kind == "selector" and THRESHOLD.search(node.name) and not has_default:
            self.say(where, f"uses {node.name} without a default")
        for index, part in enumerate(node.parts):
            is_left = node.kind == "binary" and node.name == "or" and index == 0
            self.check_defaults(part, where, has_default or is_left)

    # --- alerts

    def check_alert(self, path, rule):
        name = rule["alert"]
        labels = self.labels_of(rule["expr"], name) | set(rule.get("labels", {}))
        if not re.fullmatch(r"Cpaas[A-Z]\w+", name):
            self.say(name, "is not named CpaasSomething")
        if rule.get("labels", {}).get("severity") not in SEVERITIES or "subject" not in rule["labels"]:
            self.say(name, "has no severity out of critical, warning and info, or no subject")
        if seconds(rule.get("for", "")) <= 0:
            self.say(name, "has no `for`")
        if "provider" in labels and labels & TARGET_LABELS:
            self.say(name, "keeps the scrape's own labels, so that a second exporter pages twice")
        self.check_annotations(path, rule, labels)
        self.check_endpoints(rule)
        self.check_alert_tests(rule, labels)

    def check_endpoints(self, rule):
        wanted = "|".join(sorted({endpoint for name in READ_FROM.get(rule["alert"], ()) for endpoint in self.endpoints[name]}))
        for named in re.findall(r'endpoint=~"([^"]*)"', rule["expr"]):
            if wanted and "|".join(sorted(named.split("|"))) != wanted:
                self.say(rule["alert"], f"looks at the endpoints {named}, but its counters come from {wanted}")

    def check_annotations(self, path, rule, labels):
        name, annotations = rule["alert"], rule.get("annotations", {})
        if set(annotations) != ANNOTATIONS:
            self.say(name, f"must have just the annotations {', '.join(sorted(ANNOTATIONS))}")
            return
        if not re.fullmatch(r"[A-Z][^{}.]*\.", annotations["summary"]):
            self.say(name, "the summary is not one sentence without templates")
        needed = ["Likely cause: ", "Next step: "] + [f"$labels.{each}" for each in ("provider", "account", "job") if each in labels]
        for text in needed + ["$value"]:
            if text not in annotations["description"]:
                self.say(name, f"the description lacks {text!r}")
        for label in re.findall(r"\$labels\.(\w+)", " ".join(annotations.values())):
            if label not in labels:
                self.say(name, f"an annotation uses $labels.{label}, which the alert does not have")
        for query in re.findall(r'printf\s+"([^"]*cpaas_[^"]*)"', annotations["description"]):
            self.labels_of(query.replace("%q", '"x"'), f"{name}: query in the description")
        self.check_runbook(path, rule)
        self.check_dashboard(name, annotations["dashboard_url"])

    def check_runbook(self, path, rule):
        name, page = rule["alert"], self.root / "docs" / "runbooks" / f"{path.stem}.md"
        if rule["annotations"]["runbook_url"] != f"{URL}{path.stem}.md#{name.lower()}":
            self.say(name, f"the runbook_url is not {URL}{path.stem}.md#{name.lower()}")
        text = page.read_text(encoding="utf-8") if page.exists() else ""
        section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        if not section:
            self.say(name, f"{page.name} has no section for it")
            return
        for part in RUNBOOK_PARTS:
            if part not in section[1]:
                self.say(name, f"its runbook section lacks {part}")

    def check_dashboard(self, name, url):
        match = re.fullmatch(r"/d/(cpaas-[a-z]+)(\?.*)?", url)
        if not match:
            self.say(name, "the dashboard_url is not /d/cpaas-...")
            return
        if match[1] not in self.variables:
            self.say(name, f"there is no dashboard {match[1]}")
            return
        for variable in re.findall(r"[?&]var-(\w+)=", url):
            if variable not in self.variables[match[1]]:
                self.say(name, f"dashboard {match[1]} has no variable {variable}")

    # --- tests of alerts

    def respects(self, rule, labels):
        """In which respects there are tests of the alert: {respect: whether}; None where it has no such side."""
        name = rule["alert"]
        groups = [(test, interval) for test, interval in self.tests if str(test.get("name", "")).startswith(name + ": ")]
        timelines = [(self.timeline(test, name), interval) for test, interval in groups]
        absent = rule["expr"].lstrip().startswith("absent(")  # no data is what it is about, and there is only one of it
        return {
            "it fires with its annotations in full": any(self.fires(line, rule) for line, _ in timelines),
            "it waits for its `for`": any(self.waits(line, rule, interval) for line, interval in timelines),
            "it resolves": any(self.resolves(line) for line, _ in timelines),
            "it is silent just under the threshold": self.silent(groups, name, "just under the threshold"),
            "two accounts give two alerts": None if absent else any(self.two(line, labels) for line, _ in timelines),
            "it is silent without data": None if absent else self.silent(groups, name, "no data"),
        }

    def check_alert_tests(self, rule, labels):
        for respect, shown in self.respects(rule, labels).items():
            if shown is False:
                self.say(rule["alert"], f"no test shows that {respect}")

    def table(self):
        """Every alert with the respects in which it is tested, as Markdown."""
        self.record_all()
        lines = []
        for _, rule in self.rules:
            if "alert" in rule:
                labels = self.labels_of(rule["expr"], rule["alert"]) | set(rule.get("labels", {}))
                respects = self.respects(rule, labels)
                lines.append("| " + " | ".join([rule["alert"], *({True: "yes", False: "NO", None: "-"}[shown] for shown in respects.values())]) + " |")
        head = ["alert", *(respect.removeprefix("it ").removeprefix("is ") for respect in respects)]
        return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines])

    def timeline(self, test, name):
        """(seconds, expected alerts) of the alert, in order of time."""
        found = [each for each in test.get("alert_rule_test", []) if each["alertname"] == name]
        return sorted(((seconds(each["eval_time"]), each.get("exp_alerts") or []) for each in found), key=lambda each: each[0])

    def fires(self, timeline, rule):
        alerts = [alert for _, alerts in timeline for alert in alerts]
        return bool(alerts) and all(set(alert.get("exp_annotations") or {}) == set(rule.get("annotations", {})) for alert in alerts)

    def waits(self, timeline, rule, interval):
        return any(
            not before[1] and after[1] and after[0] - before[0] <= seconds(rule.get("for", "")) + interval
            for before, after in zip(timeline, timeline[1:])
        )

    def resolves(self, timeline):
        return any(before[1] and not after[1] for before, after in zip(timeline, timeline[1:]))

    def two(self, timeline, labels):
        key = "account" if "account" in labels else "instance"
        return any(len({alert["exp_labels"].get(key) for alert in alerts}) > 1 for _, alerts in timeline)

    def silent(self, groups, name, aspect):
        lines = [self.timeline(test, name) for test, _ in groups if test["name"] == f"{name}: {aspect}" and test["input_series"]]
        return bool(lines) and all(line and not any(alerts for _, alerts in line) for line in lines)

    # --- tests of recorded metrics, queries of runbooks

    def check_recordings_tested(self):
        shown = [
            sample["labels"]
            for test, _ in self.tests
            for each in test.get("promql_expr_test", [])
            for sample in each.get("exp_samples") or []
        ]
        for _, rule in self.rules:
            wanted = [f'{key}="{value}"' for key, value in rule.get("labels", {}).items()]
            if "record" in rule and not any(
                text.startswith(rule["record"] + "{") and all(each in text for each in wanted) for text in shown
            ):
                self.say(rule["record"], f"no test shows a value of it {' '.join(wanted)}".rstrip())

    def check_what_can_fire(self):
        """The table in docs/alerts.md whose columns are providers: yes where all metrics of the row come from it."""
        header, rows = self.rows_of_what_can_fire()
        if not rows:
            self.say("docs/alerts.md", "has no table of what can fire")
        for row in filter(self.names_metrics, rows):
            for provider, shown in zip(header[2:], row[2:]):
                told = self.tells(provider.lower(), row)
                if told != shown.startswith("yes"):
                    self.say("docs/alerts.md", f"says {shown!r} of {row[1]} and {provider}, but it is {'told' if told else 'not told'}")

    def rows_of_what_can_fire(self):
        text = (self.root / "docs" / "alerts.md").read_text(encoding="utf-8")
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
        at = next((index for index, row in enumerate(rows) if row[:2] == ["alerts", "need"]), None)
        if at is None:
            return [], []
        return rows[at], list(itertools.takewhile(lambda row: len(row) == len(rows[at]), rows[at + 2:]))

    def names_metrics(self, row):
        return "`cpaas_" in row[1]

    def tells(self, provider, row):
        return all(provider in self.providers.get(name, ()) for name in re.findall(r"`(cpaas_\w+)`", row[1]))

    def can_fire(self, provider):
        """What of the table in docs/alerts.md the provider, which may be no column of it, tells enough for."""
        _, rows = self.rows_of_what_can_fire()
        names = [row[0] for row in rows if self.names_metrics(row) and self.tells(provider, row)]
        if "CpaasSpendAnomaly, CpaasBudget..." in names and BY_BALANCE in names:
            names.remove(BY_BALANCE)  # what the provider says of the cost comes first
        return [in_full(name) for name in names]

    def check_runbook_queries(self):
        for page in sorted((self.root / "docs" / "runbooks").glob("*.md")):
            for query in re.findall(r"```promql\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
                self.labels_of(query, f"{page.name}: {query.strip().splitlines()[0]}")


def main(arguments):
    paths = [each for each in arguments[1:] if not each.startswith("--")]
    catalogue = json.loads(Path(paths[0]).read_text(encoding="utf-8"))
    check = Check(catalogue, Path(paths[1]) if len(paths) > 1 else Path(__file__).resolve().parent.parent)
    if "--table" in arguments:
        print(check.table())
        return 0
    problems = check.run()
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
