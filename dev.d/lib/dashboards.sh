# shellcheck shell=bash
# The parts of ./dev dashboards.

dashboards_dir=$PWD/build/dashboards
harness_dir=$dashboards_dir/harness

check_dashboards() {
  local catalogue=$dashboards_dir/catalogue.json
  mkdir -p "$dashboards_dir"
  build/release/cpaas_exporter catalogue --format=json >"$catalogue"
  python3 dashboards/generate.py --check
  python3 dashboards/check_dashboards.py --unused "$catalogue"
  python3 dashboards/check_dashboards_test.py "$catalogue"
}

loudly() {
  printf '\n*** ./dev dashboards: %s\n\n' "$1" >&2
  return 1
}

# Chromium and Inter (the font of Grafana) from Debian; Node.js 20 or later and npm from wherever they are.
can_draw() {
  local major
  (need chromium fonts-inter) || loudly "Chromium cannot be had" || return 1
  major=$(node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p')
  [ "${major:-0}" -ge 20 ] || loudly "Node.js 20 or later is not there" || return 1
  command -v npm >/dev/null || loudly "npm is not there" || return 1
  install_harness || loudly "npm could not install the pinned packages; see build/dashboards_npm.log"
}

# A copy in build/, so that nothing is installed into the source tree. Packages anew only when the lock file changed.
install_harness() {
  mkdir -p "$harness_dir"
  cp -R dashboards/harness/. "$harness_dir"
  cmp -s "$harness_dir/package-lock.json" "$harness_dir/node_modules/installed.json" && return
  echo "installing the harness's packages"
  (cd "$harness_dir" && npm ci) >build/dashboards_npm.log 2>&1 || return 1
  cp "$harness_dir/package-lock.json" "$harness_dir/node_modules/installed.json"
}

build_harness() { (cd "$harness_dir" && npx vite build) >build/dashboards_vite.log 2>&1 || { cat build/dashboards_vite.log; return 1; }; }

check_dashboard_schema() { node "$harness_dir/schema.mjs" dashboards/*.json; }

draw_dashboards() {
  local history=$dashboards_dir/history programs
  export PYTHONDONTWRITEBYTECODE=1
  rm -rf "$history" "$dashboards_dir/pictures"
  programs=("$PWD/build/release/cpaas_exporter" "$PWD/build/release/cpaas_sandbox" "$(find "$PWD/build/dev" -name libcpaas_shifted_clock.so)")
  python3 dashboards/harness/history.py "${programs[@]}" "$history"
  python3 dashboards/harness/presets.py "${programs[@]}" "$history"
  python3 dashboards/harness/scenarios.py "$history" "$harness_dir" "$dashboards_dir/pictures"
  echo "pictures: build/dashboards/pictures"
}
