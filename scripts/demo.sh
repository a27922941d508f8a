#!/usr/bin/env bash
# The main job on embedded defaults: a production day, then three reconciliations of it. Prints verdicts, times and pages;
# exits 0 only when each reconciliation found what it has to find.
set -euo pipefail
tieout=$(realpath "${1:?usage: demo.sh PATH_OF_TIEOUT [OUTPUT_DIR]}")
cd "$(dirname "$0")/.."
out=$(realpath -m "${2:-build/demo}")
rm -rf "$out"
mkdir -p "$out/system_reconciliation"

builder=dataflow_orange.pipelines.C1.C1b_pipeline.C1b_DagBuilder
start=20180123_000000
end=20180123_235500
passivity='("process_forecasts_node_dict","process_forecasts_dict","order_config","passivity_factor"),(float(0.55))'
style='("process_forecasts_node_dict","process_forecasts_dict","optimizer_config","params","style"),(str("longitudinal"))'
patience='("market_data_config","time_out_in_secs"),(float(30.0))'
run_dir="$out/system_reconciliation/C1b/paper_trading/$start.$end"

feed=../shared/data/freqtrade_bittrex_10assets_20180120_20180130_1min.csv.gz
if [ -r "$feed" ]; then
  what='10 assets of real one-minute bars'
else
  feed="$out/feed.csv.gz"
  what='10 generated assets (no shared data)'
  "$tieout" generate_market_data --out "$feed" --assets 10 --start 20180121_000000 --minutes 4320 --seed 7
fi

seconds() { date +%s.%N; }
elapsed() { awk -v a="$1" -v b="$(seconds)" 'BEGIN { printf "%.1f s", b - a }'; }
step() { printf '\n== %s\n' "$1"; }
summary=()
failures=0

step "(a) production: C1b, $what, 24 h on a clock that runs 2880 times as fast; late and revised rows"
t=$(seconds)
"$tieout" run_prod_system \
  --strategy 'C1b' \
  --dag_builder_ctor_as_str "$builder" \
  --trade_date 20180123 --liveness 'CANDIDATE' --instance_type 'PROD' \
  --exchange 'bittrex' --stage 'preprod' --account_type 'trading' --secret_id '3' -v 'INFO' \
  --start_time "$start" --run_duration 86400 --run_mode 'paper_trading' \
  --log_file_name "$run_dir/logs/log.scheduled.txt" \
  --dst_dir "$run_dir/system_log_dir.scheduled" \
  --set_config_value "$passivity" --set_config_value "$style" --set_config_value "$patience" \
  --feed "$feed" --feed_profile bad_day --feed_seed 1 --speed_up_factor 2880
summary+=("(a) production run|sealed|$(elapsed "$t")|$run_dir/system_log_dir.scheduled")

# reconcile NAME EXPECTED_VERDICT REPLAY OVERRIDES LABEL
reconcile() {
  local root="$out/prod_reconciliation.$1" t code=0 page verdict expected_code=1 force=()
  [ "$1" != forgotten ] || force=(--force-overrides)
  [ "$2" = DIVERGED ] || expected_code=0
  mkdir -p "$root"
  t=$(seconds)
  "$tieout" reconcile_run_all \
    --dag-builder-ctor-as-str "$builder" --run-mode 'paper_trading' \
    --start-timestamp-as-str "$start" --end-timestamp-as-str "$end" --mode 'scheduled' \
    --prod-data-source-dir "$out/system_reconciliation" --dst-root-dir "$root" --stage preprod \
    --no-prevent-overwriting --run-notebook --mark-as-last-24-hour-run \
    --replay "$3" --set-config-values "$4" "${force[@]}" || code=$?
  verdict=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["verdict"])' \
    "$root/C1b/paper_trading/$start.$end/status.json" 2> /dev/null || echo "exit $code")
  page=$(find "$root" -name 'Master_system_reconciliation_fast.0.*.html' | sort | head -n 1)
  if [ "$verdict" != "$2" ] || [ "$code" != "$expected_code" ] || [ -z "$page" ]; then
    verdict="$verdict (exit $code; needed $2, exit $expected_code and a page)"
    failures=$((failures + 1))
  fi
  summary+=("$5|$verdict|$(elapsed "$t")|$page")
}

step '(b) faithful replay of the run'
reconcile faithful IDENTICAL faithful "$passivity;$style;$patience" '(b) faithful replay'
step '(c) nominal replay: ideal clock, last version of every row'
reconcile nominal DIVERGED nominal "$passivity;$style;$patience" '(c) nominal replay'
step '(d) faithful replay with one override forgotten'
reconcile forgotten DIVERGED faithful "$passivity;$patience" '(d) forgotten override'

step 'summary'
for row in "${summary[@]}"; do
  IFS='|' read -r what verdict time page <<< "$row"
  printf '%-24s %-10s %8s  %s\n' "$what" "$verdict" "$time" "$page"
done
if [ "$failures" -ne 0 ]; then
  echo "demo: $failures of 3 reconciliations did not find what they have to find" >&2
  exit 1
fi
