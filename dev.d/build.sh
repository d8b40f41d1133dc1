# shellcheck shell=bash
# help: builds the release programs build/release/cpaas_exporter and build/release/cpaas_sandbox
need_build
build release
ls -l build/release/cpaas_exporter build/release/cpaas_sandbox
