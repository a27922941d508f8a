#!/usr/bin/env bash
# reconcile of C1b.config1, paper_trading, preprod. Made by 'tieout render_deployment': change the deployment file instead.
# Usage: reconcile.sh [--print] [YYYYMMDD]
# The day is that of the launch, UTC; without it: today. --print shows the command only.
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
day=${1:-$(date -u +%Y%m%d)}
set_times
command=(
  tieout reconcile_run_all
  --dag-builder-ctor-as-str dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder
  --run-mode paper_trading
  --start-timestamp-as-str "$start_name"
  --end-timestamp-as-str "$end_name"
  --mode scheduled
  --stage preprod
  --tag config1
  --prod-data-source-dir /data/shared/ecs/preprod/system_reconciliation/
  --dst-root-dir /data/shared/ecs/preprod/prod_reconciliation/
  --no-prevent-overwriting
  --run-notebook
  --mark-as-last-24-hour-run
  --publish-dir /data/shared/ecs/preprod/published
  --set-config-values '("trading_period"),(str("5T"));("process_forecasts_node_dict","process_forecasts_dict","order_config","passivity_factor"),(float(0.55));("process_forecasts_node_dict","process_forecasts_dict","optimizer_config","params","style"),(str("longitudinal"))'
)
if [[ -n $print ]]; then
  printf '%q ' "${command[@]}"
  echo
  exit 0
fi
exec "${command[@]}"
