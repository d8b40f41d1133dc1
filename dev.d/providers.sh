# shellcheck shell=bash
# help: the exporter in front of real providers that can be run here (Debian 12; they are installed into build/providers)
need_build python3 python3-venv redis-server rabbitmq-server
build dev cpaas_exporter
for provider in tests/providers/*.py; do
  PYTHONDONTWRITEBYTECODE=1 python3 "$provider" build/dev/cpaas_exporter build/providers
done
