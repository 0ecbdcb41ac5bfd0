#!/bin/bash
# lint.sh PROMTOOL FILE...: promtool has nothing to say of any of them. Prints "lint: file: what it says".
set -uo pipefail

promtool=$1
shift
status=0
for file in "$@"; do
  [ -s "$file" ] || { echo "lint: $file: empty"; status=1; }
  said=$("$promtool" check metrics <"$file" 2>&1)
  code=$?
  [ $code -eq 0 ] && [ -z "$said" ] && continue
  echo "lint: $file: $said"
  status=1
done
[ $# -gt 0 ] || { echo "lint: no files"; status=1; }
[ $status -eq 0 ] && echo "$# files have nothing to be said of"
exit $status
