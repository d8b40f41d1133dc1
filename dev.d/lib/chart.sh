# shellcheck shell=bash
# The parts of ./dev chart. The chart as it is shipped is assembled in build/chart: what is in deploy/chart, and the rules and dashboards.

chart=build/chart/cpaas-exporter
helm_version=v3.18.6
operator_version=v0.85.0
kube_version=1.31.0  # that it is rendered for; without a cluster helm cannot know

# `helm`: the one that is here, or one built from its Go module.
find_helm() {
  helm=$(command -v helm || true)
  [ -z "$helm" ] || return 0
  helm=$PWD/build/tools/helm
  [ ! -x "$helm" ] || return 0
  if ! command -v go >/dev/null; then
    printf '\n*** ./dev chart: neither helm nor Go is here: nothing of the chart was tried. Install one of them.\n\n' >&2
    exit 1
  fi
  echo "building helm $helm_version, which takes minutes; the log is in build/helm.log"
  GOBIN=$PWD/build/tools GOWORK=off GOFLAGS="-p=2 -buildvcs=false" nice -n 10 go install "helm.sh/helm/v3/cmd/helm@$helm_version" \
    >"$(log_file helm)" 2>&1 || { tail -n 20 "$(log_file helm)" >&2; exit 1; }
}

assemble_chart() {
  rm -rf build/chart
  mkdir -p build/chart
  cp -R deploy/chart/cpaas-exporter "$chart"
  mkdir -p "$chart/files/alerts" "$chart/files/dashboards"
  cp alerts/*.yml "$chart/files/alerts/"
  cp dashboards/*.json "$chart/files/dashboards/"
}

# render CASE: with tests/chart/CASE.yaml, against tests/chart/CASE.golden.yaml.
render() {
  "$helm" template monitor "$chart" --kube-version "$kube_version" --namespace cpaas --values "tests/chart/$1.yaml" >"build/chart/$1.yaml" &&
    CPAAS_EXPORTER=build/release/cpaas_exporter python3 tests/chart/check.py "build/chart/$1.yaml" "tests/chart/$1.golden.yaml"
}

# The schema and the templates refuse, with words that help.
refuses_what_is_wrong() {
  refuses "config.accounts" --set persistence.enabled=true
  refuses "replicas" --values tests/chart/least.yaml --set replicas=2
  refuses "nameOverride" --values tests/chart/least.yaml --set nameOverride=other
  refuses "interval" --values tests/chart/least.yaml --set podMonitor.interval=often
}

# refuses WORD ARGUMENTS...
refuses() {
  local word=$1 said
  shift
  if said=$("$helm" template monitor "$chart" --kube-version "$kube_version" "$@" 2>&1) || ! grep -qF -- "$word" <<<"$said"; then
    printf '%s\n' "$said" | tail -n 5 >&2
    echo "./dev chart: it should have been refused, with the word $word: $*" >&2
    exit 1
  fi
}

# Every rendered object against the schemas of Kubernetes and of the Prometheus operator.
hold_against_schemas() {
  local crds python=build/tools/schemas/bin/python
  if ! command -v go >/dev/null; then
    printf '\n*** ./dev chart: Go is not here, so the objects were not held against their schemas.\n\n' >&2
    return 0
  fi
  [ -x "$python" ] || python3 -m venv build/tools/schemas
  "$python" -m pip install --quiet --disable-pip-version-check kubernetes-validate==1.37.0 PyYAML
  crds=$(cd build/tools && GOWORK=off GOFLAGS=-mod=mod go mod download -json "github.com/prometheus-operator/prometheus-operator@$operator_version" |
    sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')/jsonnet/prometheus-operator
  "$python" tests/chart/schemas.py "$crds" "${kube_version%.*}" build/chart/*.yaml
}
