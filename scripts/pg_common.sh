# Sourced by pg_up.sh and pg_down.sh: where the server's programs are (pg_bin), and as whom they run (as COMMAND...).
pg_bin=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2> /dev/null | sort -V | tail -n 1)
[ -n "$pg_bin" ] && [ -x "$pg_bin/initdb" ] || { echo "no PostgreSQL server in /usr/lib/postgresql/*/bin" >&2; exit 3; }
pg_user=
if [ "$(id -u)" = 0 ]; then
  for user in postgres nobody; do
    if id "$user" > /dev/null 2>&1; then pg_user=$user; break; fi
  done
  [ -n "$pg_user" ] || { echo "neither a user postgres nor a user nobody" >&2; exit 3; }
fi
as() {
  if [ -n "$pg_user" ]; then
    setpriv --reuid="$pg_user" --regid="$(id -g "$pg_user")" --clear-groups env HOME=/nonexistent "$@"
  else
    "$@"
  fi
}
