#!/usr/bin/env bash
# Runs as root on a bare Debian system, with the packages in the folder that is the argument: installs, configures, starts, upgrades,
# removes and purges them by the commands of docs/installation.md. Without systemd the service is started as its unit says.
set -euo pipefail
shopt -s nullglob
export DEBIAN_FRONTEND=noninteractive

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
packages=("$1"/*.deb)
[ ${#packages[@]} = 2 ] || fail "two packages are wanted, not ${#packages[@]}"

# In the file system only what a user's apt would do.
install_packages() { apt-get install -q -y --no-install-recommends "$@" >/tmp/apt.log 2>&1 || { tail -n 20 /tmp/apt.log; fail "apt-get install $*"; }; }

# What the unit starts, in `command`.
read_unit() {
  local line ARGS
  # shellcheck source=/dev/null
  . /etc/default/cpaas_exporter
  line=$(sed -n '/^ExecStart=/,/[^\\]$/p' /usr/lib/systemd/system/cpaas_exporter.service /lib/systemd/system/cpaas_exporter.service 2>/dev/null |
    sed 's/^ExecStart=//; s/\\$//' | awk '!seen[$0]++' | tr '\n' ' ')
  line=${line//%S//var/lib}
  # shellcheck disable=SC2016  # the unit's own variable
  line=${line//'$ARGS'/$ARGS}
  read -ra command <<<"$line"
}

# until_true COMMAND...: within a minute.
until_true() {
  local end=$((SECONDS + 60))
  until "$@"; do
    [ $SECONDS -lt $end ] || fail "a minute passed and not: $*"
    read -rt 0.1 <> <(:) || true
  done
}

start_exporter() {
  local command
  read_unit
  rm -f /tmp/exporter.log
  setpriv --reuid=cpaas_exporter --regid=cpaas_exporter --clear-groups -- "${command[@]}" 2>/tmp/exporter.log &
  exporter=$!
  until_true has_counters
}
has_counters() {
  kill -0 "$exporter" 2>/dev/null || { cat /tmp/exporter.log; fail "the exporter ended"; }
  page=$(cpaas_page) && grep -q '^cpaas_credits_spent_total' <<<"$page"
}
cpaas_page() {
  port=$(sed -nE 's/.*msg=listening .*port=([0-9]+).*/\1/p' /tmp/exporter.log)
  python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/metrics").read().decode())' "$port" 2>/dev/null
}
stop_exporter() { kill "$exporter" && wait "$exporter"; }

apt-get update -q >/dev/null
install_packages "${packages[@]}" man-db python3-minimal libpython3-stdlib
id cpaas_exporter >/dev/null
[ "$(stat -c '%U:%G %a' /etc/cpaas_exporter)" = "root:cpaas_exporter 750" ] || fail "rights of /etc/cpaas_exporter"
[ -e /etc/systemd/system/multi-user.target.wants/cpaas_exporter.service ] || fail "the service is not enabled"
for each in bash-completion/completions/cpaas_exporter zsh/vendor-completions/_cpaas_exporter fish/vendor_completions.d/cpaas_exporter.fish \
  cpaas-exporter/dashboards/overview.json cpaas-exporter/alerts/balances.yml cpaas-exporter/sbom.spdx.json; do
  [ -s "/usr/share/$each" ] || fail "no /usr/share/$each"
done
cpaas_exporter check --config.file=/usr/share/doc/cpaas-exporter/examples/example.yml 2>/tmp/check.log || true  # it names secrets that are not here
! grep -vE "'[a-z_]+_(file|env)'" /tmp/check.log || fail "the example is wrong in more than its credentials"

begin=$SECONDS
cpaas_sandbox --listen=127.0.0.1:0 --port-file=/tmp/port >/tmp/sandbox.log 2>&1 &
sandbox=$!
until_true test -s /tmp/port
sed -i 's/127.0.0.1:10777/127.0.0.1:0/' /etc/default/cpaas_exporter  # whoever else listens there
(umask 027 && printf 'sandbox-tingting-token\n' >/etc/cpaas_exporter/token && cat >/etc/cpaas_exporter/cpaas.yml <<END
accounts:
  - name: trial
    provider: tingting
    base_url: http://127.0.0.1:$(cat /tmp/port)/tingting/api/v1
    api_token_file: /etc/cpaas_exporter/token
END
)
chgrp cpaas_exporter /etc/cpaas_exporter/*
setpriv --reuid=cpaas_exporter --regid=cpaas_exporter --clear-groups cpaas_exporter doctor --config.file=/etc/cpaas_exporter/cpaas.yml \
  --state.url=sqlite:/var/lib/cpaas_exporter/state.db >/tmp/doctor.log || grep -q "  ok   dashboard" /tmp/doctor.log ||
  { cat /tmp/doctor.log; fail "doctor cannot poll the sandbox"; }
start_exporter
echo "from the installed package to the first counters of the sandbox: $((SECONDS - begin)) s"
stop_exporter
[ -s /var/lib/cpaas_exporter/state.db ] || fail "no state"

# The same package as a later version.
mkdir /tmp/later
for package in "${packages[@]}"; do
  later=/tmp/later/$(basename "$package")
  dpkg-deb --raw-extract "$package" /tmp/later/tree
  sed -i -E 's/^Version: .*/&+later/' /tmp/later/tree/DEBIAN/control
  dpkg-deb --root-owner-group --build /tmp/later/tree "$later" >/dev/null
  rm -r /tmp/later/tree
done
state=$(stat -c %i /var/lib/cpaas_exporter/state.db)
install_packages /tmp/later/*.deb
dpkg-query -W -f '${Version}\n' cpaas-exporter | grep -q '+later$' || fail "not upgraded"
[ "$(stat -c %i /var/lib/cpaas_exporter/state.db)" = "$state" ] || fail "the upgrade took the state"
start_exporter
stop_exporter
kill "$sandbox"

apt-get remove -q -y cpaas-exporter cpaas-sandbox >/dev/null
[ -s /var/lib/cpaas_exporter/state.db ] || fail "removal took the state"
[ -s /etc/cpaas_exporter/cpaas.yml ] || fail "removal took the configuration"
apt-get purge -q -y cpaas-exporter >/dev/null  # of the sandbox nothing is left that apt would know
[ ! -e /var/lib/cpaas_exporter ] || fail "purge left the state"
[ -s /etc/cpaas_exporter/cpaas.yml ] || fail "purge took a configuration that the package did not bring"
echo "installed, started, upgraded, removed, purged"
