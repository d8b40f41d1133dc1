# shellcheck shell=bash
# help: checks the dashboards and draws them in Chromium over a day of history; pictures in build/dashboards/pictures
. dev.d/lib/dashboards.sh
need_test
build release
check_dashboards
if ! can_draw; then
  echo "./dev dashboards: NOT DRAWN. Everything else is checked." >&2
  exit 0
fi
build dev cpaas_shifted_clock
build_harness
check_dashboard_schema
draw_dashboards
