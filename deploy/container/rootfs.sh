#!/usr/bin/env bash
# rootfs.sh PROGRAM ROOT: makes in the empty folder ROOT all that the exporter needs to run alone, from this Debian's own files: the one
# list of what the image holds. No shell, no package manager.
set -euo pipefail
program=$1 root=$2

# In the real folder, since Debian's /lib is a link to /usr/lib; so it is here.
in_real_folder() { echo "$(realpath "$(dirname "$1")")/$(basename "$1")"; }

# with_links FILE: the file and every symbolic link on the way to it.
with_links() {
  local file target
  file=$(in_real_folder "$1")
  while true; do
    mkdir -p "$root$(dirname "$file")"
    [ -e "$root$file" ] || [ -L "$root$file" ] || cp --no-dereference --preserve=timestamps "$file" "$root$file"
    [ -L "$file" ] || return 0
    target=$(readlink "$file")
    case $target in
      /*) ;;
      *) target=$(dirname "$file")/$target ;;
    esac
    file=$(in_real_folder "$target")
  done
}

# needed FILES...: the shared libraries that they are linked with, and the loader.
needed() { ldd "$@" | sed -nE 's/.* => (\/[^ ]+) .*/\1/p; s/^\s*(\/[^ ]+) \(.*/\1/p'; }

library() { ldconfig -p | sed -nE "s|^\s*$1 .* => (.*)|\1|p" | head -n 1; }

mkdir -p "$root"/usr/{bin,lib,lib64,sbin} "$root"/{etc,tmp,var/lib/cpaas_exporter}
for folder in bin lib lib64 sbin; do ln -s "usr/$folder" "$root/$folder"; done

install -m 755 "$program" "$root/usr/bin/cpaas_exporter"
# libcurl, OpenSSL for a web configuration, and jq for descriptions that use it, are loaded at run time: no linker knows of them.
loaded=("$(library libcurl.so.4)" "$(library libssl.so.3)" "$(library libjq.so.1)")
linked=$(needed "$program" "${loaded[@]}")
for library in "${loaded[@]}" $linked; do
  with_links "$library"
done

# Authorities: each under its hash, which is how they are looked for, without the files of other names.
mkdir -p "$root/etc/ssl/certs" "$root/usr/share"
cp --preserve=timestamps /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
for hashed in /etc/ssl/certs/*.[0-9]; do
  cp --dereference --preserve=timestamps "$hashed" "$root$hashed"
done
# Time zones: those with names of places, once.
(cd /usr/share && tar --create --exclude='zoneinfo/posix*' --exclude='zoneinfo/right*' --exclude='zoneinfo/*.tab' zoneinfo) |
  tar --extract --directory="$root/usr/share"

echo "root:x:0:0:root:/:/usr/sbin/nologin
cpaas_exporter:x:65532:65532:cpaas_exporter:/:/usr/sbin/nologin" >"$root/etc/passwd"
echo "root:x:0:
cpaas_exporter:x:65532:" >"$root/etc/group"
echo "hosts: files dns" >"$root/etc/nsswitch.conf"
chmod 1777 "$root/tmp"
if [ "$(id -u)" = 0 ]; then chown 65532:65532 "$root/var/lib/cpaas_exporter"; fi

# Licences of what is in here, as Debian tells them.
find "$root/usr/lib" -type f -name '*.so*' -printf '%P\n' | while read -r file; do
  { dpkg-query --search "*/$file" 2>/dev/null || true; } | sed 's/:.*//'
done | sort -u | while read -r package; do
  mkdir -p "$root/usr/share/doc/$package"
  cp --dereference "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/"
done
