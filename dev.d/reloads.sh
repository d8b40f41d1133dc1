# shellcheck shell=bash
# help: reloads the configuration 10 times a second under scrapes for a minute (--short: 3 seconds, --seconds=N)
. dev.d/lib/proofs.sh
build_proof cpaas_reloads
run_proof cpaas_reloads --seconds=3 "$@"
