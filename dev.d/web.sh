# shellcheck shell=bash
# help: the same web configurations and requests to the exporter and to Prometheus' exporter-toolkit 0.20, which it builds with Go
need_build openssl python3
build dev cpaas_exporter
if ! command -v go >/dev/null; then
  printf '\n*** ./dev web: %s\n\n' "Go is not there, so there is nothing to compare with" >&2
  exit 1
fi
toolkit=build/toolkit
mkdir -p "$toolkit"
cp tests/toolkit/main.go "$toolkit"
(
  export GOWORK=off GOFLAGS=-p=2
  cd "$toolkit" || exit
  [ -f go.mod ] || go mod init cpaas.invalid/toolkit
  go get github.com/prometheus/exporter-toolkit@v0.20.0
  nice -n 10 go build -mod=mod -o toolkit .
)
PYTHONDONTWRITEBYTECODE=1 python3 tests/toolkit/compare.py build/dev/cpaas_exporter "$toolkit/toolkit"
