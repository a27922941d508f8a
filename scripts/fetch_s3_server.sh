#!/usr/bin/env bash
# A server of the S3 protocol from npm into .deps/s3_server, for the tests alone; its packages are checked by the hashes of the lock
# file. Nothing to do when it is there. It needs Node.js 20; without it, or without npm, the tests of S3 run on a stub only.
set -euo pipefail
cd "$(dirname "$0")/.."
source=$PWD/tests/stubs/s3_server
target=$PWD/.deps/s3_server
stamp=$target/version
version=$(sha256sum "$source/package-lock.json" | cut -d' ' -f1)
[ "$(cat "$stamp" 2> /dev/null || true)" = "$version" ] && exit 0

without() { echo "setup: no S3 server for the tests: $1; they say so and run on a stub"; exit 0; }
node=$(node --version 2> /dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
[ "${node:-0}" -ge 20 ] || without "Node.js 20 or newer is needed"
command -v npm > /dev/null || without "there is no npm"

echo "setup: fetching an S3 server for the tests"
mkdir -p "$(dirname "$target")"
work=$(mktemp -d "$(dirname "$target")/s3_server.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp "$source/package.json" "$source/package-lock.json" "$work/"
(cd "$work" && npm ci --silent --ignore-scripts --no-audit --no-fund > npm.log 2>&1) || without "npm could not fetch it"
echo "$version" > "$work/version"
rm -rf "$target"
mv "$work" "$target"
