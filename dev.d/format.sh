# shellcheck shell=bash
# help: formats all C++ files
need git clang-format
. dev.d/lib/lint.sh
cpp_files | xargs -0 clang-format -i
