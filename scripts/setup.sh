#!/usr/bin/env bash
# Install what the build needs and is missing: Debian packages, and from npm DuckDB, uPlot and what the tests use. Quick when nothing is missing.
# setup.sh [PACKAGE...]: these packages too.
set -euo pipefail
here=$(dirname "$0")

packages=(
  g++ cmake ninja-build make git ccache
  libfmt-dev nlohmann-json3-dev libcli11-dev libhowardhinnant-date-dev libxxhash-dev libisal-dev
  zlib1g-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev libpq-dev tzdata
  libtomlplusplus-dev libsnappy-dev libgtest-dev libgmock-dev libbenchmark-dev
  clang-format clang-tidy python3
  pybind11-dev python3-dev python3-numpy python3-pandas
  python3-nbformat jupyter-nbconvert python3-ipykernel
  "$@"
)

fetch() {
  bash "$here/fetch_duckdb.sh"
  bash "$here/fetch_uplot.sh"
  bash "$here/fetch_s3_server.sh"
  case " ${packages[*]} " in *" chromium "*) bash "$here/fetch_browser_tests.sh" ;; esac
}

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
# An npm of another origin (with a Node.js of its own) will do; Debian's packages would fight with it.
command -v npm > /dev/null || missing+=(npm)
if [ ${#missing[@]} -eq 0 ]; then
  fetch
  echo "setup: nothing to install"
  exit 0
fi

echo "setup: installing ${missing[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo > /dev/null || { echo "setup: needs root or sudo to install packages" >&2; exit 2; }
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
run() { "${as_root[@]}" "$@" > "$log" 2>&1 || { cat "$log" >&2; echo "setup: '$*' failed" >&2; exit 2; }; }
run apt-get update
run apt-get install -y --no-install-recommends "${missing[@]}"
fetch
echo "setup: done"
