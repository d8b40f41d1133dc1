# shellcheck shell=bash
# help: runs clang-tidy on the given .cpp files, or on all
need_lint
. dev.d/lib/lint.sh
configure dev
files=("$@")
[ $# != 0 ] || mapfile -t files < <(compiled_files)
tidy_files "${files[@]}"
