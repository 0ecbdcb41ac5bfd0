#!/usr/bin/env bash
# monitor.sh BUILD DATA OUT [CORE...]: what monitoring costs: instructions a row beside predict's own, and bytes of RAM
# for the counters, by level, data set and core. digits with its first 16 and 32 features, too: `next_feature` is what one
# feature more costs, the difference to the line before over the features added. Writes the CSV OUT.
set -euo pipefail
shopt -s inherit_errexit
build=$(realpath "$1") data=$2 out=$3
nuthatch=$build/host/nuthatch
shift 3
cores=("$@")
[ ${#cores[@]} -gt 0 ] || cores=(cortex-m0 cortex-m4)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# measure SET FEATURES LEVEL CORE: features, classes, instructions of monitor and predict, bytes; of the first FEATURES
# columns (0: all).
measure() {
  local set=$1 columns=$2 level=$3 core=$4 facts
  for part in train test; do
    if [ "$columns" = 0 ]; then
      cp "$data/$set.$part.csv" "$work/$part.csv"
    else
      awk -F, -v OFS=, -v n="$columns" '{ for (i = 1; i <= n; ++i) printf "%s,", $i; print $NF }' \
        "$data/$set.$part.csv" >"$work/$part.csv"
    fi
  done
  "$nuthatch" train --data "$work/train.csv" --target label --model logistic --input int16 --monitor "$level" \
    -o "$work/m.nhm" >/dev/null
  facts=$("$nuthatch" inspect "$work/m.nhm" --json)
  "$nuthatch" evaluate "$work/m.nhm" --data "$work/test.csv" --on "$core" --json |
    jq -r --argjson facts "$facts" '[($facts.features | length), ($facts.classes | length), .monitor_instructions,
      .instructions.mean, $facts.monitor.bytes] | map(tostring) | join(" ")'
}

echo "data,features,classes,level,core,monitor_instructions,next_feature,predict_instructions,monitor_bytes" >"$out"
for level in basic full; do
  for core in "${cores[@]}"; do
    before=""
    for wanted in iris:0 breast_cancer:0 satellite:0 digits:16 digits:32 digits:0; do
      # The micro:bit has no room for 64 histograms and their snapshot.
      [ "$wanted-$level-$core" != digits:0-full-cortex-m0 ] || continue
      set=${wanted%:*}
      measure "$set" "${wanted#*:}" "$level" "$core" >"$work/line"
      read -r features classes monitor predict bytes <"$work/line"
      next=$(awk -v before="$before" -v set="$set" -v features="$features" -v cost="$monitor" 'BEGIN {
        split(before, b, " "); if (b[1] == set) printf "%.1f", (cost - b[3]) / (features - b[2]) }')
      before="$set $features $monitor"
      LC_ALL=C printf '%s,%d,%d,%s,%s,%.1f,%s,%.1f,%d\n' "$set" "$features" "$classes" "$level" "$core" "$monitor" \
        "$next" "$predict" "$bytes" >>"$out"
    done
  done
done
