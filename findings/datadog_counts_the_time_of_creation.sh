#!/usr/bin/env bash
# Datadog's OpenMetrics check sends the time at which a counter was created as a value of that counter, beside its count.
# Version: datadog-checks-base 38.7.0, prometheus-client 0.26.0 (PyPI)
#
# With `use_latest_spec: true` the check asks for OpenMetrics, and prometheus-client then adds `calls_created` to each counter. The check hands every
# sample of the family to the agent as the same monotonic count with the same tags: 42, then the Unix time. `exclude_metrics` names
# families, not samples, so it can't keep the time out. Of a histogram the same line is left out, as it should be.
# Why it matters: a dashboard of calls or of money shows jumps of 1.8 thousand million, in units of the metric, from a page that is right.
#
# Seen:
#   demo.calls.count 2 values ['account:main'] one is a time
#   demo.call_seconds.count 1 values [] one is no time
#   demo.calls.count without use_latest_spec 1 values
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check datadog-checks-base==38.7.0 prometheus-client==0.26.0 binary==1.0.2 cachetools==7.2.0 \
  certifi==2026.10.18 cryptography==50.0.1 lazy-loader==0.5 pydantic==2.13.5 python-dateutil==2.9.0.post0 pyyaml==6.0.3 \
  requests==2.34.2 requests-toolbelt==1.0.0 requests-unixsocket2==1.0.1 wrapt==2.3.0

cat >check.py <<'PYTHON'
import time
from datadog_checks.base.checks.openmetrics.v2.base import OpenMetricsBaseCheckV2
from datadog_checks.base.stubs import aggregator
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server

registry = CollectorRegistry()
Counter("calls", "Calls.", ["account"], registry=registry).labels("main").inc(42)
Histogram("call_seconds", "Durations.", registry=registry).observe(30)
server, _ = start_http_server(0, "127.0.0.1", registry)


def sent(**more):
    """{name: [(value, tags)]} of one run."""
    page = {"openmetrics_endpoint": f"http://127.0.0.1:{server.server_port}/metrics", "namespace": "demo", "metrics": [".+"]}
    check = OpenMetricsBaseCheckV2("demo", {}, [{**page, "tag_by_endpoint": False, "exclude_metrics": [".*_created"], **more}])
    aggregator.reset()
    check.run()
    return {name: [(each.value, each.tags) for each in aggregator.metrics(name)] for name in aggregator.metric_names}


def is_time(values):
    return "a time" if any(abs(value - time.time()) < 60 for value, _ in values) else "no time"


latest = sent(use_latest_spec=True)
for name in ("demo.calls.count", "demo.call_seconds.count"):
    print(name, len(latest[name]), "values", latest[name][-1][1], "one is " + is_time(latest[name]), sep=" ")
print("demo.calls.count without use_latest_spec", len(sent()["demo.calls.count"]), "values")
PYTHON
env/bin/python check.py | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: the check treats the time of creation otherwise now" >&2; exit 1; }
demo.calls.count 2 values ['account:main'] one is a time
demo.call_seconds.count 1 values [] one is no time
demo.calls.count without use_latest_spec 1 values
EXPECTED
echo "as found"
