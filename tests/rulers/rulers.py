#!/usr/bin/env python3
"""rulers.py EXPORTER SANDBOX SHIFTED_CLOCK [TOOLS]: what people run beside Debian's Prometheus, tried with the rules and with the page.

Checks and unit tests of the rules with each promtool and with vmalert's tools; the live proof of the alerts (tests/alerts/live_test.py) on each
that evaluates rules; and whether each that scrapes has the page whole. TOOLS is the folder that ./dev rulers builds; without it only Debian's
programs are tried. Prints a table, leaves logs in build/rulers, and ends with 1 if something failed.
"""
import argparse
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import series

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "rulers"
RULES = sorted((ROOT / "alerts").glob("*.yml"))
UNIT_TESTS = sorted((ROOT / "alerts" / "tests").glob("*_test.yml"))
PACE = 12  # of the live proof: VictoriaMetrics takes a second to show what it has, less than from one evaluation to the next


def run(log, *command, cwd=ROOT):
    """Whether the command ends with 0. Its output goes into the log."""
    with open(LOGS / f"{log}.log", "a", encoding="utf-8") as out:
        print("$", *command, file=out, flush=True)
        return subprocess.run([*map(str, command)], cwd=cwd, stdout=out, stderr=out, check=False).returncode == 0


def passed(results):
    """`results` is {name: whether it is well}."""
    failed = [name for name, well in results.items() if not well]
    return f"{len(results) - len(failed)} of {len(results)}" + "".join(f", not {name}" for name in failed), not failed


def promtool_checks(name, promtool):
    yield f"{name}: rules", passed({path.name: run(name, promtool, "check", "rules", "--lint=all", "--lint-fatal", path) for path in RULES})
    yield f"{name}: unit tests", passed({path.name: run(name, promtool, "test", "rules", path) for path in UNIT_TESTS})


def vmalert_checks(name, folder):
    yield f"{name}: rules", passed({path.name: run(name, folder / "vmalert", "-dryRun", f"-rule={path}") for path in RULES})


def live(name, arguments, pace, ruler):
    well = run(f"live {name}", sys.executable, ROOT / "tests" / "alerts" / "live_test.py", *arguments, pace, ruler)
    log = (LOGS / f"live {name}.log").read_text(encoding="utf-8")
    failed = re.findall(r"^(?:FAIL|ERROR): \w+ .*?(\[.*\]|\(.*\))$", log, re.MULTILINE)
    return f"{name}: live proof", ("ok" if well else "; ".join(failed) or "failed", well)


def scrape(exporter, name, scraper, program, folder, kind):
    wanted, (missing, other, unknown) = series.compare(exporter, scraper, program, folder, kind)
    text = f"{wanted} series, {len(missing)} missing, {len(other)} other values, {len(unknown)} besides"
    examples = [f"{key[0]}{dict(key[1])}" for key in (missing + other + unknown)[:3]]
    return f"{name}: scrape", ("; ".join([text, *examples]), not (missing or other or unknown))


def scrapes(arguments, scrapers):
    with tempfile.TemporaryDirectory(prefix="cpaas_series_") as folder, series.demo(*arguments[:2], Path(folder)) as exporter:
        for number, (name, *rest) in enumerate(scrapers):
            scraper, program, kind = rest
            yield scrape(exporter, name, scraper, program, Path(folder) / str(number), kind)


def show(rows):
    """Each as soon as it is known. Gives whether all are well."""
    well = True
    for what, (text, good) in rows:
        print(f"{'ok  ' if good else 'FAIL'}  {what:<44} {text}", flush=True)
        well &= good
    return well


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=["checks", "live", "series"])
    parser.add_argument("--pace", type=float, default=PACE)
    parser.add_argument("programs", nargs="+", metavar="EXPORTER SANDBOX SHIFTED_CLOCK [TOOLS]")
    return parser.parse_args()


def main():
    options = parse()
    programs, tools = [Path(each).resolve() for each in options.programs[:3]], [Path(each).resolve() for each in options.programs[3:]]
    LOGS.mkdir(parents=True, exist_ok=True)
    for log in LOGS.glob("*.log"):
        if log.stem.startswith(("live ", "promtool ", "vmalert ")):
            log.unlink()
    promtools, rulers, scrapers = [("promtool of Debian", "promtool")], [("Prometheus of Debian", "prometheus")], []
    scrapers.append(("Prometheus of Debian", series.prometheus, "prometheus", series.OPEN_METRICS))
    for folder in tools:
        prometheus, victoria, collector = folder / "prometheus-3.16" / "prometheus", folder / "victoria-1.151", folder / "collector-0.165" / "otelcol"
        promtools += [(f"promtool {version}", folder / f"prometheus-{version}" / "promtool") for version in ("2.53", "3.16")]
        rulers += [("Prometheus 3.16", prometheus), ("vmalert 1.151", victoria)]
        scrapers += [("Prometheus 3.16", series.prometheus, prometheus, series.OPEN_METRICS),
                     ("VictoriaMetrics 1.151", series.victoria, victoria / "victoria-metrics", series.TEXT),
                     ("vmagent 1.151", series.vmagent, victoria / "vmagent", series.TEXT),
                     ("OpenTelemetry Collector 0.165", series.collector, collector, series.OPEN_METRICS)]
    well = True
    if options.only in (None, "checks"):
        for name, promtool in promtools:
            well &= show(promtool_checks(name, promtool))
        for folder in tools:
            well &= show(vmalert_checks("vmalert 1.151", folder / "victoria-1.151"))
    if options.only in (None, "series"):
        well &= show(scrapes(programs, scrapers))
    if options.only in (None, "live"):
        with ThreadPoolExecutor(len(rulers)) as pool:
            well &= show(pool.map(lambda each: live(each[0], programs, options.pace, each[1]), rulers))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
