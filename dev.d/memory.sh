# shellcheck shell=bash
# help: measures memory and CPU of many series beside another build, whose program is the argument
need_build python3
build release
if ! [ -x "${1:-}" ]; then
  echo "usage: ./dev memory PROGRAM (the cpaas_exporter of another build)" >&2
  exit 2
fi
mkdir -p build/memory
PYTHONDONTWRITEBYTECODE=1 python3 bench/memory.py build/release/cpaas_exporter "$1" build/memory
