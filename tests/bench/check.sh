#!/usr/bin/env bash
# check.sh NUTHATCH DATA TABLES CORE WORK: the instructions of CORE against the reviewed table, and the project's limits.
set -euo pipefail
nuthatch=$1 data=$2 tables=$3 core=$4 work=$5
mkdir -p "$work"
"$tables/bench.sh" "$nuthatch" "$data" "$work/$core.csv" "$core"
[ "$(wc -l <"$work/$core.csv")" -eq 21 ]

# Limits that hold whatever the compiler: digits from float features on a Cortex-M4.
if [ "$core" = cortex-m4 ]; then
  mean=$(awk -F, '$3 == "digits" && $4 == "int8" && $5 == "float32" { print int($7 + 0.5) }' "$work/$core.csv")
  echo "digits, int8, float32 features: $mean instructions (at most 4500)"
  [ "$mean" -gt 0 ]
  [ "$mean" -le 4500 ]
fi

compiler=$(arm-none-eabi-gcc -dumpfullversion)
if [ "$compiler" != "$(cat "$tables/compiler.txt")" ]; then
  echo "made with gcc $(cat "$tables/compiler.txt"), this is $compiler: the table is not compared"
  exit 0
fi
if ! diff <(grep ",$core," "$tables/instructions.csv") <(tail -n +2 "$work/$core.csv"); then
  echo "the instructions of $core are not those of tests/bench/instructions.csv; if that is meant: ./run bench, review, commit"
  exit 1
fi
