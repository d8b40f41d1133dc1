# shellcheck shell=bash
# The parts of ./dev demo: processes, ports, waiting, and questions to Prometheus.

demo_dir=build/demo
demo_pace=60  # times as fast as life, which the rules and Alertmanager follow
demo_pids=()

# start NAME COMMAND...: in the background, its output in NAME.log. It ends when this shell ends, however that happens.
start() {
  local name=$1
  shift
  setpriv --pdeathsig TERM "$@" >"$demo_dir/$name.log" 2>&1 &
  demo_pids+=($!)
}

stop_all() {
  trap - EXIT
  [ ${#demo_pids[@]} = 0 ] && return
  kill "${demo_pids[@]}" 2>/dev/null || true
  wait "${demo_pids[@]}" 2>/dev/null || true
}

fail() {
  echo "./dev demo: $1; the ends of the logs:" >&2
  tail -n 5 "$demo_dir"/*.log >&2
  exit 1
}

# free_port PREFERRED: that port on loopback, or the next one that nobody listens on.
free_port() {
  local port=$1
  while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    port=$((port + 1))
  done
  echo "$port"
}

all_alive() {
  local pid
  for pid in "${demo_pids[@]}"; do
    kill -0 "$pid" 2>/dev/null || return 1
  done
}

# until_true SECONDS WHAT COMMAND...: repeats the command until it succeeds; in time, and while all programs live.
until_true() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    all_alive || fail "a program ended while waiting for $what"
    [ "$SECONDS" -lt "$end" ] || fail "waited in vain for $what"
    sleep 0.1
  done
}

answers() { curl --fail --silent --max-time 5 "$1"; }

start_sandbox() {
  start sandbox build/release/cpaas_sandbox --listen=127.0.0.1:0 --seed=1 --speed="$demo_pace" --start="$(date -u -d "-40 days" +%FT%TZ)" \
    --story=demo --port-file="$demo_dir/sandbox.port"
  until_true 30 "the sandbox's port" test -s "$demo_dir/sandbox.port"
  sandbox_port=$(cat "$demo_dir/sandbox.port")
}

start_exporter() {
  exporter_port=$(free_port 10777)
  exporter_url=http://127.0.0.1:$exporter_port
  sed "s|127\.0\.0\.1:8080|127.0.0.1:$sandbox_port|" deploy/demo/cpaas.yml >"$demo_dir/cpaas.yml"
  start exporter build/release/cpaas_exporter --config.file="$demo_dir/cpaas.yml" --state.url="sqlite:$demo_dir/state.db" \
    --web.listen-address="127.0.0.1:$exporter_port"
  until_true 30 "the exporter's first polls" answers "$exporter_url/-/ready"
}

# With the shipped examples, on the demo's ports and in the demo's quick time. Nothing listens for notifications.
start_alertmanager() {
  local port
  port=$(free_port 9093)
  PYTHONDONTWRITEBYTECODE=1 python3 tests/stack/quick_time.py "$demo_pace" 127.0.0.1:9099 "$demo_dir"
  alertmanager_url=http://127.0.0.1:$port
  start alertmanager prometheus-alertmanager --config.file="$demo_dir/alertmanager.yml" --cluster.listen-address= \
    --storage.path="$demo_dir/alertmanager" --web.listen-address="127.0.0.1:$port"
  until_true 30 "Alertmanager" answers "$alertmanager_url/-/ready"
}

start_prometheus() {
  local port
  port=$(free_port 9090)
  prometheus_url=http://127.0.0.1:$port
  sed "s|localhost:10777|127.0.0.1:$exporter_port|; s|localhost:9093|${alertmanager_url#http://}|; s|_interval: 30s|_interval: 1s|
    s|\.\./\.\./alerts/\*\.yml|rules.yml|" deploy/prometheus/prometheus.yml >"$demo_dir/prometheus.yml"
  start prometheus prometheus --config.file="$demo_dir/prometheus.yml" --storage.tsdb.path="$demo_dir/prometheus" \
    --web.listen-address="127.0.0.1:$port"
  until_true 60 "Prometheus" answers "$prometheus_url/-/ready"
  until_true 60 "Prometheus' meeting with Alertmanager" alertmanager_found
  until_true 30 "the first scrape" equals 'up{job="cpaas"}' 1
  until_true 30 "a good poll of every endpoint" equals 'min(cpaas_up)' 1
}

# query EXPRESSION: the first value that Prometheus gives for it, or nothing.
query() {
  curl --fail --silent --max-time 5 --get --data-urlencode "query=$1" "$prometheus_url/api/v1/query" |
    sed -n 's/.*"value":\[[0-9.]*,"\([^"]*\)"\].*/\1/p'
}

# Prometheus has found Alertmanager.
alertmanager_found() { answers "$prometheus_url/api/v1/alertmanagers" | grep -q '"activeAlertmanagers":\[{'; }

# The story's first alert: credits below their threshold.
alert_raised() { answers "$alertmanager_url/api/v2/alerts" | grep -q '"alertname":"CpaasCreditsLow"'; }

equals() { [ "$(query "$1")" = "$2" ]; }

# show NAME FORMAT EXPRESSION
show() {
  local value
  value=$(query "$3")
  # shellcheck disable=SC2059  # the format is ours
  printf "  %-24s $2\n" "$1" "${value:-0}"
}

show_numbers() {
  show "accounts" "%.0f" 'count(count by (account) (cpaas_up))'
  show "endpoints polled" "%.0f" 'count(cpaas_up == 1)'
  show "series" "%.0f" 'scrape_samples_scraped{job="cpaas"}'
  show "credits left" "%.0f" 'sum(cpaas_credits_remaining)'
  show "reseller's balance" "%.2f INR" 'sum(cpaas_balance{currency="INR"})'
  show "customers' wallets" "%.0f" 'count(cpaas_customer_balance)'
  show "lowest of them" "%.2f INR" 'min(cpaas_customer_balance{currency="INR"})'
  show "calls in 30 days" "%.0f" 'sum(cpaas_30d_calls)'
  show "fullest quota" "%.0f %%" '100 * max(cpaas_quota_used / cpaas_quota_limit)'
  show "alerts firing" "%.0f" 'count(ALERTS{alertstate="firing"})'
}
