#!/usr/bin/env bash
# OpenTelemetry's Prometheus exporters name one instrument in three ways, by language; in JavaScript the currency is lost.
# Version: @opentelemetry/exporter-prometheus 0.223.0 with sdk-metrics 2.12.1 (npm), opentelemetry-exporter-prometheus 0.66b2 with sdk 1.45.2
#   (PyPI), go.opentelemetry.io/otel/exporters/prometheus v0.69.0 (Go)
#
# A counter of money with unit USD is `sms_cost_USD_total` from Python and Go, upper case and all, and `sms_cost_total` from JavaScript, which uses units in no
# name: a counter in USD and one in EUR are then one family. A gauge with unit 1 is `quality_ratio` from Go only. Minutes become `_minutes`,
# but not inside a rate: EUR/min ends with `_EUR_per_min`. All of it with each exporter's defaults.
# Why it matters: rules written for a service in one language find nothing, or the wrong unit, when it is rewritten in another.
#
# Seen (sms.cost in USD, call.duration in min, quality in 1, price in EUR/min):
#   js: call_duration_total price quality sms_cost_total
#   python: call_duration_minutes_total price_EUR_per_min quality sms_cost_USD_total
#   go: call_duration_minutes_total price_EUR_per_min quality_ratio sms_cost_USD_total
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . @opentelemetry/api@1.9.0 @opentelemetry/sdk-metrics@2.12.1 @opentelemetry/exporter-prometheus@0.223.0
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check opentelemetry-sdk==1.45.2 opentelemetry-exporter-prometheus==0.66b2 prometheus-client==0.26.0

cat >names.js <<'JS'
const {MeterProvider} = require('@opentelemetry/sdk-metrics');
const {PrometheusExporter, PrometheusSerializer} = require('@opentelemetry/exporter-prometheus');
const reader = new PrometheusExporter({preventServerStart: true});
const meter = new MeterProvider({readers: [reader]}).getMeter('calls');
meter.createCounter('sms.cost', {unit: 'USD'}).add(1);
meter.createCounter('call.duration', {unit: 'min'}).add(1);
meter.createGauge('quality', {unit: '1'}).record(1);
meter.createGauge('price', {unit: 'EUR/min'}).record(1);
reader.collect().then(({resourceMetrics}) => console.log(new PrometheusSerializer().serialize(resourceMetrics)));
JS
cat >names.py <<'PYTHON'
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import REGISTRY, generate_latest

meter = MeterProvider([PrometheusMetricReader()]).get_meter("calls")
meter.create_counter("sms.cost", "USD").add(1)
meter.create_counter("call.duration", "min").add(1)
meter.create_gauge("quality", "1").set(1)
meter.create_gauge("price", "EUR/min").set(1)
print(generate_latest(REGISTRY).decode())
PYTHON
cat >go.mod <<'MOD'
module names
go 1.25
require (
	github.com/prometheus/client_golang v1.24.1
	github.com/prometheus/common v0.70.1
	go.opentelemetry.io/otel/exporters/prometheus v0.69.0
)
MOD
cat >names.go <<'GO'
package main

import (
	"context"
	"os"

	client "github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	"go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
)

func main() {
	registry, ctx := client.NewRegistry(), context.Background()
	reader, err := prometheus.New(prometheus.WithRegisterer(registry))
	if err != nil {
		panic(err)
	}
	meter := sdk.NewMeterProvider(sdk.WithReader(reader)).Meter("calls")
	cost, _ := meter.Float64Counter("sms.cost", metric.WithUnit("USD"))
	cost.Add(ctx, 1)
	duration, _ := meter.Float64Counter("call.duration", metric.WithUnit("min"))
	duration.Add(ctx, 1)
	quality, _ := meter.Float64Gauge("quality", metric.WithUnit("1"))
	quality.Record(ctx, 1)
	price, _ := meter.Float64Gauge("price", metric.WithUnit("EUR/min"))
	price.Record(ctx, 1)
	families, _ := registry.Gather()
	for _, family := range families {
		expfmt.MetricFamilyToText(os.Stdout, family)
	}
}
GO
names() { sed -nE 's/^# TYPE ([a-zA-Z_]+) .*/\1/p' | grep -E '^(sms_cost|call_duration|quality|price)' | LC_ALL=C sort | paste -sd ' '; }
go mod tidy 2>log || { cat log >&2; exit 2; }
{
  echo "js: $(node names.js | names)"
  echo "python: $(env/bin/python names.py | names)"
  echo "go: $(go run . | names)"
} | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: the exporters name instruments otherwise now" >&2; exit 1; }
js: call_duration_total price quality sms_cost_total
python: call_duration_minutes_total price_EUR_per_min quality sms_cost_USD_total
go: call_duration_minutes_total price_EUR_per_min quality_ratio sms_cost_USD_total
EXPECTED
echo "as found"
