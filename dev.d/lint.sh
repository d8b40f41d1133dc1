# shellcheck shell=bash
# help: fails on a finding of clang-format, shellcheck or clang-tidy
need "${lint_packages[@]}"
. dev.d/lib/lint.sh
failed=()
check_format || failed+=(clang-format)
check_shell || failed+=(shellcheck)
check_tidy || failed+=(clang-tidy)
if [ ${#failed[@]} != 0 ]; then
  echo "./dev lint: findings of ${failed[*]}" >&2
  exit 1
fi
echo "./dev lint: no findings"
