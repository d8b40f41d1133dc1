# shellcheck shell=bash
# help: ./dev test and ./dev demo --check in bare chroots of Debian 12, 13 and testing, or of those named; --build-only stops after the build
. dev.d/lib/distributions.sh
releases=() steps=("${distribution_steps[@]}")
for argument in "$@"; do
  case $argument in
    --build-only) steps=("./dev build") ;;
    12 | bookworm) releases+=(bookworm) ;;
    13 | trixie) releases+=(trixie) ;;
    testing) releases+=(testing) ;;
    *)
      echo "./dev distributions: unknown argument '$argument'; known are 12, 13, testing and --build-only" >&2
      exit 2
      ;;
  esac
done
[ ${#releases[@]} != 0 ] || releases=(bookworm trixie testing)

need_distributions
[ -z "$(git status --porcelain)" ] || echo "./dev distributions: what is not committed is not tried" >&2

failed=() table=()
for release in "${releases[@]}"; do
  try_release "$release" "${steps[@]}" || failed+=("$release")
done
printf '\n%-10s %-14s %-8s %s\n' release Debian g++ steps "${table[@]}"
if [ ${#failed[@]} != 0 ]; then
  echo "./dev distributions: failed on ${failed[*]}; the logs are in $distributions_dir" >&2
  exit 1
fi
