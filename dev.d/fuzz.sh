# shellcheck shell=bash
# help: fuzzes every target for 180 seconds (or as many as given; --short: 10); stops at the first finding
seconds=${1:-180}
[ "$seconds" = --short ] && seconds=10
if ! [[ $seconds =~ ^[0-9]+$ ]]; then
  echo "usage: ./dev fuzz [SECONDS | --short]" >&2
  exit 2
fi
need_clang
build fuzz fuzz/all
build/fuzz/fuzz/fuzz_seeds build/fuzz/seeds

for target in collectors config description ledger response web; do
  corpus=build/fuzz/corpus/${target}_fuzz
  mkdir -p "$corpus" build/fuzz/findings
  echo "== $target, $seconds s"
  build/fuzz/fuzz/${target}_fuzz -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -max_len=16384 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/${target}_" "$corpus" "build/fuzz/seeds/${target}_fuzz" >"build/fuzz/$target.log" 2>&1 ||
    { tail -n 60 "build/fuzz/$target.log"; exit 1; }
  grep -E 'number_of_executed_units|new_units_added|average_exec_per_sec' "build/fuzz/$target.log"
done
echo "./dev fuzz: no findings"
