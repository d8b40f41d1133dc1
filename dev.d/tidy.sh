# shellcheck shell=bash
# help: runs clang-tidy on the given .cpp files, or on all
need "${lint_packages[@]}"
. dev.d/lib/lint.sh
check_tidy "$@"
