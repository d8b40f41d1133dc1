#!/usr/bin/env bash
# Alertmanager never says that an alert is resolved if it resolves while it is inhibited, not even when the inhibition ends.
# Version: github.com/prometheus/alertmanager v0.35.0 (Go module; built without its web pages, which the module lacks)
#
# "Spending" fires and is sent. Then "Down" fires, which inhibits it for the same account, and Spending resolves. Inhibition holds back the good news
# like the bad: nothing is sent at the next group_interval, and when Down resolves later the group of Spending is empty and gone. The receiver, with
# send_resolved: true, has an incident that nobody closes. Without the inhibition the resolved notification comes within a group_interval.
# Why it matters: "API down inhibits spend alerts" is the usual rule where usage is polled, and each outage of the API leaves incidents open.
#
# Seen:
#   inhibited: Spending firing, Down firing, Down resolved
#   not inhibited: Spending firing, Down firing, Spending resolved, Down resolved
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
source=$(go mod download -json github.com/prometheus/alertmanager@v0.35.0 | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
cp -R "$source" source
chmod -R u+w source
mkdir -p source/ui/app/dist/elm source/ui/app/dist/mantine
touch source/ui/app/dist/index.html
(cd source && GOWORK=off go build -o .. ./cmd/alertmanager 2>../log) || { cat log >&2; exit 2; }

cat >story.py <<'PYTHON'
import http.server
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import datetime, timedelta, timezone

CONFIG = """
route: {receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
inhibit_rules: [{source_matchers: [alertname="%s"], target_matchers: [alertname="Spending"], equal: [account]}]
receivers: [{name: hook, webhook_configs: [{url: "http://127.0.0.1:%d/", send_resolved: true}]}]
"""
told = []


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        for alert in json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"]:
            told.append(f"{alert['labels']['alertname']} {alert['status']}")
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def tell(port, name, ends_in):
    ends = (datetime.now(timezone.utc) + timedelta(seconds=ends_in)).isoformat()
    alert = json.dumps([{"labels": {"alertname": name, "account": "main"}, "endsAt": ends}]).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v2/alerts", alert, {"Content-Type": "application/json"})
    for _ in range(100):
        try:
            return urllib.request.urlopen(request).read()
        except OSError:
            time.sleep(0.1)
    sys.exit("Alertmanager did not answer")


def wait_for(what, seconds):
    until = time.time() + seconds
    while what not in told and time.time() < until:
        time.sleep(0.05)


hook = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=hook.serve_forever, daemon=True).start()
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
with open("config.yml", "w", encoding="utf-8") as config:
    config.write(CONFIG % (sys.argv[1], hook.server_port))
server = subprocess.Popen(["./alertmanager", "--config.file=config.yml", f"--storage.path={sys.argv[1]}", "--cluster.listen-address=",
                           f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"])
try:
    for name in ("Spending", "Down"):
        tell(port, name, 300)
        wait_for(f"{name} firing", 20)
    for name in ("Spending", "Down"):
        tell(port, name, -1)
        wait_for(f"{name} resolved", 8)  # eight group intervals
    time.sleep(4)
finally:
    server.kill()
print(", ".join(told))
PYTHON
{
  echo "inhibited: $(python3 story.py Down)"
  echo "not inhibited: $(python3 story.py Other)"
} | tee seen

diff seen - <<'EXPECTED' || { echo "CHANGED: resolved notifications come otherwise now" >&2; exit 1; }
inhibited: Spending firing, Down firing, Down resolved
not inhibited: Spending firing, Down firing, Spending resolved, Down resolved
EXPECTED
echo "as found"
