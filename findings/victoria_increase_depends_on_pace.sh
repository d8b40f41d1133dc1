#!/usr/bin/env bash
# VictoriaMetrics: two new counters go from 500 to 550 in the same minutes, and increase() says 50 of one and 550 of the other.
# Version: VictoriaMetrics v1.151.0 (Go module)
#
# Where no sample precedes the range, increase() and delta() take the first value as grown from 0 if it is less than ten times the first step (and
# one more): 500 counts after a step of 50 or more, and does not after one of 49. So the result depends on how the same calls are spread over
# the scrapes. delta() does it to gauges too: a balance that falls from 500 to 450 in one step "rises" by 450. rate() has no such rule, so it is not
# increase() divided by the time; increase_prometheus() gives 50 always.
# Why it matters: an alert on the calls or the money of the last hour fires, or not, for an account that just began to be scraped.
#
# Seen (account=value):
#   increase: burst=550 steady=50
#   increase_prometheus: burst=50 steady=50
#   rate, times the 6 minutes: burst=50 steady=50
#   delta of a balance that falls by 50: burst=450 steady=-50
set -euo pipefail
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work"
GOBIN="$work" go install github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics@v1.151.0 2>log || { cat log >&2; exit 2; }
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
./victoria-metrics -storageDataPath=data -httpListenAddr="127.0.0.1:$port" -loggerLevel=ERROR &
server=$!

cat >ask.py <<'PYTHON'
import json
import sys
import time
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

BASE = f"http://127.0.0.1:{sys.argv[1]}"
START = (int(time.time()) // 60 - 60) * 60
SERIES = {("calls_total", "steady"): [500, 549, 550], ("calls_total", "burst"): [500, 550, 550],
          ("balance", "steady"): [500, 499, 450], ("balance", "burst"): [500, 450, 450]}


def call(path, data=None):
    for _ in range(100):
        try:
            return urlopen(BASE + path, data=data, timeout=10).read()
        except URLError:
            time.sleep(0.1)
    sys.exit("VictoriaMetrics did not answer")


def ask(query):
    """Until the four series can be found: what was just written is not at once."""
    for _ in range(100):
        result = json.loads(call("/api/v1/query?" + urlencode({"query": query, "time": START + 420})))["data"]["result"]
        if len(result) == 2:
            return " ".join(sorted(f"{each['metric']['account']}={round(float(each['value'][1]), 6):g}" for each in result))
        time.sleep(0.1)
    sys.exit(f"no two series for {query}")


for (name, account), values in SERIES.items():
    values = values + [values[-1]] * 4
    call("/api/v1/import", json.dumps({"metric": {"__name__": name, "account": account}, "values": values,
                                       "timestamps": [(START + 60 * each) * 1000 for each in range(len(values))]}).encode())
call("/internal/force_flush")
print("increase:", ask("increase(calls_total[10m])"))
print("increase_prometheus:", ask("increase_prometheus(calls_total[10m])"))
print("rate, times the 6 minutes:", ask("rate(calls_total[10m]) * 360"))
print("delta of a balance that falls by 50:", ask("delta(balance[10m])"))
PYTHON
python3 ask.py "$port" | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: increase() or delta() begin otherwise now" >&2; exit 1; }
increase: burst=550 steady=50
increase_prometheus: burst=50 steady=50
rate, times the 6 minutes: burst=50 steady=50
delta of a balance that falls by 50: burst=450 steady=-50
EXPECTED
echo "as found"
