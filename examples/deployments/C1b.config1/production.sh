#!/usr/bin/env bash
# production of C1b.config1, paper_trading, preprod. Made by 'tieout render_deployment': change the deployment file instead.
# Usage: production.sh [--print] [YYYYMMDD]
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
  tieout run_prod_system
  --strategy C1b
  --dag_builder_ctor_as_str dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder
  --trade_date "${start_name%_*}"
  --liveness CANDIDATE
  --instance_type PROD
  --exchange binance
  --stage preprod
  --account_type trading
  --secret_id 3
  -v DEBUG
  --start_time "$start_name"
  --run_duration 86400
  --run_mode paper_trading
  --log_file_name /data/shared/ecs/preprod/system_reconciliation/C1b.config1/paper_trading/"$start_name"."$end_name"/logs/log.scheduled.txt
  --dst_dir /data/shared/ecs/preprod/system_reconciliation/C1b.config1/paper_trading/"$start_name"."$end_name"/system_log_dir.scheduled
  --set_config_value '("trading_period"),(str("5T"))'
  --set_config_value '("process_forecasts_node_dict","process_forecasts_dict","order_config","passivity_factor"),(float(0.55))'
  --set_config_value '("process_forecasts_node_dict","process_forecasts_dict","optimizer_config","params","style"),(str("longitudinal"))'
  --store /data/shared/ecs/preprod/market_data.sqlite
)
if [[ -n $print ]]; then
  printf '%q ' "${command[@]}"
  echo
  exit 0
fi
exec "${command[@]}"
