#!/usr/bin/env bash
# pg_down.sh DIR: stop the server of pg_up.sh DIR, if it runs.
set -euo pipefail
dir=${1:?usage: pg_down.sh DIR}
# shellcheck source=scripts/pg_common.sh
. "$(dirname "$0")/pg_common.sh"
[ -e "$dir/data/postmaster.pid" ] || exit 0
cd "$dir"
as "$pg_bin/pg_ctl" -D "$dir/data" -m immediate -w stop > "$dir/stop.log"
