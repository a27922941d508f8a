#!/usr/bin/env bash
# lint.sh [--changed | FILE...]: all checks that do not run the program: formatting, includes, sources, text, and clang-tidy over
# every source that is built (--changed: those that differ from the main branch; FILE...: those).
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
step() {
  printf 'lint: %s\n' "$1"
  shift
  "$@" || failed=1
}

step format scripts/check_format.sh
for check in includes sources text; do
  step "$check" python3 "scripts/check_$check.py"
done

cmake --preset tidy > /dev/null
# Sources that the build generates must exist before clang-tidy reads what includes them.
if ninja -C build/tidy -t targets all | grep -q '^generated:'; then
  ninja -C build/tidy generated > /dev/null
fi
sources() {
  if [ $# = 0 ]; then
    python3 -c 'import json, os
root = os.getcwd() + "/"
files = {e["file"] for e in json.load(open("build/tidy/compile_commands.json"))}
print("\n".join(sorted(f[len(root):] for f in files if f.startswith(root) and not f.startswith(root + "build/"))))'
  elif [ "$1" = --changed ]; then
    { git diff --name-only --diff-filter=d main... -- '*.cpp'; git ls-files --others --exclude-standard -- '*.cpp'; } |
      grep -v -e '^tests/' | sort -u || true
  else
    printf '%s\n' "$@"
  fi
}
mapfile -t files < <(sources "$@")
printf 'lint: clang-tidy over %s files\n' "${#files[@]}"
if [ "${#files[@]}" -gt 0 ]; then
  # clang-tidy counts the findings in system headers that it hid: not our business.
  printf '%s\0' "${files[@]}" |
    xargs -0 -n 1 -P "${TIEOUT_JOBS:-2}" clang-tidy --quiet -p build/tidy 2> >(grep -v ' warnings\? generated' >&2) || failed=1
fi
if [ $failed != 0 ]; then
  echo 'lint: failed' >&2
  exit 1
fi
echo 'lint: clean'
