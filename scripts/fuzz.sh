#!/usr/bin/env bash
# fuzz.sh SECONDS [NAME...]: run each fuzzer (or those named) that long, from its corpus. New inputs stay in the build; an input
# that crashes is kept in fuzz/corpus/NAME, so that the tests replay it from then on.
set -euo pipefail
seconds=${1:?usage: fuzz.sh SECONDS [NAME...]}
shift
cd "$(dirname "$0")/.."
cmake --preset fuzz > /dev/null
names=("$@")
if [ ${#names[@]} = 0 ]; then
  mapfile -t names < <(sed -n 's/^tieout_fuzzer(\([a-z_]*\).*/\1/p' fuzz/CMakeLists.txt)
fi
ninja -C build/fuzz "${names[@]/#/fuzz_}"
failed=0
for name in "${names[@]}"; do
  printf '\n== %s, %s s\n' "$name" "$seconds"
  found=build/fuzz/found/$name
  mkdir -p "$found"
  log=build/fuzz/found/$name.log
  if build/fuzz/bin/"fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -verbosity=0 -artifact_prefix="fuzz/corpus/$name/" "$found" "fuzz/corpus/$name" > "$log" 2>&1; then
    grep -E 'stat::(number_of_executed|peak_rss)' "$log"
  else
    failed=1
    tail -40 "$log"
  fi
done
exit "$failed"
