#!/usr/bin/env bash
# check.sh BUILD TABLES WORK: flash and stack against the reviewed table, the project's limits, and no soft float where
# there is no float.
set -euo pipefail
build=$1 tables=$2 work=$3
mkdir -p "$work"
"$tables/size.sh" "$build" "$work/footprint.csv"

at_most() { # LIMIT ROW-PREFIX LAST-COLUMN: the stages up to that column
  local bytes
  bytes=$(awk -F, -v row="$2" -v last="$3" 'index($0, row) == 1 { for (i = 5; i <= last; ++i) sum += $i; print sum }' \
    "$work/footprint.csv")
  echo "$2 $bytes bytes (at most $1)"
  [ "$bytes" -gt 0 ]
  [ "$bytes" -le "$1" ]
}
predicted=6 watched=9
at_most 4096 cortex-m4,linear,float32,small, $predicted
at_most 4096 cortex-m4,linear,int16,small, $predicted
at_most 4096 cortex-m4,linear,float32,fast, $predicted
at_most 4096 cortex-m0,linear,int16,small, $predicted
at_most 4096 cortex-m0,linear,int16,fast, $predicted
at_most 16384 cortex-m4,all,float32,small, $watched
at_most 16384 cortex-m4,all,int16,small, $watched

# The stages add up to the whole: a product of all of them, by the tool that lists sections, less an empty one.
flash_of() { arm-none-eabi-size -A "$1" | awk '$1 ~ /^\.(text|rodata|vectors|data|ARM|model|init|fini|isr)/ { sum += $2 } END { print sum + 0 }'; }
for core in cortex-m0 cortex-m4; do
  for row in linear,int16 forest,float32 blend-svm-network-preparation,float32; do
    image=$build/$core/ports/cortex-m/footprint/footprint-fast-${row/,/-}
    for last in snapshot:9 full_snapshot:11; do
      linked=$(($(flash_of "$image-${last%:*}.elf") - $(flash_of "$image-none.elf")))
      told=$(awk -F, -v row="$core,$row,fast," -v last="${last#*:}" 'index($0, row) == 1 {
        for (i = 5; i <= last; ++i) if (last == 9 || i < 8 || i > 9) sum += $i; print sum }' "$work/footprint.csv")
      echo "$core $row to ${last%:*}: $told bytes told, $linked linked"
      [ "$told" -eq "$linked" ]
    done
  done
done

# Routines of libgcc for float and double, by their run-time ABI names; nm must find something for this to mean anything.
soft_float='__aeabi_[fd]|__aeabi_[a-z0-9]*2[fd]$|__aeabi_[fd][a-z]*2|__(add|sub|mul|div|neg|eq|ne|lt|le|gt|ge|fix|float)[a-z]*[sd]f'
images=$build/cortex-m0/ports/cortex-m/footprint
names() { arm-none-eabi-nm "$images/$1.elf" | awk '{ print $NF }'; }
for program in footprint-{fast,small}-{linear,svm,bayes,forest,network}-int16-{predict,snapshot} \
  footprint-{fast,small}-linear-probability-int16-predict footprint-{fast,small}-linear-int16-full_snapshot \
  footprint-fast-{linear,svm,bayes,forest,network}-preparation-int16-snapshot \
  footprint-fast-blend-linear-svm-forest-network{,-preparation}-int16-predict; do
  [ "$(names $program | wc -l)" -gt 20 ]
  if names $program | grep -E "$soft_float"; then
    echo "$program links soft float"
    exit 1
  fi
done
# The deliberate violation: with float32 input there must be some.
names footprint-fast-linear-float32-predict | grep -qE "$soft_float"

compiler=$(arm-none-eabi-gcc -dumpfullversion)
if [ "$compiler" != "$(cat "$tables/../bench/compiler.txt")" ]; then
  echo "this is gcc $compiler, not the table's: it is not compared"
  exit 0
fi
if ! diff "$tables/footprint.csv" "$work/footprint.csv"; then
  echo "sizes are not those of tests/size/footprint.csv; if that is meant: ./run bench, review, commit"
  exit 1
fi
