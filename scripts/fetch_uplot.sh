#!/usr/bin/env bash
# uPlot 1.6.32, the charts of the pages, from npm into .deps/uplot, checked by SHA-256. Nothing to do when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$PWD/.deps/uplot
stamp=$target/version
version=1.6.32
[ "$(cat "$stamp" 2> /dev/null || true)" = "$version" ] && exit 0

echo "setup: fetching uPlot $version"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(
  cd "$work"
  for attempt in 1 2 3; do
    if npm pack --silent "uplot@$version" > npm.log 2>&1; then
      break
    fi
    [ "$attempt" = 3 ] && { cat npm.log >&2; echo "setup: npm could not fetch uPlot; check the npm registry and run again" >&2; exit 2; }
    sleep "$attempt"
  done
  sha256sum --quiet -c - << 'SUMS' || { echo "setup: uPlot is not the file that was expected" >&2; exit 2; }
4b8a8191e425658e3ea8c8c1314b0fc679c861ee3a1af2b20c7b16ba50b5133d  uplot-1.6.32.tgz
SUMS
  mkdir -p out
  tar -xzf uplot-1.6.32.tgz -C out --strip-components=2 package/dist/uPlot.iife.min.js package/dist/uPlot.min.css
  tar -xzf uplot-1.6.32.tgz -C out --strip-components=1 package/LICENSE
  echo "$version" > out/version
)
mkdir -p "$(dirname "$target")"
rm -rf "$target"
mv "$work/out" "$target"
