#!/usr/bin/env bash
# sees_one_wrong_bit.sh NUTHATCH DATA MODELS FIRMWARE: evaluate must fail, and say why, on a runner with one bit wrong.
set -euo pipefail
nuthatch=$1 data=$2 models=$3
export NUTHATCH_FIRMWARE=$4
test -f "$NUTHATCH_FIRMWARE/cortex-m3/ports/runner.elf"
set +e
answer=$("$nuthatch" evaluate "$models/iris.logistic.int8.float32.nhm" --data "$data/iris.test.csv" --on cortex-m3 --json 2>/dev/null)
status=$?
set -e
[ $status -eq 1 ]
[ "$(jq .identical_to_host <<<"$answer")" = false ]
