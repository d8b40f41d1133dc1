# shellcheck shell=bash
# The Debian packages, made from what is committed.

# 0.1.0 where HEAD is tagged so, else 0.1.0~N after N commits, which is older than it.
package_version() {
  local version
  version=$(sed -nE 's/^project\(cpaas_exporter VERSION ([0-9.]+) .*/\1/p' CMakeLists.txt)
  if [ "$(git tag --points-at HEAD "v$version")" ]; then
    echo "$version"
  else
    echo "$version~$(git rev-list --count HEAD)"
  fi
}

# package_source FOLDER: what is committed, with debian/ where Debian's tools look for it.
package_source() {
  rm -rf "$1"
  mkdir -p "$1"
  git archive HEAD | tar --extract --directory="$1"
  cp -r "$1/deploy/debian" "$1/debian"
  # shellcheck disable=SC2154  # packages.sh has it
  sed -i "s/@build_packages@/$(printf '%s, ' "${build_packages[@]}")/" "$1/debian/control"
  cat >"$1/debian/changelog" <<END
cpaas-exporter ($(package_version)) unstable; urgency=medium

  * See /usr/share/doc/cpaas-exporter/CHANGELOG.md.

 -- $(sed -n 's/^Maintainer: //p' deploy/debian/control)  $(git log -1 --format=%aD)
END
}

# make_packages FOLDER: the packages, in FOLDER.
make_packages() {
  package_source "$1/source"
  (cd "$1/source" && DEB_BUILD_OPTIONS="parallel=$(nproc) noautodbgsym" dpkg-buildpackage --build=binary --no-sign --no-check-builddeps)
}
