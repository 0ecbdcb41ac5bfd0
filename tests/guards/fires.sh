#!/bin/bash
# fires.sh RULE COMMAND...: passes if the command fails and names that rule: a guard that cannot fail guards nothing.
set -uo pipefail

rule=$1
shift
output=$("$@" 2>&1)
code=$?
echo "$output"
if [ $code -ne 1 ]; then
  echo "fires.sh: exit code $code, and not 1"
  exit 1
fi
grep -qE "^$rule:" <<<"$output" || { echo "fires.sh: failed, but not for '$rule'"; exit 1; }
