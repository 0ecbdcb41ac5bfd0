#!/bin/bash
# enums.sh LIBRARY CC CXX: a C program with enums of any size reads what the library wrote. Prints "enums: what differs".
set -uo pipefail

library=$1 cc=$2 cxx=$3
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$root/runtime/include/nuthatch.h" "$work"
# The deliberate violation: an enum in a struct.
if [ -n "${ENUMS_VIOLATION:-}" ]; then
  sed -i 's/^typedef int32_t nuthatch_health;/typedef enum nuthatch_health_number nuthatch_health;/' "$work/nuthatch.h"
fi

for flag in -fshort-enums -fno-short-enums; do
  "$cc" -std=c99 -Wall -Wextra $flag -I "$work" -c "$root/tests/guards/enums.c" -o "$work/enums.o" 2>"$work/errors" ||
    { echo "enums: $cc $flag: $(grep -m1 error "$work/errors")"; exit 1; }
  "$cxx" "$work/enums.o" "$library" -o "$work/enums" || { echo "nothing: it does not link"; exit 1; }
  said=$("$work/enums" "$root/tests/fuzz/corpus/open/int8_of_float32_3_classes")
  [ $? -eq 0 ] && [ "$said" = "ok 0 65535 0 1 a row could take more steps than are allowed" ] ||
    { echo "enums: $cc $flag reads \"$said\""; exit 1; }
done
echo "$cc reads the same with enums of either size"
