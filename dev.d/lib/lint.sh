# shellcheck shell=bash
# The checks of ./dev lint. Each prints its findings and fails if there are any.

cpp_files() { git ls-files -z --cached --others --exclude-standard '*.h' '*.cpp'; }

check_format() {
  echo "clang-format"
  cpp_files | xargs -0 clang-format --dry-run -Werror
}

shell_files() {
  git ls-files '*.sh'
  git grep -lIE '^#!.*\b(ba)?sh$' -- ':!*.sh'
}

check_shell() {
  echo "shellcheck"
  shell_files | sort -u | xargs -d '\n' shellcheck --external-sources
}

# The project's own files in the compile database of the dev preset, which is as fresh as `configure` makes it.
compiled_files() { sed -nE "s|^ *\"file\": \"$PWD/(.*)\",?\$|\1|p" build/dev/compile_commands.json | grep -v '^build/' | sort -u; }

# Silent about a clean file: clang-tidy itself always counts the warnings that it suppressed in system headers.
tidy_one() {
  local findings
  findings=$(clang-tidy --quiet -p build/dev "$1" 2>&1) || { printf '%s\n%s\n' "$1:" "$findings"; return 1; }
}
export -f tidy_one

# tidy_files FILES...; needs the compile database, so run `configure dev` before.
tidy_files() {
  echo "clang-tidy of $# files"
  # shellcheck disable=SC2016  # $1 is the inner shell's
  printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -n 1 bash -c 'tidy_one "$1"' tidy_one
}
