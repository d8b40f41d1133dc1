# shellcheck shell=bash
# help: reloads the configuration 10 times a second under scrapes for a minute (--short: 3 seconds, --seconds=N)
need_test
. dev.d/lib/proofs.sh
build_proofs cpaas_reloads
run_proof cpaas_reloads --seconds=3 "$@"
