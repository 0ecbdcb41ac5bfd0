#!/usr/bin/env bash
# monitor.sh NUTHATCH DATA TARGET WORK: counters and decisions of a monitor on TARGET, snapshot by snapshot, against the
# host's: all that `monitor` tells, but for latencies. Rows drift half way, so that windows decide something.
set -euo pipefail
nuthatch=$1 data=$2 target=$3 work=$4
mkdir -p "$work"
cd "$work"
rm -f ./*.bin
awk -F, -v OFS=, 'NR > 700 { $3 = "60"; $7 += 25 } 1' "$data/satellite.test.csv" >late.csv
compared=0
compare() { # CSV: of m.nhm
  local place snapshot
  for place in host "$target"; do
    rm -f "$place".*.bin
    "$nuthatch" predict m.nhm --data "$1" --on "$place" --snapshot "$place.bin" --snapshot-every 250 >/dev/null
    "$nuthatch" monitor "$place".0*.bin --model m.nhm --json >"$place.json" || [ $? -eq 3 ]
    # One by one too: the first snapshots see no drift yet.
    for snapshot in "$place".0*.bin; do
      "$nuthatch" monitor "$snapshot" --model m.nhm --json >>"$place.json" || [ $? -eq 3 ]
    done
    jq 'del(.latency)' "$place.json" >"$place.counts.json"
  done
  cmp host.counts.json "$target.counts.json"
  compared=$((compared + 1))
}

# Two classes that are told apart by a threshold: their counts, and margins from it.
for monitor in full basic; do
  "$nuthatch" train --data "$data/pima.train.csv" --test "$data/pima.test.csv" --target label --model logistic \
    --threshold-for recall=0.95 --monitor $monitor -o m.nhm >/dev/null
  [ "$("$nuthatch" inspect m.nhm --json | jq .threshold.word)" -ne 0 ]
  compare "$data/pima.test.csv"
done
# 36 features with histograms, and three of the most important.
for kind in "float32 4200" "int16 4200" "int16 700" "float32 basic"; do
  read -r input bytes <<<"$kind"
  level=(--monitor full --monitor-bytes "$bytes")
  [ "$bytes" != basic ] || level=(--monitor basic)
  "$nuthatch" train --data "$data/satellite.train.csv" --test "$data/satellite.test.csv" --target label \
    --model logistic --input "$input" "${level[@]}" -o m.nhm >/dev/null
  compare late.csv
done
grep -q '"broken"' host.counts.json || grep -q '"drift"' host.counts.json
echo "$target: the counters of $compared models are the host's"
[ "$compared" -eq 6 ]
