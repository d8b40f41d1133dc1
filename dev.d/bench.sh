# shellcheck shell=bash
# help: measures start, memory and scrapes of the exporter beside nginx, prometheus-cpp and node_exporter
need_test nginx-common nginx-light prometheus-node-exporter wrk
build release
mkdir -p build/bench
g++ -std=c++20 -O2 -Wall -Wextra -Werror bench/peer.cpp -o build/bench/peer -lprometheus-cpp-pull -lprometheus-cpp-core
PYTHONDONTWRITEBYTECODE=1 python3 bench/exporter.py build/release/cpaas_exporter build/release/cpaas_sandbox \
  build/bench/peer build/bench
