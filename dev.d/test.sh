# shellcheck shell=bash
# help: builds and runs all tests; arguments go to ctest (-R REGEX runs those whose name matches)
need_test
build dev
ctest --preset dev --parallel "$(nproc)" "$@"
