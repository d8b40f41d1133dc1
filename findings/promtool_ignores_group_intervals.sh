#!/usr/bin/env bash
# promtool's unit tests evaluate every rule group at the test's pace and ignore the group's own `interval`, so alerts come early in tests.
# Version: promtool of Prometheus v0.316.0 (3.16, Go module)
#
# A group says `interval: 5m` and an alert in it `for: 7m`. A server evaluates it at 0, 5 and 10 minutes: it is pending from 0 and fires at 10. The test
# fires at 7, because all groups run each `evaluation_interval`, and nothing says that the group's interval was not used. A test that states
# what the server does fails. With `evaluation_interval: 5m` it passes, but then every other group of the files is slow too, so groups
# with different intervals, the usual reason to write one, can't be tested in one file.
# Why it matters: usage APIs are asked seldom, so their rules are in slow groups; a "fires within 7 minutes" that is tested is untrue.
#
# Seen (the test's evaluation_interval, and whether its alerts are the server's):
#   1m: not the server's: firing at 7m
#   5m: as the server
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
GOBIN="$work" go install -tags remove_all_sd github.com/prometheus/prometheus/cmd/promtool@v0.316.0 2>log || { cat log >&2; exit 2; }

cat >rules.yml <<'YAML'
groups:
  - name: usage
    interval: 5m
    rules:
      - {alert: Spending, expr: cost_total > 100, for: 7m}
YAML
as_the_server() { # EVALUATION_INTERVAL
  cat >test.yml <<YAML
rule_files: [rules.yml]
evaluation_interval: $1
tests:
  - interval: 1m
    input_series: [{series: cost_total, values: 200x20}]
    alert_rule_test:
      - {eval_time: 7m, alertname: Spending, exp_alerts: []}
      - {eval_time: 9m, alertname: Spending, exp_alerts: []}
      - {eval_time: 10m, alertname: Spending, exp_alerts: [{}]}
YAML
  ./promtool test rules test.yml >out 2>&1
}
{
  as_the_server 1m && echo "1m: as the server" || echo "1m: not the server's: $(grep -q 'time: 7m' out && echo firing at 7m)"
  as_the_server 5m && echo "5m: as the server" || echo "5m: not the server's"
} | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: promtool's tests keep to other intervals now" >&2; exit 1; }
1m: not the server's: firing at 7m
5m: as the server
EXPECTED
echo "as found"
