# shellcheck shell=bash
# help: measures what the alert and recording rules cost a Prometheus with 10,000 series and a month behind it
need_test
build release
mkdir -p build/rules
PYTHONDONTWRITEBYTECODE=1 python3 bench/rules.py build/release/cpaas_exporter build/release/cpaas_sandbox build/rules
