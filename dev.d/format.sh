# shellcheck shell=bash
# help: formats all C++ files
need git clang-format
git ls-files -z --cached --others --exclude-standard '*.h' '*.cpp' | xargs -0 clang-format -i
