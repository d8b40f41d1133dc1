# shellcheck shell=bash
# The parts of ./dev distributions. All is below build/distributions: RELEASE.tar (the bare system, kept for the next time),
# RELEASE.log, and while it runs the chroot RELEASE. CPAAS_DISTRIBUTIONS_CCACHE names a folder for compiled files that outlives it.

distributions_dir=$PWD/build/distributions
# shellcheck disable=SC2034  # ./dev distributions reads it
distribution_steps=("./dev build" "runs alone" "./dev test" "./dev demo --check" "./dev package" "packages install")

# The first of Debian's own archives that this machine's apt uses.
debian_mirror() {
  local mirror
  mirror=$(apt-get indextargets --format "\$(ORIGIN) \$(LABEL) \$(SITE)" "Identifier: Packages" | sed -n 's/^Debian Debian //p' | head -n 1)
  [ -n "$mirror" ] || { echo "./dev distributions: apt on this machine knows no archive of Debian (or has not run apt-get update)" >&2; return 1; }
  echo "$mirror"
}

# What making bare systems takes, and `mirror`.
need_distributions() {
  [ "$(id -u)" = 0 ] || { echo "./dev: bare systems need root, for debootstrap and chroot" >&2; exit 1; }
  need debian-archive-keyring debootstrap git util-linux
  mirror=$(debian_mirror) || exit 1
  mkdir -p "$distributions_dir"
}

# make_base RELEASE: RELEASE.tar, a minimal system with certificates.
make_base() {
  local root=$distributions_dir/$1 tar=$distributions_dir/$1.tar
  [ ! -f "$tar" ] || return 0
  remove_chroot "$1" &&
    debootstrap --force-check-gpg --variant=minbase --include=ca-certificates "$1" "$root" "$mirror" &&
    echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/99mirror-may-lag" &&
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/quick" &&
    rm -rf "$root/var/cache/apt/archives/"*.deb &&
    tar --create --one-file-system --file="$tar.new" --directory="$root" . &&
    mv "$tar.new" "$tar"
}

# unpack_base RELEASE CHROOT
unpack_base() {
  local root=$distributions_dir/$2
  remove_chroot "$2" &&
    mkdir "$root" &&
    tar --extract --file="$distributions_dir/$1.tar" --directory="$root" &&
    cp /etc/resolv.conf "$root/etc/resolv.conf"
}

# unpack_release RELEASE: the chroot, with a clean clone of HEAD in /src.
unpack_release() {
  local root=$distributions_dir/$1
  make_base "$1" &&
    unpack_base "$1" "$1" &&
    git clone --quiet "file://$PWD" "$root/src" &&
    git -C "$root/src" -c advice.detachedHead=false checkout --quiet "$(git rev-parse HEAD)"
}

# What is mounted in it is mounted for the programs inside only (enter), so nothing but its own files can be removed.
remove_chroot() { rm -rf --one-file-system "${distributions_dir:?}/$1"; }

# enter RELEASE COMMAND...: in the chroot's /src. Mounts and processes have namespaces of their own, which end with the command, however
# it ends.
enter() {
  local root=$distributions_dir/$1 ccache=${CPAAS_DISTRIBUTIONS_CCACHE:+$CPAAS_DISTRIBUTIONS_CCACHE/$1}
  shift
  # shellcheck disable=SC2016  # the inner shell's
  unshare --mount --pid --fork --kill-child --propagation private bash -c '
    set -euo pipefail
    root=$1 ccache=$2
    shift 2
    mount -t proc proc "$root/proc"
    mkdir -p "$root/dev/shm" "$root/ccache"
    mount -t tmpfs tmpfs "$root/dev/shm"
    if [ -n "$ccache" ]; then
      mkdir -p "$ccache"
      mount --bind "$ccache" "$root/ccache"
    fi
    exec chroot "$root" env --ignore-environment --chdir=/src PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
      HOME=/root LANG=C.UTF-8 CCACHE_DIR=/ccache "$@"' enter "$root" "$ccache" "$@" </dev/null
}

# The packages that the README tells to install where the program only runs.
runtime_packages() { sed -n 's/^apt-get install \(ca-certificates .*\)/\1/p' README.md; }

# runs_alone RELEASE: the built program on a bare system with only those packages: it starts, finds its libcurl, and polls in vain.
runs_alone() {
  local chroot=$1-runtime packages polled
  read -ra packages < <(runtime_packages)
  unpack_base "$1" "$chroot" && mkdir "$distributions_dir/$chroot/src" &&
    cp "$distributions_dir/$1/src/build/release/cpaas_exporter" "$distributions_dir/$chroot/src" &&
    sed 's|127\.0\.0\.1:8080|127.0.0.1:1|' deploy/demo/cpaas.yml >"$distributions_dir/$chroot/src/cpaas.yml" &&
    enter "$chroot" bash -c 'apt-get update -q && apt-get install -q -y --no-install-recommends "$@"' apt "${packages[@]}" || return 1
  polled=$(enter "$chroot" ./cpaas_exporter once --config.file=cpaas.yml 2>&1) || true  # nobody listens there
  remove_chroot "$chroot"
  echo "$polled" | tail -n 20
  grep -q "cannot connect: Connection refused" <<<"$polled"
}

# packages_install RELEASE FOLDER: those in FOLDER, on a bare system.
packages_install() {
  local chroot=$1-packages
  unpack_base "$1" "$chroot" && mkdir "$distributions_dir/$chroot/src" &&
    cp "$2"/*.deb tests/package/installed.sh "$distributions_dir/$chroot/src" &&
    enter "$chroot" ./installed.sh . && remove_chroot "$chroot"
}

# run_step RELEASE STEP
run_step() {
  local command
  read -ra command <<<"$2"
  case $2 in
    "runs alone") runs_alone "$1" ;;
    "packages install") packages_install "$1" "$distributions_dir/$1/src/build/package" ;;
    *) enter "$1" "${command[@]}" ;;
  esac
}

# try_release RELEASE STEPS...: adds a line to `table`. The chroot stays where a step failed.
try_release() {
  local release=$1 log=$distributions_dir/$1.log step done=() result=0
  shift
  echo "== $release"
  unpack_release "$release" >"$log" 2>&1 || { tail -n 20 "$log"; result=1; }
  for step in "$@"; do
    [ $result = 0 ] || break
    echo "   $step"
    if run_step "$release" "$step" >>"$log" 2>&1; then
      done+=("$step: ok")
    else
      done+=("$step: FAILED")
      tail -n 40 "$log"
      result=1
    fi
  done
  table+=("$release" "$(enter "$release" cat /etc/debian_version 2>/dev/null)" "$(enter "$release" g++ -dumpfullversion 2>/dev/null)"
    "$(IFS=,; echo "${done[*]}")")
  [ $result != 0 ] || remove_chroot "$release"
  return $result
}
