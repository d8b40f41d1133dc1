# shellcheck shell=bash
# help: writes docs/metrics.md, docs/configuration.md and docs/presets.md anew from what the program declares
need_build python3 python3-yaml
build release
for page in metrics:markdown configuration:config; do
  build/release/cpaas_exporter catalogue --format="${page#*:}" >"build/${page%:*}.md"
  mv "build/${page%:*}.md" "docs/${page%:*}.md"  # only when it was written whole
  echo "docs/${page%:*}.md"
done
build/release/cpaas_exporter catalogue --format=json >build/catalogue.json
python3 alerts/presets.py build/catalogue.json
echo docs/presets.md
