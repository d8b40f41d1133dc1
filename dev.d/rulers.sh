# shellcheck shell=bash
# help: rules, alerts and scrapes with Prometheus 3.16, VictoriaMetrics and an OpenTelemetry Collector beside Debian's; builds them with Go
. dev.d/lib/rulers.sh
need_test
build dev cpaas_exporter cpaas_sandbox cpaas_shifted_clock
programs=()
if ! command -v go >/dev/null; then
  loudly "Go is not there, so only Debian's Prometheus is tried"
elif ! install_rulers; then
  echo "./dev rulers: the programs could not be built" >&2
  exit 1
else
  programs=("$rulers_dir")
fi
PYTHONDONTWRITEBYTECODE=1 python3 tests/rulers/rulers.py "$@" build/dev/cpaas_exporter build/dev/cpaas_sandbox \
  build/dev/tests/end_to_end/libcpaas_shifted_clock.so "${programs[@]}"
