# shellcheck shell=bash
# help: assembles the image's root file system, runs it read-only and as nobody in a chroot, and asks its health; --image: builds the image too
. dev.d/lib/demo.sh
. dev.d/lib/container.sh
case ${1:-} in
  "" | --image) ;;
  *)
    echo "./dev container: unknown argument '$1'; known is --image" >&2
    exit 2
    ;;
esac
[ "$(id -u)" = 0 ] || { echo "./dev container: trying the root file system needs root, for mount and chroot" >&2; exit 1; }
need_build ca-certificates curl libcurl4-openssl-dev util-linux
build release cpaas_exporter cpaas_sandbox

demo_dir=build/container
rm -rf --one-file-system "$demo_dir"
mkdir -p "$demo_dir/rootfs"
deploy/container/rootfs.sh build/release/cpaas_exporter "$PWD/$demo_dir/rootfs"
rootfs_is_bare
trap stop_all EXIT
start_sandbox
start_in_rootfs
until_true 60 "the health check" health_in_rootfs --ready
echo "runs as user 65532 on a read-only root; $(count_series) series of the sandbox's accounts"
show_size
if [ "${1:-}" = --image ]; then build_image; else echo "no image was built: ./dev container --image does, with buildah or podman"; fi
