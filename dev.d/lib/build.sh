# shellcheck shell=bash
# Configuring and building with the presets of CMakePresets.json.

configure() { cmake --preset "$1" >"$(log_file "configure_$1")" || { cat "$(log_file "configure_$1")"; return 1; }; }

# build PRESET [TARGETS...]: into build/PRESET, with all cores.
build() {
  local preset=$1
  shift
  configure "$preset"
  cmake --build "build/$preset" --parallel ${1:+--target "$@"}
}

log_file() {
  mkdir -p build
  echo "build/$1.log"
}
