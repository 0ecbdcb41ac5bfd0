#!/usr/bin/env bash
# compare.sh NUTHATCH DATA MODELS WRONG: compare says of every deployment in one run that it answers the same bits; of
# firmware with one bit wrong (the folder WRONG) that it does not, with the others' results kept.
set -euo pipefail
nuthatch=$1 data=$2 models=$3 wrong=$4
quick=(--seconds 0.1 --rate 200 --json)
targets=local,cloud,cloud-json,edge:aarch64,edge:armhf,edge:microbit,edge:stm32f405
for core in m0 m3 m4 m7 m33 m55; do targets+=,edge:cortex-$core; done

answer=$("$nuthatch" compare "$models/wine.logistic.int8.float32.nhm" --data "$data/wine.test.csv" --targets "$targets" "${quick[@]}")
jq -r '.targets[] | "\(.name): \(if .identical_bits then "the same bits" else "DIFFERS" end)"' <<<"$answer"
[ "$(jq '[.targets[] | select(.identical_bits)] | length' <<<"$answer")" -eq 13 ]
# Time is known of what counts instructions: all but the two Linux targets.
[ "$(jq -r '[.targets[] | select(.latency_us.kind == "unavailable") | .name] | join(" ")' <<<"$answer")" = "edge:aarch64 edge:armhf" ]
[ "$(jq '[.targets[] | select(.latency_us.kind == "estimated" and .instructions > 0 and .energy_uj.label != "measured")] | length' <<<"$answer")" -eq 8 ]
# A flashed board's instructions are those of its core.
[ "$(jq '.targets | map({(.name): .instructions}) | add | .["edge:microbit"] == .["edge:cortex-m0"]' <<<"$answer")" = true ]

export NUTHATCH_FIRMWARE=$wrong
set +e
answer=$("$nuthatch" compare "$models/iris.logistic.int8.float32.nhm" --data "$data/iris.test.csv" --targets local,edge:cortex-m3 "${quick[@]}" 2>/dev/null)
status=$?
set -e
[ $status -eq 1 ]
[ "$(jq -c '[.targets[].identical_bits]' <<<"$answer")" = "[true,false]" ]
