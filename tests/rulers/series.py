"""Whether the page arrives whole: what each scraper has of it after a scrape, beside the page itself.

The page is the demo's, polled once and then left alone. What the exporter says of itself changes all the time, so of that only the names are
compared. Samples are {(name, ((label, value), ...)): value}, without the labels of the target.
"""
import json
import math
import re
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "stack"))
from programs import Exporter, Program, Prometheus, QueryApi, Sandbox, VictoriaMetrics, fetch, free_address, wait_until  # noqa: E402

TEXT, OPEN_METRICS = "text/plain", "application/openmetrics-text"
SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
ROUNDING = 1e-12  # VictoriaMetrics keeps 12 digits, or some more
OF_THE_TARGET = {"job", "instance"}
OF_THE_PROGRAM = re.compile(r"process_|cpaas_exporter_")
OF_THE_SCRAPE = re.compile(r"up$|scrape_")  # what scrapers add of their own
SCRAPE_CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs: [{{job_name: cpaas, static_configs: [{{targets: ["{target}"]}}]}}]
"""
COLLECTOR_CONFIG = """\
receivers: {{prometheus: {{config: {{scrape_configs: [{{job_name: cpaas, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{{targets: ["{target}"]}}]}}]}}}}}}
exporters: {{file: {{path: "{file}", flush_interval: 100ms}}}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{metrics: {{receivers: [prometheus], exporters: [file]}}}}
"""


def sample(name, labels, value):
    return (name, tuple(sorted((name, value) for name, value in labels.items() if name not in OF_THE_TARGET))), float(value)


def plain(text):
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text)


def samples_of_page(text):
    matches = (SAMPLE.match(line) for line in text.splitlines() if not line.startswith("#"))
    return dict(sample(match[1], {name: plain(value) for name, value in LABEL.findall(match[2] or "")}, match[3]) for match in matches)


def page(exporter, kind):
    request = urllib.request.Request(f"{exporter.url}/metrics", headers={"Accept": kind})
    return samples_of_page(fetch(request))


def differences(wanted, arrived):
    """(missing, other value, unknown) of the series that arrived."""
    missing = sorted(set(wanted) - set(arrived))
    other = sorted(key for key in set(wanted) & set(arrived) if not math.isclose(wanted[key], arrived[key], rel_tol=ROUNDING) and not OF_THE_PROGRAM.match(key[0]))
    unknown = sorted(key for key in set(arrived) - set(wanted) if not OF_THE_SCRAPE.match(key[0]))
    return missing, other, unknown


# --- scrapers: each gives the samples that it has of the target, or nothing as long as it has not scraped


def queried(program):
    result = program.query('{job="cpaas"}')
    return dict(sample(each["metric"].pop("__name__"), each["metric"], each["value"][1]) for each in result)


@contextmanager
def prometheus(program, folder, target):
    with Prometheus(folder, config=SCRAPE_CONFIG.format(target=target), program=program) as running:
        yield lambda: queried(running)


@contextmanager
def victoria(program, folder, target):
    with VictoriaMetrics(program, folder, "-search.latencyOffset=0s", config=SCRAPE_CONFIG.format(target=target)) as running:
        yield lambda: queried(running)


@contextmanager
def vmagent(program, folder, target):
    """With a VictoriaMetrics behind it, which scrapes nothing."""
    config = folder / "vmagent.yml"
    config.write_text(SCRAPE_CONFIG.format(target=target), encoding="utf-8")
    with VictoriaMetrics(program.parent / "victoria-metrics", folder, "-search.latencyOffset=0s") as store:
        with Program("vmagent", folder, [program, f"-promscrape.config={config}", f"-remoteWrite.url={store.url}/api/v1/write",
                                         f"-remoteWrite.tmpDataPath={folder}/vmagent", f"-httpListenAddr={free_address()}"]):
            yield lambda: queried(store)


def value_of(point):
    return point.get("asDouble", float(point.get("asInt", 0)))


def collected(file):
    """The last points in the collector's file."""
    result = {}
    *lines, _ = file.read_text(encoding="utf-8").split("\n") if file.exists() else [""]  # without the line that is still written
    for line in lines:
        scopes = (scope for resource in json.loads(line)["resourceMetrics"] for scope in resource["scopeMetrics"])
        for metric in (metric for scope in scopes for metric in scope["metrics"]):
            for point in (metric.get("gauge") or metric.get("sum"))["dataPoints"]:
                labels = {each["key"]: each["value"]["stringValue"] for each in point.get("attributes", [])}
                result.update([sample(metric["name"], labels, value_of(point))])
    return result


@contextmanager
def collector(program, folder, target):
    config, file = folder / "collector.yml", folder / "collected.json"
    config.write_text(COLLECTOR_CONFIG.format(target=target, file=file), encoding="utf-8")
    with Program("collector", folder, [program, f"--config={config}"]):
        yield lambda: collected(file)


# --- the comparison


@contextmanager
def demo(exporter, sandbox, folder):
    """The exporter with the demo's accounts, each polled once."""
    with Sandbox(sandbox, folder, "--seed=1", "--story=demo") as providers:
        text = (ROOT / "deploy" / "demo" / "cpaas.yml").read_text(encoding="utf-8")
        text = text.replace("127.0.0.1:8080", f"127.0.0.1:{providers.port}").replace("interval: 10s", "interval: 1h")
        (folder / "cpaas.yml").write_text(text, encoding="utf-8")
        with Exporter(exporter, folder, free_address()) as running:
            running.page_after_polls()
            yield running


def compare(exporter, scraper, program, folder, kind):
    """(series of the page, differences) after one scrape; kind is what the scraper asks for."""
    folder.mkdir()
    wanted = page(exporter, kind)
    with scraper(program, folder, exporter.url.removeprefix("http://")) as arrived:
        found = wait_until("a scrape", lambda: (samples := arrived()) and len(samples) > len(wanted) / 2 and samples)
    return len(wanted), differences(wanted, found)
