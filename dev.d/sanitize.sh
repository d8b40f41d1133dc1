# shellcheck shell=bash
# help: runs all tests with the sanitizers of addresses and undefined behaviour, then with that of threads
need_clang
for preset in asan tsan; do
  build "$preset"
  ctest --preset "$preset" --parallel "$(nproc)" "$@"
done
