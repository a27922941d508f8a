#!/usr/bin/env bash
# wheel.sh BUILD_DIR: pack the Python package of a build into BUILD_DIR/wheel/tieout-*.whl, with the DuckDB library that it loads.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(realpath "${1:?usage: wheel.sh BUILD_DIR}")
[ -e "$build/python/tieout/__init__.py" ] || { echo "wheel.sh: $build has no Python package; needed a build with pybind11-dev" >&2; exit 2; }
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -r "$build/python/tieout" "$stage/tieout"
rm -rf "$stage/tieout/__pycache__"
cp -L "$root/.deps/duckdb/lib/libduckdb.so" "$stage/tieout/"
cp "$root/python/setup.py" "$stage/"
mkdir -p "$build/wheel"
rm -f "$build"/wheel/tieout-*.whl
(cd "$stage" && /usr/bin/python3 setup.py -q bdist_wheel --dist-dir "$build/wheel")
ls "$build"/wheel/tieout-*.whl
