# shellcheck shell=bash
# help: measures what the ledger costs beside another build, whose program is the argument
need_build python3
build release
if ! [ -x "${1:-}" ]; then
  echo "usage: ./dev ledger PROGRAM (the cpaas_exporter of another build)" >&2
  exit 2
fi
mkdir -p build/ledger
PYTHONDONTWRITEBYTECODE=1 python3 bench/ledger.py build/release/cpaas_exporter "$1" build/ledger
