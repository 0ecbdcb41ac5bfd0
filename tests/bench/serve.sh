#!/usr/bin/env bash
# serve.sh BUILD DATA SECONDS LEAST: the server's throughput and latency beside a bare server's; prints serve.csv. Each of
# fifteen rounds loads each server for as many seconds. Fails where the ratio of throughputs is below LEAST.
set -euo pipefail
build=$1 data=$2 seconds=$3 least=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for model in "iris logistic" "digits mlp"; do
  read -r set family <<<"$model"
  "$build/host/nuthatch" train --data "$data/$set.train.csv" --target label --model "$family" -o "$work/$set.nhm" >/dev/null
done
"$build/host/tests/bench/serve_bench" "$build/host/nuthatch" "$seconds" "$least" \
  "$work/iris.nhm" "$work/digits.nhm"
