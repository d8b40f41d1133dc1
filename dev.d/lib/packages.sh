# shellcheck shell=bash
# The Debian packages that the commands need, and their installation.

build_packages=(
  ccache cmake g++ libabsl-dev libboost-dev libcrypt-dev libcli11-dev libcurl4-openssl-dev libexpected-dev libfmt-dev libjemalloc-dev
  libjq-dev libspdlog-dev libsqlite3-dev libssl-dev libyaml-cpp-dev nettle-dev ninja-build nlohmann-json3-dev prometheus-cpp-dev tzdata
  zlib1g-dev
)
test_packages=(
  "${build_packages[@]}" ca-certificates libgmock-dev libgtest-dev prometheus prometheus-alertmanager python3 python3-yaml valgrind
)
clang_packages=("${test_packages[@]}" clang libclang-rt-dev lld)
lint_packages=("${test_packages[@]}" git clang-format clang-tidy shellcheck)

# need_build, need_test, need_clang, need_lint [PACKAGES...]: makes sure of a set of packages, and of further ones.
need_build() { need "${build_packages[@]}" "$@"; }
need_test() { need "${test_packages[@]}" "$@"; }
need_clang() { need "${clang_packages[@]}" "$@"; }
need_lint() { need "${lint_packages[@]}" "$@"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -n "$@"  # -n: fails instead of asking for a password
  else
    return 1
  fi
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# need PACKAGES...: installs those that are missing, without a question.
need() {
  if ! command -v apt-get >/dev/null; then
    echo "./dev: this is no Debian or Ubuntu; what these packages hold must be there already: $*" >&2
    return
  fi
  local package missing=()
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  echo "./dev: installing Debian packages: ${missing[*]}"
  if ! as_root bash dev.d/lib/install.sh "${missing[@]}"; then
    echo "./dev: could not install them. As root: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
}
