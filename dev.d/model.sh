# shellcheck shell=bash
# help: plays 4,000 made-up providers and operators against the ledger (--short: 1000, --runs=N, --steps=N, --seed=N)
. dev.d/lib/proofs.sh
build_proof cpaas_ledger_model
run_proof cpaas_ledger_model --runs=1000 "$@"
