#!/usr/bin/env bash
# in_rootfs.sh ROOT CONFIG STATE COMMAND...: runs the command as the image runs: user 65532 without capabilities, in ROOT, which is read-only
# but for the folder STATE; CONFIG is /etc/cpaas_exporter. Needs root. The mounts are its own and end with it.
set -euo pipefail
if [ "${1:-}" != --mounted ]; then exec unshare --mount --propagation private "$0" --mounted "$@"; fi
root=$2 config=$3 state=$4
shift 4
mount --bind "$root" "$root"
mount --bind "$config" "$root/etc/cpaas_exporter"
mount --bind "$state" "$root/var/lib/cpaas_exporter"
mount --options remount,bind,ro "$root"
cd "$root"
exec setpriv --no-new-privs chroot --userspec=65532:65532 --groups= . "$@"
