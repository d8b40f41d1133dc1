# shellcheck shell=bash
# help: runs a month (--short: two days, --days=N) in driven time, with every fault, against the sandbox's books
. dev.d/lib/proofs.sh
build_proof cpaas_soak
run_proof cpaas_soak --days=2 "$@"
