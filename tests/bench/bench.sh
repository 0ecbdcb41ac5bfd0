#!/usr/bin/env bash
# bench.sh NUTHATCH DATA OUT [CORE...]: instructions a prediction (mean, min, max over the test split) and to open the
# model, counted, not timed, by kind, data set, precision, input and core; and the most stack. Writes the CSV OUT.
set -euo pipefail
nuthatch=$(realpath "$1") data=$2 out=$3
shift 3
cores=("$@")
[ ${#cores[@]} -gt 0 ] || cores=(cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "kind,model,data,precision,input,core,mean,min,max,open,stack,ram" >"$out"
measure() { # DATASET FAMILY
  local precision input core
  for precision in int8 int16 float32; do
    for input in float32 int16; do
      [ $precision-$input = float32-int16 ] && continue
      "$nuthatch" train --data "$data/$1.train.csv" --target label --model "$2" --precision $precision --input $input \
        -o "$work/m.nhm" --json >/dev/null
      for core in "${cores[@]}"; do
        "$nuthatch" evaluate "$work/m.nhm" --data "$data/$1.test.csv" --on "$core" --json |
          jq -r --arg row "linear,$2,$1,$precision,$input,$core" '.instructions as $i |
            [$row, ($i.mean * 10 | round / 10), $i.min, $i.max, .open_instructions, .stack_bytes, .ram_bytes]
            | map(tostring) | join(",")' >>"$out"
      done
    done
  done
}
measure iris logistic
measure breast_cancer logistic
measure digits logistic
measure boston_housing linear-regression
