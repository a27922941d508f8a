#!/usr/bin/env bash
# expect_failure.sh REGEX COMMAND...: succeed when the command fails and says something that matches REGEX, so that a check that
# fails for another reason (a missing tool, a typo) does not pass as caught.
set -uo pipefail
regex=$1
shift
output=$("$@" 2>&1)
status=$?
if [ $status = 0 ]; then
  printf 'expected a failure, but this succeeded: %s\n%s\n' "$*" "$output" >&2
  exit 1
fi
if ! grep -Eq -- "$regex" <<< "$output"; then
  printf 'failed with status %s, but for another reason than /%s/: %s\n%s\n' $status "$regex" "$*" "$output" >&2
  exit 1
fi
