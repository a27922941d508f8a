#!/usr/bin/env bash
# Submit the run of a day (YYYYMMDD, UTC; default today) and its reconciliation, which follows in any case.
# Made by 'tieout render_deployment': change the deployment file instead.
set -euo pipefail
day=${1:-$(date -u +%Y%m%d)}
id=$(sbatch --parsable /etc/tieout/C1b.config1/production.sbatch "$day")
sbatch --dependency=afterany:"${id%%;*}" /etc/tieout/C1b.config1/reconcile.sbatch "$day"
