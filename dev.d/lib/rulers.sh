# shellcheck shell=bash
# The parts of ./dev rulers. What is built is in build/rulers, a folder for each product, and is built anew when its version here changes.

rulers_dir=$PWD/build/rulers

loudly() { printf '\n*** ./dev rulers: %s\n\n' "$1" >&2; }

# once FOLDER WHAT COMMAND...: runs the command if it has not succeeded yet for WHAT, the versions that it installs.
once() {
  local name=$1 folder=$rulers_dir/$1 what=$2
  shift 2
  mkdir -p "$folder"
  [ "$(cat "$folder/built" 2>/dev/null)" != "$what" ] || return 0
  echo "building $name; the log is in ${folder#"$PWD/"}.log"
  "$@" "$folder" >"$folder.log" 2>&1 || { tail -n 20 "$folder.log"; return 1; }
  echo "$what" >"$folder/built"
}

# install_go_programs PACKAGES@VERSION... FOLDER. Without the web pages, which no module holds, and without service discovery, most of the work.
install_go_programs() {
  local folder=${!#}
  GOBIN=$folder GOWORK=off GOFLAGS=-p=2 nice -n 10 go install -tags remove_all_sd "${@:1:$#-1}"
}

# go_programs FOLDER MODULE VERSION PACKAGES...
go_programs() {
  local packages=("${@:4}")
  once "$1" "$2@$3: ${packages[*]}" install_go_programs "${packages[@]/%/@$3}"
}

# build_in_a_copy MODULE VERSION PACKAGE FOLDER: a program of a module that replaces others, which `go install` refuses.
build_in_a_copy() (
  module=$(GOWORK=off go mod download -json "$1@$2" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  rm -rf "$4/source" && cp -R "$module" "$4/source" && chmod -R u+w "$4/source" && cd "$4/source" &&
    GOWORK=off GOFLAGS=-p=2 nice -n 10 go build -o "$4/" "$3" &&
    rm -rf "$4/source"
)

# build_collector FOLDER. The builder's own way to complete its modules asks for those of their tests too, which cannot all be had.
build_collector() (
  description=$PWD/tests/rulers/collector.yaml
  version=$(sed -n 's/^ *version: //p' "$description")
  read -ra modules < <(sed -n 's/^ *- gomod: \(.*\) \(v.*\)/\1@\2/p' "$description" | tr '\n' ' ')
  export GOWORK=off GOFLAGS=-p=2
  cd "$1" && rm -f go.mod go.sum ./*.go &&
    go run "go.opentelemetry.io/collector/cmd/builder@v$version" --skip-get-modules --skip-compilation --config "$description" &&
    go mod init cpaas.invalid/otelcol &&
    go get "go.opentelemetry.io/collector/otelcol@v$version" "${modules[@]}" &&
    nice -n 10 go build -mod=mod -tags remove_all_sd -o otelcol .
)

install_rulers() {
  local prometheus=github.com/prometheus/prometheus victoria=github.com/VictoriaMetrics/VictoriaMetrics
  go_programs prometheus-3.16 "$prometheus" v0.316.0 "$prometheus"/cmd/{prometheus,promtool} &&
    once prometheus-2.53 "$prometheus@v0.53.3" build_in_a_copy "$prometheus" v0.53.3 ./cmd/promtool &&
    go_programs victoria-1.151 "$victoria" v1.151.0 "$victoria"/app/{victoria-metrics,vmagent,vmalert} &&
    once collector-0.165 "$(cat tests/rulers/collector.yaml)" build_collector
}
