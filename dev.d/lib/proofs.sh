# shellcheck shell=bash
# The programs behind ./dev chaos, ./dev model, ./dev reloads and ./dev soak, built with optimisation.

# build_proof PROGRAM
build_proof() {
  need_clang
  build proofs "$1"
}

# run_proof PROGRAM SHORT ARGUMENTS...: the argument --short stands for SHORT.
run_proof() {
  local program short=$2 argument arguments=()
  program=$(find build/proofs/tests -name "$1" -type f)
  shift 2
  for argument in "$@"; do
    [ "$argument" = --short ] && argument=$short
    arguments+=("$argument")
  done
  "$program" "${arguments[@]}"
}
