#!/usr/bin/env bash
# check_boards.sh BUILD DATA TABLES WORK: what boards keep for their users against the reviewed table and the promise.
set -euo pipefail
build=$1 data=$2 tables=$3 work=$4
mkdir -p "$work"
"$tables/boards.sh" "$build" "$data" "$work" "$work/boards.csv"
cat "$work/boards.csv"
# Half of a micro:bit's RAM is its user's, with a forest and a full monitor of 4, 8 and 13 features. (30 features with all
# their histograms take more.)
awk -F, '$1 == "microbit" && $2 ~ /^(iris|pima|wine)$/ { ++rows; if ($7 < 8192) { print $2 ": " $7 " bytes left, not 8192"; exit 1 } }
  END { if (rows != 3) exit 1 }' "$work/boards.csv"
compiler=$(arm-none-eabi-gcc -dumpfullversion)
if [ "$compiler" != "$(cat "$tables/../bench/compiler.txt")" ]; then
  echo "this is gcc $compiler, not the table's: it is not compared"
  exit 0
fi
if ! diff "$tables/boards.csv" "$work/boards.csv"; then
  echo "sizes are not those of tests/size/boards.csv; if that is meant: ./run bench, review, commit"
  exit 1
fi
