#!/usr/bin/env bash
# Telegraf's OpenMetrics parser moves the time at which a histogram was created into the future, by a year for each 32 ms of its fraction.
# Version: github.com/influxdata/telegraf v1.37.2 (Go module), plugins/parsers/openmetrics, what inputs.prometheus uses for such pages
#
# It adds the nanoseconds of `_created` to its seconds without dividing them: 1764252000.5 (November 2025) becomes 2264252000 (October 2041). Whole seconds
# are right, as most hand-made examples have them, and so are summaries with metric_version 1. With version 2 histograms and summaries
# are wrong; the created time of a counter is dropped without a word, and its `_total` with it, so a page that is asked for as
# OpenMetrics gives other names than the same page as text.
# Why it matters: a rate or a "counting since" of call durations that starts at the created time starts in 16 years.
#
# Seen:
#   v1 call_seconds created 2264252000
#   v1 calls counter 42
#   v1 sms_seconds created 1764252000
#   v1 wait created 1764252000.5
#   v2 openmetric call_seconds_created 2264252000
#   v2 openmetric calls 42
#   v2 openmetric sms_seconds_created 1764252000
#   v2 openmetric wait_created 2264252000
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >page <<'PAGE'
# TYPE calls counter
calls_total 42.0
calls_created 1764252000.5
# TYPE call_seconds histogram
call_seconds_bucket{le="+Inf"} 1
call_seconds_count 1
call_seconds_sum 30.0
call_seconds_created 1764252000.5
# TYPE sms_seconds histogram
sms_seconds_bucket{le="+Inf"} 1
sms_seconds_count 1
sms_seconds_sum 3.0
sms_seconds_created 1764252000.0
# TYPE wait summary
wait_count 1
wait_sum 30.0
wait_created 1764252000.5
# EOF
PAGE
cat >go.mod <<'MOD'
module created
go 1.25
require github.com/influxdata/telegraf v1.37.2
MOD
cat >main.go <<'GO'
package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/influxdata/telegraf/plugins/parsers/openmetrics"
)

func main() {
	page, _ := os.ReadFile("page")
	kind := http.Header{"Content-Type": {"application/openmetrics-text; version=1.0.0; charset=utf-8"}}
	for version := 1; version <= 2; version++ {
		parser := openmetrics.Parser{MetricVersion: version, Header: kind}
		metrics, err := parser.Parse(page)
		if err != nil {
			panic(err)
		}
		for _, metric := range metrics {
			for name, value := range metric.Fields() {
				if strings.HasSuffix(name, "created") || value == 42.0 {
					fmt.Printf("v%d %s %s %.15g\n", version, metric.Name(), name, value)
				}
			}
		}
	}
}
GO
go mod tidy 2>log || { cat log >&2; exit 2; }
go run . | LC_ALL=C sort | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: the parser reads times of creation otherwise now" >&2; exit 1; }
v1 call_seconds created 2264252000
v1 calls counter 42
v1 sms_seconds created 1764252000
v1 wait created 1764252000.5
v2 openmetric call_seconds_created 2264252000
v2 openmetric calls 42
v2 openmetric sms_seconds_created 1764252000
v2 openmetric wait_created 2264252000
EXPECTED
echo "as found"
