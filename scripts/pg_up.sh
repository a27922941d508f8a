#!/usr/bin/env bash
# pg_up.sh DIR: start a throw-away PostgreSQL server whose files are in DIR, for tests. It listens on a socket in DIR alone:
#   PGHOST=DIR PGUSER=tieout PGDATABASE=tieout
# The role "locked" needs the password "right". pg_down.sh DIR stops the server. PostgreSQL refuses to run as root: it then runs as
# the user postgres, or as nobody. Exit 3: no server is installed, or there is no such user.
set -euo pipefail
dir=${1:?usage: pg_up.sh DIR}
# shellcheck source=scripts/pg_common.sh
. "$(dirname "$0")/pg_common.sh"
mkdir -p "$dir"
[ "$(id -u)" != 0 ] || chown "$pg_user": "$dir"
cd "$dir"
as "$pg_bin/initdb" -D "$dir/data" -U tieout --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync > "$dir/initdb.log"
sed -i '1i local all locked scram-sha-256' "$dir/data/pg_hba.conf"
as "$pg_bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 60 start -o "-c listen_addresses= -c unix_socket_directories=$dir \
  -c shared_buffers=16MB -c max_connections=20 -c fsync=off -c synchronous_commit=off -c autovacuum=off" > "$dir/start.log"
as "$pg_bin/createdb" -h "$dir" -U tieout tieout
as "$pg_bin/psql" -q -h "$dir" -U tieout tieout -c "CREATE ROLE locked LOGIN PASSWORD 'right'"
