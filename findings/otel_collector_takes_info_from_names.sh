#!/usr/bin/env bash
# OpenTelemetry Collector's Prometheus receiver drops `_info` from a name where the page is OpenMetrics, and keeps it where it is text.
# Version: prometheusreceiver v0.165.1 (Go module), prometheus-client 0.26.0 (PyPI)
#
# prometheus-client gives both formats, and the receiver asks for OpenMetrics. There the family is `account`, of type info, and its sample `account_info`;
# the receiver names the metric by the family, as a sum that may fall, so `account_info{plan="prepaid"} 1` is stored as `account`. Of a counter, which
# OpenMetrics divides in the same way, it keeps the sample's name, `calls_total`. With `scrape_protocols: [PrometheusText0.0.4]`, or after a
# library was told to give text only, it is `account_info` again.
# Why it matters: joins that put an account's plan or owner beside its calls (`* on (account) group_left (plan) account_info`) find nothing.
#
# Seen:
#   OpenMetrics: account calls_total
#   text: account_info calls_created calls_total
set -euo pipefail
work=$(mktemp -d) server=
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
cat >go.mod <<'MOD'
module names
go 1.25
require (
	github.com/open-telemetry/opentelemetry-collector-contrib/receiver/prometheusreceiver v0.165.1
	go.opentelemetry.io/collector/component/componenttest v0.165.0
	go.opentelemetry.io/collector/consumer v1.71.0
	go.opentelemetry.io/collector/receiver/receivertest v0.165.0
)
MOD
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/prometheusreceiver"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

type settings = map[string]any

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// names of the metrics of one scrape, but for those that the receiver adds.
func names(metrics pmetric.Metrics) string {
	var all []string
	for _, resource := range metrics.ResourceMetrics().All() {
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				if strings.HasPrefix(metric.Name(), "account") || strings.HasPrefix(metric.Name(), "calls") {
					all = append(all, metric.Name())
				}
			}
		}
	}
	sort.Strings(all)
	return strings.Join(all, " ")
}

func main() {
	ctx, factory, seen := context.Background(), prometheusreceiver.NewFactory(), make(chan string, 8)
	next, err := consumer.NewMetrics(func(_ context.Context, metrics pmetric.Metrics) error {
		if found := names(metrics); found != "" {
			seen <- found
		}
		return nil
	})
	check(err)
	scrape := settings{"job_name": "calls", "scrape_interval": "1s", "scrape_protocols": []any{os.Args[2]},
		"static_configs": []any{settings{"targets": []any{os.Args[1]}}}}
	config := factory.CreateDefaultConfig()
	check(confmap.NewFromStringMap(settings{"config": settings{"scrape_configs": []any{scrape}}}).Unmarshal(config))
	receiver, err := factory.CreateMetrics(ctx, receivertest.NewNopSettings(factory.Type()), config, next)
	check(err)
	check(receiver.Start(ctx, componenttest.NewNopHost()))
	fmt.Println(<-seen)
	check(receiver.Shutdown(ctx))
}
GO
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check prometheus-client==0.26.0
cat >page.py <<'PYTHON'
from prometheus_client import CollectorRegistry, Counter, Info, start_http_server

registry = CollectorRegistry()
Info("account", "The account's plan.", registry=registry).info({"plan": "prepaid"})
Counter("calls", "Calls.", registry=registry).inc(42)
server, thread = start_http_server(0, "127.0.0.1", registry)
print(server.server_port, flush=True)
thread.join()
PYTHON
GOFLAGS=-mod=mod go build -tags remove_all_sd -o names . 2>log || { cat log >&2; exit 2; }
mkfifo ready
env/bin/python page.py >ready &
server=$!
read -r port <ready
{
  echo "OpenMetrics: $(timeout 60 ./names "127.0.0.1:$port" OpenMetricsText1.0.0)"
  echo "text: $(timeout 60 ./names "127.0.0.1:$port" PrometheusText0.0.4)"
} | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: the receiver names info metrics otherwise now" >&2; exit 1; }
OpenMetrics: account calls_total
text: account_info calls_created calls_total
EXPECTED
echo "as found"
