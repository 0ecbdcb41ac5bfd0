#!/usr/bin/env bash
# check.sh BUILD DATA TABLES CORE WORK: the instructions of CORE against the reviewed table, the bounds that `inspect`
# gives, and the project's limits.
set -euo pipefail
build=$1 data=$2 tables=$3 core=$4 work=$5
mkdir -p "$work"
now=$work/$core.csv
"$tables/bench.sh" "$build" "$data" "$now" "$core"
[ "$(wc -l <"$now")" -eq 43 ]

# No row that was measured took more than the bound.
awk -F, 'NR > 1 && !($10 > 0 && $10 <= $11) { print "more instructions than inspect allows: " $0; failed = 1 }
         END { exit failed }' "$now"

# Limits that hold whatever the compiler, Cortex-M4.
at_most() { # LIMIT MODEL FLAGS DATA PRECISION INPUT
  local mean
  mean=$(awk -F, -v m="$2" -v f="$3" -v d="$4" -v p="$5" -v i="$6" \
    '$2 == m && $3 == f && $4 == d && $5 == p && $6 == i { print int($8 + 0.5) }' "$now")
  echo "$2 $3, $4, $5, $6 features: $mean instructions (at most $1)"
  [ "$mean" -gt 0 ]
  [ "$mean" -le "$1" ]
}
if [ "$core" = cortex-m4 ]; then
  at_most 4500 logistic "" digits int8 float32
  at_most 900 forest "--trees 10 --max-depth 8 --voting hard" digits int16 int16
  at_most 950 forest "--trees 10 --max-depth 8" digits int16 int16 # shares of several classes a leaf
  at_most 5000 forest "--trees 100 --max-depth 8" breast_cancer int16 int16
  at_most 700 naive-bayes "" breast_cancer int16 int16
  at_most 950 naive-bayes "" breast_cancer int16 float32 # 30 features of 17 instructions each are most of it
  # With the code that walks it, a forest of a hundred trees in 9 KiB.
  model_bytes=$(awk -F, '$3 == "--trees 100 --max-depth 8 --max-bytes 2300" && $6 == "int16" { print $17 }' "$now")
  code_bytes=$(awk -F, '/^forest,int16,fast,/ { print $4 + $5 }' "$build/$core/ports/footprint.csv")
  echo "forest of 100 trees: $model_bytes bytes of model, $code_bytes of code (at most 9216)"
  [ $((model_bytes + code_bytes)) -le 9216 ]
  for input in float32 int16; do
    at_most 8000 boosting "--rounds 100 --max-depth 3" iris int16 $input
    at_most 12369 mlp "--hidden 32" digits int8 $input
    at_most 17746 svm "" breast_cancer int8 $input
    at_most 7500 naive-bayes "" digits int16 $input
  done
fi

# What monitoring costs, of the cores that monitor.csv has.
monitor=$work/$core.monitor.csv
case $core in
  cortex-m0 | cortex-m4) "$tables/monitor.sh" "$build" "$data" "$monitor" "$core" ;;
  *) : >"$monitor" ;;
esac

# One feature more costs a row at most so many instructions on a Cortex-M4.
if ! awk -F, '$5 == "cortex-m4" && $7 != "" { ++seen; if ($7 > ($4 == "full" ? 14 : 5)) { print; bad = 1 } }
              END { exit bad || ('"$([ "$core" = cortex-m4 ] && echo 1 || echo 0)"' && seen < 4) }' "$monitor"; then
  echo "monitoring one feature more costs more than 14 (full) or 5 (basic) instructions a row"
  exit 1
fi

compiler=$(arm-none-eabi-gcc -dumpfullversion)
if [ "$compiler" != "$(cat "$tables/compiler.txt")" ]; then
  echo "made with gcc $(cat "$tables/compiler.txt"), this is $compiler: the table is not compared"
  exit 0
fi
if ! diff <(grep ",$core," "$tables/instructions.csv") <(tail -n +2 "$now"); then
  echo "the instructions of $core are not those of tests/bench/instructions.csv; if that is meant: ./run bench, review, commit"
  exit 1
fi
if ! diff <(grep ",$core," "$tables/monitor.csv") <(tail -n +2 "$monitor"); then
  echo "what monitoring costs on $core is not what tests/bench/monitor.csv says; if that is meant: ./run bench, review, commit"
  exit 1
fi
