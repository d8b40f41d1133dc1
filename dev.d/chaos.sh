# shellcheck shell=bash
# help: kills the exporter 200 times (--short: 10, --kills=N) and compares its counters with the sandbox's books; --prometheus: and the increases that a Prometheus saw
. dev.d/lib/proofs.sh
build_proof cpaas_chaos
run_proof cpaas_chaos --kills=10 "$@"
