#!/usr/bin/env python3
"""check_dashboards.py CATALOGUE [ROOT]: what Grafana would not say about the dashboards. Prints each problem; exit 1 if there are any.

CATALOGUE is what `cpaas_exporter catalogue --format=json` prints; ROOT the project's folder. Checked are
- queries: PromQL that promtool reads, metrics and labels that exist, variables that exist, the dashboard's filters on every metric, nothing
  that a second exporter doubles;
- panels: descriptions, units, texts for no data, thresholds as in the alerts, runbook links, layout, at most 50 series;
- dashboards: uids, variables, data source, annotations, links.
With --unused the metrics that no panel uses are listed.
"""
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "alerts"))
import check as alerts_check  # noqa: E402
import promql  # noqa: E402

CORE_PANELS = {"timeseries", "stat", "table", "bargauge", "row"}
UNITS = {"short", "none", "locale", "s", "percentunit", "bytes", "reqps", "suffix: ×", "dateTimeAsIso", "currencyINR", "currencyUSD", "currencyEUR",
         "currencyGBP"}
BUILT_IN = {"__rate_interval": "5m", "__interval": "1m", "__range": "1d"}
ALERT_LABELS = {"alertname", "alertstate", "severity", "subject", "provider", "account", "endpoint", "resource", "direction", "currency", "period", "kind"}
UP = {"up": {"job", "instance"}}
ABOUT_THE_PROGRAM = re.compile(r"up|process_|cpaas_exporter_")
ADDING, TARGET = {"sum", "count", "avg"}, {"job", "instance"}
PROVIDERS = {"tingting", "vobiz", "teli", "agentphone"}
ALERT_THRESHOLDS = {  # of stats and trends by what they show: the values in the alert rules
    r"runway_seconds": {43200, 259200}, r"quota_used:ratio": {0.8, 1}, r"budget_pace:ratio1h": {2, 10}, r"budget_spent:ratio": {1},
    r"delivery_failures:(ratio1h|increase1h)": {0.1, 0.9},
}


class Labels(promql.Labels):
    """With label_join, which no rule uses."""

    def call(self, node):
        labels = super().call(node)
        return labels | {node.parts[1].name.strip('"')} if node.name == "label_join" else labels


