#!/usr/bin/env bash
# Run every benchmark of a bench build; each checks its own answers. bench.sh DIRECTORY
set -euo pipefail
dir=${1:?usage: bench.sh DIRECTORY_OF_BENCHMARKS}
for program in "$dir"/bench_*; do
  [ -x "$program" ] || continue
  printf '\n== %s\n' "$(basename "$program")"
  "$program"
done
