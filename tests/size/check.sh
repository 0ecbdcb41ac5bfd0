#!/usr/bin/env bash
# check.sh BUILD TABLES WORK: flash and stack against the reviewed table, the project's limits, and no soft float where
# there is no float.
set -euo pipefail
build=$1 tables=$2 work=$3
mkdir -p "$work"
"$tables/size.sh" "$build" "$work/footprint.csv"

at_most() { # LIMIT ROW-PREFIX
  local bytes
  bytes=$(awk -F, -v row="$2" 'index($0, row) == 1 { print $6 }' "$work/footprint.csv")
  echo "$2 $bytes bytes (at most $1)"
  [ "$bytes" -gt 0 ]
  [ "$bytes" -le "$1" ]
}
at_most 4096 cortex-m4,linear,float32,small,no,
at_most 4096 cortex-m4,linear,int16,small,no,
at_most 4096 cortex-m4,linear,float32,fast,no,
at_most 4096 cortex-m0,linear,int16,small,no,
at_most 4096 cortex-m0,linear,int16,fast,no,
at_most 16384 cortex-m4,all,float32,small,yes,
at_most 16384 cortex-m4,all,int16,small,yes,

# Routines of libgcc for float and double, by their run-time ABI names; nm must find something for this to mean anything.
soft_float='__aeabi_[fd]|__aeabi_[a-z0-9]*2[fd]$|__aeabi_[fd][a-z]*2|__(add|sub|mul|div|neg|eq|ne|lt|le|gt|ge|fix|float)[a-z]*[sd]f'
images=$build/cortex-m0/ports/cortex-m/footprint
names() { arm-none-eabi-nm "$images/$1.elf" | awk '{ print $NF }'; }
for program in footprint-{fast,small}-{linear,svm,bayes,forest,network}-int16{,-monitor} \
  footprint-{fast,small}-linear-probability-int16 footprint-{fast,small}-linear-histograms-int16-monitor \
  footprint-fast-{linear,svm,bayes,forest,network}-preparation-int16 \
  footprint-fast-blend-linear-svm-forest-network{,-preparation}-int16; do
  [ "$(names $program | wc -l)" -gt 20 ]
  if names $program | grep -E "$soft_float"; then
    echo "$program links soft float"
    exit 1
  fi
done
# The deliberate violation: with float32 input there must be some.
names footprint-fast-linear-float32 | grep -qE "$soft_float"

compiler=$(arm-none-eabi-gcc -dumpfullversion)
if [ "$compiler" != "$(cat "$tables/../bench/compiler.txt")" ]; then
  echo "this is gcc $compiler, not the table's: it is not compared"
  exit 0
fi
if ! diff "$tables/footprint.csv" "$work/footprint.csv"; then
  echo "sizes are not those of tests/size/footprint.csv; if that is meant: ./run bench, review, commit"
  exit 1
fi
