#!/usr/bin/env bash
# DuckDB 1.4.4 (C header and shared library) from npm into .deps/duckdb, checked by SHA-256. Nothing to do when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$PWD/.deps/duckdb
stamp=$target/version
version=1.4.4
[ "$(cat "$stamp" 2> /dev/null || true)" = "$version" ] && exit 0

echo "setup: fetching DuckDB $version"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(
  cd "$work"
  for attempt in 1 2 3; do
    if npm pack --silent "duckdb@$version" "@duckdb/node-bindings-linux-x64@$version-r.1" > npm.log 2>&1; then
      break
    fi
    [ "$attempt" = 3 ] && { cat npm.log >&2; echo "setup: npm could not fetch DuckDB; check the npm registry and run again" >&2; exit 2; }
    sleep "$attempt"
  done
  sha256sum --quiet -c - << 'SUMS' || { echo "setup: DuckDB is not the file that was expected" >&2; exit 2; }
5bb967dcbcd517670ba5f169f238fb9d6787e53752c60ebe24386169d76941ed  duckdb-1.4.4.tgz
8ac460b152cd05a95065a414879bb09e40534b1fb7a80a7afe6969b6ce039029  duckdb-node-bindings-linux-x64-1.4.4-r.1.tgz
SUMS
  mkdir -p out/include out/lib
  tar -xzf duckdb-1.4.4.tgz -C out/include --strip-components=5 package/src/duckdb/src/include/duckdb.h
  tar -xzf duckdb-1.4.4.tgz --to-stdout package/LICENSE > out/LICENSE
  tar -xzf duckdb-node-bindings-linux-x64-1.4.4-r.1.tgz -C out/lib --strip-components=1 package/libduckdb.so
  echo "$version" > out/version
)
mkdir -p "$(dirname "$target")"
rm -rf "$target"
mv "$work/out" "$target"
