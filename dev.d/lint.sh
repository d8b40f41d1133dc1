# shellcheck shell=bash
# help: fails on a finding of clang-format, shellcheck or, in what ships, clang-tidy
need_lint
. dev.d/lib/lint.sh
configure dev
mapfile -t files < <(compiled_files | grep -v '^tests/')  # ./dev tidy takes in the tests too: three times as long
failed=()
check_format || failed+=(clang-format)
check_shell || failed+=(shellcheck)
tidy_files "${files[@]}" || failed+=(clang-tidy)
if [ ${#failed[@]} != 0 ]; then
  echo "./dev lint: findings of ${failed[*]}" >&2
  exit 1
fi
echo "./dev lint: no findings"
