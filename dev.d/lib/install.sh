#!/usr/bin/env bash
# install.sh PACKAGES...: installs Debian packages, as root, asking nothing and starting nothing.
#
# Debian starts and enables the service of a server package (prometheus) when it is installed. Here only the program is wanted:
# a monitoring server that appears on the user's machine, on the usual port, would be a surprise. So, while apt runs, a
# /usr/sbin/policy-rc.d refuses every start; afterwards the services that came with our packages are disabled.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d

if ! [ -e "$policy" ]; then  # somebody else's policy stays as it is
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

apt-get update -q || echo "apt-get update failed; trying with the package lists that are there" >&2
apt-get install -q -y --no-install-recommends "$@"

dpkg -L "$@" | sed -nE 's|^(/usr)?/lib/systemd/system/([^@/]*)\.service$|\2|p' | while read -r service; do
  if [ -e "/etc/init.d/$service" ]; then
    update-rc.d "$service" disable  # without systemd this removes the links by itself
  elif command -v systemctl >/dev/null; then
    systemctl disable "$service"
  fi
  if [ -d /run/systemd/system ]; then
    systemctl stop "$service"  # started after all, if another policy allowed it
  fi
done
