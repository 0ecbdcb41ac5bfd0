#!/usr/bin/env bash
# bench.sh BUILD DATA OUT [CORE...]: instructions a prediction (mean, min, max over the test split) and to open the
# model, counted, not timed, by kind, model, data set, precision, input and core; the most stack and the RAM; the bound
# that `inspect` gives for any row; and the mean of the same kind in plain float C (plain/plain.sh; contracted: with its
# multiplications and additions fused, which the bits of this runtime forbid), from float32. Writes the CSV OUT.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "$1") data=$2 out=$3
nuthatch=$build/host/nuthatch
shift 3
cores=("$@")
[ ${#cores[@]} -gt 0 ] || cores=(cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$here/plain/plain.sh" "$build" "$data" "$work/plain.csv" "${cores[@]}"
echo "kind,model,flags,data,precision,input,core,mean,min,max,bound,plain_c,plain_c_contracted,open,stack,ram,model_bytes,score" >"$out"
measure() { # DATASET FAMILY PRECISIONS [FLAG...]
  local set=$1 family=$2 precision input core facts plain
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
        plain=$(awk -F, -v model="$family" -v flags="$*" -v set="$set" -v core="$core" \
          '$2 == model && $3 == flags && $4 == set && $5 == core { print $6 "," $10 }' "$work/plain.csv")
        "$nuthatch" evaluate "$work/m.nhm" --data "$data/$set.test.csv" --on "$core" --json |
          jq -r --arg facts "$facts" --arg plain "${plain:-,}" --arg core "$core" --slurpfile inspect "$work/inspect.json" \
            '.instructions as $i | [$facts, ($i.mean * 10 | round / 10), $i.min, $i.max,
             $inspect[0].budget.most_instructions[$core], $plain, .open_instructions, .stack_bytes, .ram_bytes,
             .model_bytes, (.score * 10000 | round / 10000)] | map(tostring) | join(",")' >>"$out"
      done
    done
  done
}
measure iris logistic "int8 int16 float32"
measure breast_cancer logistic "int8 int16 float32"
measure digits logistic "int8 int16 float32"
measure boston_housing linear-regression "int8 int16 float32"
measure breast_cancer svm int8
measure diabetes svr int8
measure breast_cancer naive-bayes int16
measure digits naive-bayes int16
measure digits forest int16 --trees 10 --max-depth 8
measure digits forest int16 --trees 10 --max-depth 8 --voting hard
measure breast_cancer forest int16 --trees 100 --max-depth 8
measure breast_cancer forest int16 --trees 100 --max-depth 8 --max-bytes 2300
measure iris boosting int16 --rounds 100 --max-depth 3
measure digits mlp int8 --hidden 32
measure boston_housing blend int8 --of "boosting + mlp"
