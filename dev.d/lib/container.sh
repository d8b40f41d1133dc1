# shellcheck shell=bash
# The parts of ./dev container, beside those of ./dev demo, whose `demo_dir` holds rootfs/ and the logs here.
# shellcheck disable=SC2154  # demo_dir and sandbox_port are of demo.sh

# Nothing to break out with, and nothing that does more than it may.
rootfs_is_bare() {
  local found
  found=$(find "$demo_dir/rootfs" \( -name sh -o -name bash -o -name busybox -o -name perl -o -name apt -o -name dpkg -o -perm /6000 \) -print)
  [ -z "$found" ] || { echo "./dev container: what does not belong into the image: $found" >&2; exit 1; }
  [ "$(find "$demo_dir/rootfs/usr/bin" "$demo_dir/rootfs/usr/sbin" -type f)" = "$demo_dir/rootfs/usr/bin/cpaas_exporter" ] ||
    { echo "./dev container: there are other programs in the image" >&2; exit 1; }
}

# in_rootfs COMMAND...: as a command line in `inside`.
in_rootfs() { inside=(tests/container/in_rootfs.sh "$PWD/$demo_dir/rootfs" "$PWD/$demo_dir/config" "$PWD/$demo_dir/state" "$@"); }

start_in_rootfs() {
  mkdir -p "$demo_dir/config" "$demo_dir/state" "$demo_dir/rootfs/etc/cpaas_exporter"
  chown 65532:65532 "$demo_dir/state"
  sed "s|127\.0\.0\.1:8080|127.0.0.1:$sandbox_port|" deploy/demo/cpaas.yml >"$demo_dir/config/cpaas.yml"
  exporter_port=$(free_port 10777)
  local command
  mapfile -t command < <(sed -nE '/^(ENTRYPOINT|CMD) /{s/^[A-Z]+ //; s/[][",]//g; s/ /\n/g; p}' deploy/container/Containerfile)
  in_rootfs "${command[@]}" "--web.listen-address=127.0.0.1:$exporter_port"
  start exporter "${inside[@]}"
}

# The command of the Containerfile's HEALTHCHECK, and further arguments.
health_in_rootfs() {
  local command
  mapfile -t command < <(sed -nE '/^HEALTHCHECK /{s/.* CMD //; s/[][",]//g; s/ /\n/g; p}' deploy/container/Containerfile)
  in_rootfs "${command[@]}" "--web.listen-address=127.0.0.1:$exporter_port" "$@"
  "${inside[@]}"
}

count_series() { answers "http://127.0.0.1:$exporter_port/metrics" | grep -vc '^#'; }

show_size() {
  local bytes
  bytes=$(du --summarize --bytes "$demo_dir/rootfs" | cut -f 1)
  printf 'root file system: %s MB, %s files; compressed (gzip): %s MB\n' "$((bytes / 1000000))" "$(find "$demo_dir/rootfs" -type f | wc -l)" \
    "$(($(tar --create --directory="$demo_dir/rootfs" . | gzip | wc -c) / 1000000))"
  [ "$bytes" -lt 40000000 ] || { echo "./dev container: it should be under 40 MB" >&2; exit 1; }
}

build_image() {
  local builder
  for builder in buildah podman; do
    command -v "$builder" >/dev/null || continue
    "$builder" build --file deploy/container/Containerfile --tag cpaas_exporter .
    return
  done
  echo "./dev container: neither buildah nor podman is here (apt-get install buildah); the image was not built" >&2
  exit 1
}
