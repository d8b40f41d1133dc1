# shellcheck shell=bash
# help: sandbox, exporter, Prometheus and Alertmanager on loopback until Ctrl-C; with --check only until all of it has worked
. dev.d/lib/demo.sh
case ${1:-} in
  "") ;;
  --check) demo_dir=build/demo_check ;;
  *)
    echo "./dev demo: unknown argument '$1'" >&2
    exit 2
    ;;
esac
need_build curl prometheus prometheus-alertmanager python3 python3-yaml
build release

rm -rf "$demo_dir"
mkdir -p "$demo_dir"
trap stop_all EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
start_sandbox
start_exporter
start_alertmanager
start_prometheus

cat <<SUMMARY

  exporter      $exporter_url/  (metrics: $exporter_url/metrics)
  Prometheus    $prometheus_url/graph  (alerts: $prometheus_url/alerts)
  Alertmanager  $alertmanager_url/  (to see what it holds: amtool --alertmanager.url=$alertmanager_url alert)
  sandbox       http://127.0.0.1:$sandbox_port/sandbox  (four providers' APIs, at 60 times the speed of life)
  files         $demo_dir/  (configuration and logs)

The first alerts come within a minute, further ones as the story goes on: all that the rules wait for is a ${demo_pace}th of what is shipped.

SUMMARY
show_numbers
cat <<'SUMMARY'

Try in Prometheus:
  cpaas_balance                                what is left, by account
  rate(cpaas_balance_spent_total[5m]) * 60     what an hour of the sandbox's life costs
  cpaas_quota_used / cpaas_quota_limit         how full each plan is

SUMMARY
if [ "${1:-}" = --check ]; then
  until_true 90 "the story's first alert" alert_raised
  echo "./dev demo: everything works"
  exit 0
fi
echo "Ctrl-C stops all of it."
wait -n "${demo_pids[@]}" || true
fail "a program ended by itself"