class Dashboard:
    """A dashboard's JSON, and what is wrong with it by itself."""

    def __init__(self, path, checks):
        self.name, self.json, self.checks = path.stem, json.loads(path.read_text(encoding="utf-8")), checks
        self.variables = {each["name"]: each for each in self.json["templating"]["list"]}

    def say(self, problem, panel=None):
        self.checks.problems.append(f"{self.name}{': ' + repr(panel['title']) if panel else ''}: {problem}")

    def panels(self):
        for panel in self.json["panels"]:
            yield panel
            yield from panel.get("panels", [])

    # --- the whole

    def check(self):
        board = self.json
        if board["uid"] != f"cpaas-{self.name}" or board["id"] is not None or board["schemaVersion"] < 39:
            self.say("wants uid cpaas-NAME, id null and schemaVersion 39 or later")
        if "cpaas" not in board["tags"] or not board["title"] or not board["description"]:
            self.say("wants a title, a description and the tag cpaas")
        link = board["links"][0] if board["links"] else {}
        if not (link.get("type") == "dashboards" and "cpaas" in link["tags"] and link["keepTime"] and link["includeVars"]):
            self.say("has no link to the dashboards with tag cpaas that keeps time and variables")
        if not any("ALERTS" in each.get("expr", "") for each in board["annotations"]["list"]):
            self.say("shows no alerts as annotations")
        self.check_variables()
        self.check_layout(self.json["panels"])
        for row in (panel for panel in board["panels"] if panel.get("panels")):
            self.check_layout(row["panels"])
        for panel in self.panels():
            if panel["type"] != "row":
                self.check_panel(panel)
        for each in board["annotations"]["list"]:
            if "expr" in each:
                self.check_query(each["expr"], None)
        self.check_data_sources(board)

    def check_variables(self):
        if [name for name, each in self.variables.items() if each["type"] == "datasource"] != ["datasource"]:
            self.say("wants one variable of type datasource")
        for name in ["account"] + ([] if self.name in PROVIDERS else ["provider"]):
            each = self.variables.get(name, {})
            if not (each.get("multi") and each.get("includeAll") and each.get("allValue") == ".*" and each.get("refresh") == 2
                    and each["definition"].startswith("label_values(cpaas_up")):
                self.say(f"variable {name} wants to be multi, All with .*, refreshed with the time range, from cpaas_up")
        used = json.dumps([self.json["panels"], self.json["annotations"], [each.get("definition") for each in self.variables.values()]])
        for name in self.variables:
            if not re.search(rf"\${{?{name}\b", used):
                self.say(f"variable {name} is not used")

    def check_layout(self, panels):
        for index, panel in enumerate(panels):
            one = panel["gridPos"]
            if one["x"] < 0 or one["x"] + one["w"] > 24 or one["w"] < 1 or one["h"] < 1:
                self.say("is outside of the 24 columns", panel)
            for other in panels[index + 1:]:
                two = other["gridPos"]
                if one["x"] < two["x"] + two["w"] and two["x"] < one["x"] + one["w"] and one["y"] < two["y"] + two["h"] and two["y"] < one["y"] + one["h"]:
                    self.say(f"overlaps {other['title']!r}", panel)

    def check_data_sources(self, node):
        if isinstance(node, dict):
            source = node.get("datasource")
            if isinstance(source, dict) and source["uid"] not in ("${datasource}", "-- Grafana --"):
                self.say(f"names the data source {source['uid']!r} instead of the variable")
            for each in node.values():
                self.check_data_sources(each)
        elif isinstance(node, list):
            for each in node:
                self.check_data_sources(each)

    # --- panels

    def check_panel(self, panel):
        if panel["type"] not in CORE_PANELS:
            self.say(f"has the type {panel['type']!r}", panel)
        for part in ("**From:**", "**Lag:**"):
            if part not in panel.get("description", ""):
                self.say(f"has no {part} in its description", panel)
        for page, anchor in re.findall(r"docs/runbooks/(\w+\.md)#([\w-]+)", panel.get("description", "")):
            if f"{page}#{anchor}" not in self.checks.anchors:
                self.say(f"links to docs/runbooks/{page}#{anchor}, which does not exist", panel)
        defaults = panel["fieldConfig"]["defaults"]
        if not defaults.get("noValue"):
            self.say("has no text for no data", panel)
        units = [defaults.get("unit", "")] + [each["value"] for field in panel["fieldConfig"]["overrides"] for each in field["properties"]
                                              if each["id"] == "unit"]
        for unit in set(units) - UNITS:
            self.say(f"has the unit {unit!r}", panel)
        for target in panel["targets"]:
            self.check_query(target["expr"], panel)
        self.check_thresholds(panel)
        self.check_references(panel)

    def check_thresholds(self, panel):
        values = {step["value"] for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])} - {None}
        if panel["type"] == "table" or not values or panel["fieldConfig"]["defaults"]["unit"] == "short":
            return
        for pattern, wanted in ALERT_THRESHOLDS.items():
            if all(re.search(pattern, target["expr"]) for target in panel["targets"]) and not values <= wanted:
                self.say(f"has thresholds at {sorted(values)}, the alerts at {sorted(wanted)}", panel)

    def check_references(self, panel):
        """Links to dashboards, and overrides and sorting of table columns."""
        for uid in re.findall(r"/d/([\w-]+)", json.dumps(panel)):
            if uid not in self.checks.uids:
                self.say(f"links to the dashboard {uid}, which does not exist", panel)
        if panel["type"] != "table":
            return
        columns = set(panel["transformations"][-1]["options"]["renameByName"].values())
        named = {each["matcher"]["options"] for each in panel["fieldConfig"]["overrides"] if each["matcher"]["id"] == "byName"}
        named |= {each["displayName"] for each in panel["options"].get("sortBy", [])}
        for name in named - columns:
            self.say(f"speaks of the column {name!r}, which it does not have", panel)
        labels = set(panel["transformations"][-1]["options"]["renameByName"]) - {"Value"}
        labels = {label for label in labels if not label.startswith("Value #")}
        found = set().union(*(self.checks.labels_of(text) for target in panel["targets"] for text in self.expanded(target["expr"], panel)[:1]))
        for label in labels - found:
            self.say(f"has a column of the label {label!r}, which no query gives", panel)

    # --- queries

    def check_query(self, expr, panel):
        for text in self.expanded(expr, panel):
            for problem in self.checks.problems_of(text):
                self.say(f"{problem}: {expr}", panel)
            self.check_doubled(text, panel)
        self.check_filters(re.sub(r'\$\{window\}', '30d', expr).replace('$__rate_interval', '5m'), panel)

    def check_doubled(self, text, panel):
        """What each of several exporters gives is one number: it is aggregated by its greatest or least before it is added or shown."""
        if panel is None:  # annotations are of alerts, which have no instance
            return
        for what in self.checks.doubled(text):
            self.say(f"{what}: {text}", panel)

    def expanded(self, expr, panel):
        """The expression with values for its variables: one for each choice of a variable that names metrics."""
        names = set(re.findall(r"\$\{?([A-Za-z_]\w*)\}?", expr))
        for name in names - set(BUILT_IN) - set(self.variables):
            self.say(f"uses the variable {name!r}, which does not exist", panel)
        texts = [expr]
        for name in names & set(self.variables):
            each = self.variables[name]
            choices = [option["value"] for option in each["options"]] if each["type"] == "custom" else ["x"]
            texts = [re.sub(rf"\${{{name}}}|\${name}\b", choice, text) for text in texts for choice in choices]
        for name, value in BUILT_IN.items():
            texts = [re.sub(rf"\${{{name}}}|\${name}\b", value, text) for text in texts]
        return texts

    def check_filters(self, expr, panel):
        """Every metric is limited to the accounts chosen, and by nothing that a variable could not change."""
        for name, matchers in self.checks.selectors_of(expr):
            for wanted in {"job"} if ABOUT_THE_PROGRAM.match(name) else {"account", "provider"}:
                if wanted not in matchers:
                    self.say(f"{name} is not limited by {wanted}: {expr}", panel)
        for operator, value in re.findall(r'\baccount(=~|=|!~|!=)"([^"]*)"', expr):
            if operator != "=~" or not value.startswith("$account"):
                self.say(f'limits account by "{value}", not by the variable', panel)


