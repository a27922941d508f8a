#!/usr/bin/env bash
# What the browser tests need from npm into .deps/browser (playwright-core, axe-core, html-validate): for the tests alone; the packages
# are checked by the hashes of the lock file, and no browser is downloaded: the tests use Debian's Chromium. Nothing to do when it is
# there. It needs Node.js 18; without it, or without npm, those tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
source=$PWD/tests/browser
target=$PWD/.deps/browser
stamp=$target/version
version=$(sha256sum "$source/package-lock.json" | cut -d' ' -f1)
[ "$(cat "$stamp" 2> /dev/null || true)" = "$version" ] && exit 0

without() { echo "setup: no browser tests: $1; they say so and are skipped"; exit 0; }
node=$(node --version 2> /dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
[ "${node:-0}" -ge 18 ] || without "Node.js 18 or newer is needed"
command -v npm > /dev/null || without "there is no npm"

echo "setup: fetching what the browser tests need"
mkdir -p "$(dirname "$target")"
work=$(mktemp -d "$(dirname "$target")/browser.XXXXXX")
trap 'rm -rf "$work"' EXIT
cp "$source/package.json" "$source/package-lock.json" "$work/"
(cd "$work" && npm ci --silent --ignore-scripts --no-audit --no-fund > npm.log 2>&1) || without "npm could not fetch it"
echo "$version" > "$work/version"
rm -rf "$target"
mv "$work" "$target"
