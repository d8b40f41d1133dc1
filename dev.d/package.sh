# shellcheck shell=bash
# help: makes the Debian packages of what is committed, for this release of Debian, in build/package, and asks lintian about them
. dev.d/lib/package.sh
need_build debhelper dpkg-dev git help2man lintian
rm -rf build/package
make_packages build/package >"$(log_file package)" 2>&1 || { tail -n 40 "$(log_file package)"; exit 1; }
lintian --fail-on error --tag-display-limit 0 build/package/*.changes
ls -l build/package/*.deb
