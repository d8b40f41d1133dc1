# shellcheck shell=bash
# help: makes the Debian packages of what is committed, for this release of Debian, in build/package; --try: installs them on a bare one
. dev.d/lib/package.sh
need_build debhelper dpkg-dev git help2man lintian python3
rm -rf build/package
make_packages build/package >"$(log_file package)" 2>&1 || { tail -n 40 "$(log_file package)"; exit 1; }
lintian --fail-on error --tag-display-limit 0 build/package/*.changes
ls -l build/package/*.deb
case ${1:-} in
  "") ;;
  --try)
    . dev.d/lib/distributions.sh
    need_distributions
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    make_base "$release" && packages_install "$release" build/package
    ;;
  *)
    echo "./dev package: unknown argument '$1'; known is --try" >&2
    exit 2
    ;;
esac
