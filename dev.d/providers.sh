# shellcheck shell=bash
# help: the exporter in front of a real Jasmin SMS gateway, with Redis and RabbitMQ of Debian 12 and Jasmin of PyPI
need_build python3 python3-venv redis-server rabbitmq-server
build dev cpaas_exporter
jasmin=build/jasmin
version=0.11.1  # for Python up to 3.11
if ! [ -f "$jasmin/done" ]; then
  rm -rf "$jasmin"
  mkdir -p "$jasmin/source"
  python3 -m venv "$jasmin/venv"
  "$jasmin/venv/bin/pip" install --quiet "jasmin==$version"
  # The package lacks the configuration.
  "$jasmin/venv/bin/pip" download --quiet --no-deps --no-binary :all: --dest "$jasmin" "jasmin==$version"
  tar -xzf "$jasmin/jasmin-$version.tar.gz" -C "$jasmin/source" --strip-components=1
  touch "$jasmin/done"
fi
PYTHONDONTWRITEBYTECODE=1 python3 tests/providers/jasmin.py build/dev/cpaas_exporter "$jasmin"
