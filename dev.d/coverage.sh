# shellcheck shell=bash
# help: runs the tests instrumented and reports the covered lines in build/coverage/report/index.html
need_test gcovr
build coverage
find build/coverage -name '*.gcda' -delete
ctest --preset coverage --parallel "$(nproc)"
mkdir -p build/coverage/report
gcovr --root . --object-directory build/coverage --filter 'exporter/' --filter 'collectors/' --filter 'config/' --filter 'sandbox/' \
  --exclude-throw-branches --html-details build/coverage/report/index.html --print-summary
