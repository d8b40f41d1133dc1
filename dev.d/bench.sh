# shellcheck shell=bash
# help: measures start, memory, scrapes, TLS and what waits, of the exporter beside nginx, prometheus-cpp and node_exporter; a PROGRAM: and of that build
need_test openssl nginx-common nginx-light prometheus-node-exporter wrk
build release
mkdir -p build/bench
g++ -std=c++20 -O2 -Wall -Wextra -Werror bench/peer.cpp -o build/bench/peer -lprometheus-cpp-pull -lprometheus-cpp-core
PYTHONDONTWRITEBYTECODE=1 python3 bench/exporter.py build/release/cpaas_exporter build/release/cpaas_sandbox \
  build/bench/peer build/bench
PYTHONDONTWRITEBYTECODE=1 python3 bench/web.py build/release/cpaas_exporter "${1:--}" build/bench/web
