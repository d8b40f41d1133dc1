#!/usr/bin/env bash
# Datadog's OpenMetrics check takes a gauge `calls` and a counter `calls_total` of one text page for one metric, and sends both as the gauge.
# Version: datadog-checks-base 38.7.0, prometheus-client 0.26.0 (PyPI), client_golang v1.25.0 (Go module)
#
# Its parser removes `_total` from every counter's name, also in text pages, where `calls` and `calls_total` are two families and client_golang writes both.
# How to send a name is then decided by whichever comes first, the gauge as pages are sorted: 7 calls now and 49512 so far arrive as two values
# of the gauge `calls`, with the same tags. Beside a histogram `call_seconds` the counter `call_seconds_total` is not sent at all.
# This is the check as configured by default; no warning is logged.
# Why it matters: "calls now" and "calls so far" is the pair that any switch exports, and the graph of the one jumps to the other.
#
# Seen (what is sent for calls 7, calls_total 49512, a histogram of one call of 30 s, and call_seconds_total 9000):
#   demo.call_seconds.count 1
#   demo.call_seconds.sum 30
#   demo.calls 7 49512
set -euo pipefail
work=$(mktemp -d) server=
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check datadog-checks-base==38.7.0 prometheus-client==0.26.0 binary==1.0.2 cachetools==7.2.0 \
  certifi==2026.10.18 cryptography==50.0.1 lazy-loader==0.5 pydantic==2.13.5 python-dateutil==2.9.0.post0 pyyaml==6.0.3 \
  requests==2.34.2 requests-toolbelt==1.0.0 requests-unixsocket2==1.0.1 wrapt==2.3.0
cat >go.mod <<'MOD'
module page
go 1.25
require github.com/prometheus/client_golang v1.25.0
MOD
cat >page.go <<'GO'
package main

import (
	"fmt"
	"net"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func main() {
	now := prometheus.NewGauge(prometheus.GaugeOpts{Name: "calls", Help: "Calls now."})
	soFar := prometheus.NewCounter(prometheus.CounterOpts{Name: "calls_total", Help: "Calls so far."})
	lengths := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "call_seconds", Help: "Lengths.", Buckets: []float64{60}})
	billed := prometheus.NewCounter(prometheus.CounterOpts{Name: "call_seconds_total", Help: "Seconds billed."})
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(now, soFar, lengths, billed)
	now.Set(7)
	soFar.Add(49512)
	lengths.Observe(30)
	billed.Add(9000)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	panic(http.Serve(listener, promhttp.HandlerFor(registry, promhttp.HandlerOpts{})))
}
GO
cat >check.py <<'PYTHON'
import sys
from datadog_checks.base.checks.openmetrics.v2.base import OpenMetricsBaseCheckV2
from datadog_checks.base.stubs import aggregator

page = {"openmetrics_endpoint": f"http://{sys.argv[1]}/metrics", "namespace": "demo", "metrics": [".+"]}
OpenMetricsBaseCheckV2("demo", {}, [page]).run()
for name in sorted(aggregator.metric_names):
    if "bucket" not in name:
        print(name, *(f"{each.value:g}" for each in aggregator.metrics(name)))
PYTHON
GOFLAGS=-mod=mod go build -o page . 2>log || { cat log >&2; exit 2; }
mkfifo ready
./page >ready &
server=$!
read -r address <ready
env/bin/python check.py "$address" | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: the check tells the two apart, or mixes them otherwise, now" >&2; exit 1; }
demo.call_seconds.count 1
demo.call_seconds.sum 30
demo.calls 7 49512
EXPECTED
echo "as found"
