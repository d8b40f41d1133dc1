# shellcheck shell=bash
# help: runs the tests instrumented; fails where less than 90 % of the lines are covered; report in build/coverage/report
need_test gcovr
build coverage
find build/coverage -name '*.gcda' -delete
ctest --preset coverage --parallel "$(nproc)"
mkdir -p build/coverage/report
# Threads race for gcov's counters of branches, which may then be negative: gcovr takes that for an error.
gcovr --root . --object-directory build/coverage --filter 'exporter/' --filter 'collectors/' --filter 'config/' --filter 'sandbox/' \
  --gcov-ignore-parse-errors --exclude-throw-branches --json build/coverage/lines.json --html-details build/coverage/report/index.html --print-summary \
  2>"$(log_file gcovr)" || { cat "$(log_file gcovr)"; exit 1; }
low=()
for folder in exporter/core exporter/engine collectors; do
  printf '%-16s ' "$folder"
  gcovr --root . --add-tracefile build/coverage/lines.json --filter "$folder/" --fail-under-line 90 --print-summary 2>/dev/null |
    grep '^lines:' || low+=("$folder")
done
if [ ${#low[@]} != 0 ]; then
  echo "./dev coverage: under 90 %: ${low[*]}" >&2
  exit 1
fi