class Checks:
    def __init__(self, catalogue, root):
        self.problems, self.root = [], root
        found = alerts_check.Check(catalogue, root)
        found.record_all()
        self.catalogue = {each["name"] for each in catalogue}
        self.metrics, self.counters = {**found.metrics, **UP, "ALERTS": ALERT_LABELS}, found.counters
        self.rules = {rule["record"]: rule["expr"] for _, rule in found.rules if "record" in rule}
        self.anchors = {f"{path.name}#{re.sub(r'[^a-z0-9 -]', '', heading.lower()).replace(' ', '-')}"
                        for path in (root / "docs" / "runbooks").glob("*.md")
                        for heading in re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)}
        self.used, self.expressions = set(), []

    def run(self):
        paths = sorted((self.root / "dashboards").glob("*.json"))
        boards = [Dashboard(path, self) for path in paths]
        self.uids = {board.json["uid"] for board in boards}
        titles = [board.json["title"] for board in boards]
        if len(self.uids) != len(boards) or len(set(titles)) != len(boards):
            self.problems.append("two dashboards have the same uid or title")
        for board in boards:
            board.check()
        self.check_with_promtool()
        return self.problems

    def problems_of(self, text):
        problems = []
        self.expressions.append(text)
        try:
            node = promql.parse(text)
            Labels(self.metrics, self.counters, problems).of(node)
            self.used |= {each.name for each in node.walk() if each.kind == "selector"}
        except promql.PromqlError as error:
            problems.append(str(error))
        return problems

    def doubled(self, text):
        """What in the expression a second exporter would double."""
        try:
            node = promql.parse(text)
        except promql.PromqlError:
            return  # told by problems_of
        if self.each_exporters(node):
            yield "shows the series of every exporter"
        for part in node.walk():
            if part.kind == "aggregate" and part.name in ADDING and self.each_exporters(part.parts[-1]) and not set(part.by or ()) & TARGET:
                yield f"{part.name}s what every exporter gives"

    def each_exporters(self, node):
        """Whether there is one series of it for each exporter that polls an account."""
        names = [each.name for each in node.walk() if each.kind == "selector"]
        about_accounts = any(not ABOUT_THE_PROGRAM.match(name) for name in names)
        return about_accounts and "instance" in (Labels(self.metrics, self.counters, []).of(node) or set())

    @staticmethod
    def selectors_of(text):
        try:
            return [(node.name, set(node.matchers)) for node in promql.parse(text).walk() if node.kind == "selector"]
        except promql.PromqlError:
            return []  # told by problems_of

    def labels_of(self, text):
        try:
            return Labels(self.metrics, self.counters, []).of(promql.parse(text)) or set()
        except promql.PromqlError:
            return set()

    def check_with_promtool(self):
        rules = [{"record": f"dashboards:expression:{index}", "expr": text} for index, text in enumerate(sorted(set(self.expressions)))]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"groups": [{"name": "dashboards", "rules": rules}]}, file)
            file.flush()
            run = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True, check=False)
        if run.returncode:
            self.problems.append(f"promtool: {run.stderr.strip()[:2000]}")

    def unused(self):
        """Metrics of the catalogue that no panel uses, also not through a recording rule."""
        used, before = set(self.used), set()
        while used != before:
            before = set(used)
            for name in before & set(self.rules):
                used |= {metric for metric in self.metrics if re.search(rf"\b{metric}\b", self.rules[name])}
        return sorted(self.catalogue - used)


def main(arguments):
    show_unused = "--unused" in arguments
    arguments = [each for each in arguments if each != "--unused"]
    if not arguments or len(arguments) > 2:
        print(__doc__.splitlines()[0], file=sys.stderr)
        return 2
    catalogue = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    checks = Checks(catalogue, Path(arguments[1]) if len(arguments) == 2 else HERE.parent)
    problems = checks.run()
    print("\n".join(problems))
    if show_unused:
        print("metrics that no panel uses:", *checks.unused(), sep="\n  ")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
