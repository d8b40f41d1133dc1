"""What scrapes the exporter and evaluates FOLDER/rules.yml in quick time: Debian's Prometheus, another one, or VictoriaMetrics with vmalert.

ruler(WHICH, ...) gives it as a context: WHICH is `prometheus`, the path of such a program, or a folder with the programs victoria-metrics and
vmalert. Prometheus' look-back of 5 minutes and VictoriaMetrics' waits are a PACE-th too, as long as a machine with other work can keep them.
"""
import json
from contextlib import ExitStack
from pathlib import Path

from programs import Prometheus, VictoriaMetrics, Vmalert, wait_until

LOOK_BACK = 300
SHORTEST_LOOK_BACK = 10  # seconds of real time
NEW_SERIES_AT_ONCE = "-storage.cacheSizeIndexDBTagFilters=1"  # this cache hides them for up to 10 s, in quick time for minutes
SCRAPE = """\
global: {{scrape_interval: {scrape}ms, scrape_timeout: {scrape}ms{more}}}
scrape_configs: [{{job_name: cpaas, static_configs: [{{targets: {targets}}}]}}]
"""
RULES = """\
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{alertmanager}"]}}]}}]}}
"""


def scrape_milliseconds(pace):
    return max(500, round(30000 / pace))


def look_back(pace):
    quick = LOOK_BACK / pace if LOOK_BACK / pace >= SHORTEST_LOOK_BACK else LOOK_BACK
    return f"{round(quick * 1000)}ms"


class PrometheusRuler(Prometheus):
    def __init__(self, program, folder, alertmanager, pace):
        self.alertmanager, self.scrape = alertmanager, scrape_milliseconds(pace)
        super().__init__(folder, f"--query.lookback-delta={look_back(pace)}", program=program)

    def follow(self, targets, rules=True):
        """Scrapes these targets. For some seconds Prometheus knows no Alertmanager then, and what fires is sent a minute later."""
        scrape = SCRAPE.format(scrape=self.scrape, targets=json.dumps(targets), more=f", evaluation_interval: {self.scrape}ms")
        self.reconfigure(scrape + (RULES.format(alertmanager=self.alertmanager.address) if rules else ""))
        if rules:
            wait_until("Alertmanager to be found", lambda: self.get("alertmanagers")["activeAlertmanagers"])


class VictoriaRuler(VictoriaMetrics):
    """With the past that FOLDER/*.om tell of."""

    def __init__(self, programs, folder, alertmanager, pace):
        self.folder, self.programs, self.alertmanager, self.pace = folder, programs, alertmanager, pace
        self.running = ExitStack()
        super().__init__(programs / "victoria-metrics", folder, f"-search.latencyOffset={self.quick(30)}", NEW_SERIES_AT_ONCE)
        for past in sorted(folder.glob("*.om")):
            self.load(past)

    def quick(self, seconds):
        return f"{round(seconds * 1000 / self.pace)}ms"

    def follow(self, targets, rules=True):
        self.reconfigure(SCRAPE.format(scrape=scrape_milliseconds(self.pace), targets=json.dumps(targets), more=""))
        if rules and not self.alerting():
            self.vmalert = self.running.enter_context(Vmalert(
                self.programs / "vmalert", self.folder, self, self.alertmanager, f"-evaluationInterval={scrape_milliseconds(self.pace)}ms",
                f"-datasource.queryStep={look_back(self.pace)}", f"-rule.evalDelay={self.quick(30)}", f"-remoteWrite.flushInterval={self.quick(2)}"))

    def alerting(self):
        return hasattr(self, "vmalert")

    def end(self):
        self.running.close()
        super().end()


def ruler(which, folder, alertmanager, pace):
    if Path(which).is_dir():
        return VictoriaRuler(Path(which), folder, alertmanager, pace)
    return PrometheusRuler(which, folder, alertmanager, pace)
