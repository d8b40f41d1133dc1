# shellcheck shell=bash
# help: packages the Helm chart with rules and dashboards into build/chart, lints it, compares what it renders with tests/chart, holds it against API schemas; needs helm or Go
. dev.d/lib/chart.sh
need_build python3 python3-venv python3-yaml
find_helm
assemble_chart
build release cpaas_exporter
for case in full least; do render "$case"; done
hold_against_schemas
refuses_what_is_wrong
"$helm" lint --quiet --kube-version "$kube_version" --values tests/chart/full.yaml "$chart"
"$helm" package "$chart" --destination build/chart
