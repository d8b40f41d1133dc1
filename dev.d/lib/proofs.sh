# shellcheck shell=bash
# The programs behind ./dev chaos and ./dev soak, built with optimisation.

build_proofs() {
  cmake --preset dev -B build/proofs -DCMAKE_BUILD_TYPE=RelWithDebInfo >"$(log_file configure_proofs)" ||
    { cat "$(log_file configure_proofs)"; return 1; }
  cmake --build build/proofs --parallel --target "$@"
}

# run_proof PROGRAM SHORT ARGUMENTS...: the argument --short stands for SHORT.
run_proof() {
  local program=build/proofs/tests/end_to_end/$1 short=$2 argument arguments=()
  shift 2
  for argument in "$@"; do
    [ "$argument" = --short ] && argument=$short
    arguments+=("$argument")
  done
  "$program" "${arguments[@]}"
}
