# shellcheck shell=bash
# help: writes docs/metrics.md and docs/configuration.md anew from what the program declares
need_build
build release
for page in metrics:markdown configuration:config; do
  build/release/cpaas_exporter catalogue --format="${page#*:}" >"build/${page%:*}.md"
  mv "build/${page%:*}.md" "docs/${page%:*}.md"  # only when it was written whole
  echo "docs/${page%:*}.md"
done
