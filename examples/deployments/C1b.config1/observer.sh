#!/usr/bin/env bash
# observer of C1b.config1, paper_trading, preprod. Made by 'tieout render_deployment': change the deployment file instead.
# Usage: observer.sh [--print] [YYYYMMDD]
# The day is that of the launch, UTC; without it: that of the run that goes on. --print shows the command only.
set -euo pipefail
print=
if [[ ${1:-} == --print ]]; then
  print=1
  shift
fi
bar=300
set_times() {
  local launch ready
  [[ $day =~ ^[0-9]{8}$ ]] && launch=$(date -u -d "$day 13:00:00" +%s 2>/dev/null) || {
    echo "$0: the day is '$day', it must be a calendar date YYYYMMDD" >&2
    exit 2
  }
  ready=$((launch + 300))
  start=$(((ready + bar - 1) / bar * bar))
  end=$(((ready + 86400 + bar - 1) / bar * bar - bar))
  start_name=$(date -u -d "@$start" +%Y%m%d_%H%M%S)
  end_name=$(date -u -d "@$end" +%Y%m%d_%H%M%S)
}
if [[ -n ${1:-} ]]; then
  day=$1
  set_times
else
  now=$(date -u +%s)
  for back in 0 1 2 3 4 5 6 7 8; do
    day=$(date -u -d "@$((now - back * 86400))" +%Y%m%d)
    set_times
    ((start <= now)) && break
  done
  if ((start > now || now > end + bar + 600)); then
    echo "$0: no run is going on" >&2
    exit 0
  fi
fi
command=(
  tieout run_master_system_observer_notebook
  --prod-data-root-dir /data/shared/ecs/preprod/system_reconciliation/
  --dag-builder-ctor-as-str dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder
  --run-mode paper_trading
  --tag config1
  --start-timestamp-as-str "$start_name"
  --end-timestamp-as-str "$end_name"
  --mode scheduled
  --mark-as-last-5minute-run
  --publish-dir /data/shared/ecs/preprod/published
)
if [[ -n $print ]]; then
  printf '%q ' "${command[@]}"
  echo
  exit 0
fi
exec "${command[@]}"
