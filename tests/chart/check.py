#!/usr/bin/env python3
"""check.py RENDERED GOLDEN: what `helm template` rendered must hold the rules of alerts/ and the dashboards of dashboards/ as they are, if it
holds any, and otherwise be the file GOLDEN. With UPDATE_GOLDEN=1 that is written.

A configuration in it must be good for `cpaas_exporter check`, if CPAAS_EXPORTER names the program."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent


def rules():
    return [group for path in sorted((ROOT / "alerts").glob("*.yml")) for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]]


def dashboards():
    return {f"cpaas-{path.name}": json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "dashboards").glob("*.json")}


def is_dashboard(item):
    return item["kind"] == "ConfigMap" and "grafana_dashboard" in item["metadata"]["labels"]


def check_configuration(item):
    program = os.environ.get("CPAAS_EXPORTER")
    if not program:
        return []
    text = yaml.safe_load(item["data"]["cpaas.yml"])
    with tempfile.TemporaryDirectory() as folder:
        for account in text["accounts"]:
            for key in [key for key in account if key.endswith("_file")]:
                account[key] = os.path.join(folder, "secret")
        Path(folder, "secret").write_text("key\n", encoding="utf-8")
        Path(folder, "cpaas.yml").write_text(yaml.safe_dump(text), encoding="utf-8")
        done = subprocess.run([program, "check", f"--config.file={folder}/cpaas.yml"], capture_output=True, text=True, check=False)
    return [done.stderr] if done.returncode else []


def problems_of(items):
    problems = []
    for item in items:
        if item["kind"] == "PrometheusRule" and item["spec"]["groups"] != rules():
            problems.append("the rules are not those of alerts/")
        if item["kind"] == "ConfigMap" and "cpaas.yml" in item["data"]:
            problems += check_configuration(item)
    shown = {name: json.loads(text) for item in items if is_dashboard(item) for name, text in item["data"].items()}
    if shown and shown != dashboards():
        problems.append("the dashboards are not those of dashboards/")
    return problems


def without_bulk(items):
    """What is compared as text: rules and dashboards change for reasons of their own."""
    for item in items:
        if item["kind"] == "PrometheusRule":
            item["spec"] = "as in alerts/"
        if is_dashboard(item):
            item["data"] = {name: "as in dashboards/" for name in item["data"]}
    return yaml.safe_dump_all(items, sort_keys=False, width=140)


def main(rendered, golden):
    items = [item for item in yaml.safe_load_all(Path(rendered).read_text(encoding="utf-8")) if item]
    problems = problems_of(items)
    written = without_bulk(items)
    if os.environ.get("UPDATE_GOLDEN"):
        Path(golden).write_text(written, encoding="utf-8")
    elif not Path(golden).exists() or Path(golden).read_text(encoding="utf-8") != written:
        problems.append(f"{golden} differs from what is rendered; read `UPDATE_GOLDEN=1 ./dev chart; git diff`")
    for problem in problems:
        print(f"{rendered}: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
