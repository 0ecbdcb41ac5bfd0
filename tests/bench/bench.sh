#!/usr/bin/env bash
# bench.sh NUTHATCH DATA OUT [CORE...]: instructions a prediction (mean, min, max over the test split) and to open the
# model, counted, not timed, by kind, model, data set, precision, input and core; and the most stack. Writes the CSV OUT.
set -euo pipefail
nuthatch=$(realpath "$1") data=$2 out=$3
shift 3
cores=("$@")
[ ${#cores[@]} -gt 0 ] || cores=(cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "kind,model,flags,data,precision,input,core,mean,min,max,open,stack,ram,model_bytes,score,bound" >"$out"
measure() { # DATASET FAMILY PRECISIONS [FLAG...]
  local set=$1 family=$2 precision input core facts
  local precisions=$3
  shift 3
  for precision in $precisions; do
    for input in float32 int16; do
      [ "$precision-$input" = float32-int16 ] && continue
      "$nuthatch" train --data "$data/$set.train.csv" --target label --model "$family" --precision "$precision" \
        --input "$input" "$@" -o "$work/m.nhm" --json >"$work/train.json"
      "$nuthatch" inspect "$work/m.nhm" --json >"$work/inspect.json"
      for core in "${cores[@]}"; do
        facts="$(jq -r .kind "$work/train.json"),$family,$*,$set,$precision,$input,$core"
        "$nuthatch" evaluate "$work/m.nhm" --data "$data/$set.test.csv" --on "$core" --json |
          jq -r --arg facts "$facts" --slurpfile inspect "$work/inspect.json" --arg core "$core" \
            '.instructions as $i | [$facts, ($i.mean * 10 | round / 10), $i.min, $i.max, .open_instructions,
             .stack_bytes, .ram_bytes, .model_bytes, (.score * 10000 | round / 10000),
             ($inspect[0].budget.most_instructions[$core] // "")] | map(tostring) | join(",")' >>"$out"
      done
    done
  done
}
measure iris logistic "int8 int16 float32"
measure breast_cancer logistic "int8 int16 float32"
measure digits logistic "int8 int16 float32"
measure boston_housing linear-regression "int8 int16 float32"
