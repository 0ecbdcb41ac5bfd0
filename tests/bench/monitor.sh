#!/usr/bin/env bash
# monitor.sh BUILD DATA OUT [CORE...]: what monitoring costs: instructions a row beside predict's own, and bytes of RAM
# for the counters, by level, data set and core. Writes the CSV OUT.
set -euo pipefail
shopt -s inherit_errexit
build=$(realpath "$1") data=$2 out=$3
nuthatch=$build/host/nuthatch
shift 3
cores=("$@")
[ ${#cores[@]} -gt 0 ] || cores=(cortex-m0 cortex-m4)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "data,features,classes,level,core,monitor_instructions,a_feature,predict_instructions,monitor_bytes" >"$out"
for set in iris breast_cancer satellite digits; do
  for level in basic full; do
    "$nuthatch" train --data "$data/$set.train.csv" --target label --model logistic --input int16 --monitor "$level" \
      -o "$work/m.nhm" >/dev/null
    facts=$("$nuthatch" inspect "$work/m.nhm" --json)
    for core in "${cores[@]}"; do
      # The micro:bit has no room for 64 histograms and their snapshot.
      [ "$set-$level-$core" != digits-full-cortex-m0 ] || continue
      "$nuthatch" evaluate "$work/m.nhm" --data "$data/$set.test.csv" --on "$core" --json |
        jq -r --arg set "$set" --arg level "$level" --arg core "$core" --argjson facts "$facts" '
          def tenth: . * 10 | round / 10;
          [$set, ($facts.features | length), ($facts.classes | length), $level, $core, (.monitor_instructions | tenth),
           (.monitor_instructions / ($facts.features | length) | tenth), (.instructions.mean | tenth),
           $facts.monitor.bytes] | map(tostring) | join(",")' >>"$out"
    done
  done
done
