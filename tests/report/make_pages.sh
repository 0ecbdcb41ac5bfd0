#!/bin/bash
# make_pages.sh NUTHATCH NODE FOLDER: pages of models with strange names: what monitor writes
# of healthy and drifting devices, what compare does of deployments, and train, evaluate and tune of models.
set -euo pipefail

nuthatch=$1 node=$2 out=$3
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$out"
mkdir -p "$out"
cd "$out"

# monitor's exit status 3 says drift, and is no failure here.
monitor() { "$nuthatch" monitor "$@" || [ $? -eq 3 ]; }
predict() { "$nuthatch" predict "$@" >/dev/null; }

"$node" "$here/rows.mjs" 2000 0 >train.csv
"$node" "$here/rows.mjs" 1000 0 >same.csv
"$node" "$here/rows.mjs" 1000 1.5 500 >late.csv
"$nuthatch" train --data train.csv --target label --model logistic --monitor full --explain -o full.nhm >/dev/null
"$nuthatch" train --data train.csv --target label --model logistic -o basic.nhm >/dev/null
for model in full basic; do
  predict $model.nhm --data same.csv --snapshot $model-same.bin --snapshot-every 120 --device-id 1
  predict $model.nhm --data late.csv --snapshot $model-late.bin --snapshot-every 120 --device-id 2
  monitor $model-same.*.bin --model $model.nhm --report $model-healthy.html --format prometheus >$model-healthy.prom
  monitor $model-late.*.bin --model $model.nhm --report $model-drift.html --format prometheus >$model-drift.prom
  monitor $model-*.*.bin --model $model.nhm --report $model-fleet.html --format prometheus --device-label >$model-fleet.prom
  monitor $model-late.006.bin --model $model.nhm --report $model-one.html --format csv >$model-one.csv
  monitor $model-late.*.bin --report $model-nameless.html --format prometheus >$model-nameless.prom
done
predict full.nhm --data late.csv --contributions why.bin --device-id 2
monitor full-late.*.bin why.bin --model full.nhm --report full-why.html --format prometheus >full-why.prom

# compare's: of everything there is, of one target, and of failures.
compare() { "$nuthatch" compare "$@" --data same.csv --seconds 0.2 --rate 200 >/dev/null; }
"$nuthatch" train --data train.csv --target label --model tree --max-depth 2 -o small.nhm >/dev/null
compare small.nhm --cloud-model full.nhm --targets local,cloud,cloud-json,edge:cortex-m4,edge:cortex-m0,edge:aarch64 \
  --network rtt=40ms,jitter=10ms,loss=1%,bandwidth=1Mbit --report compare-all.html
compare full.nhm --targets local --report compare-local.html
compare full.nhm --targets local,http://127.0.0.1:1,cloud --report compare-failed.html 2>/dev/null || [ $? -eq 1 ]

# train's, evaluate's and tune's: of three classes with those names, of one feature and values, of two features, and of trials.
"$nuthatch" train --data train.csv --target label --model logistic --test same.csv -o train.nhm --report train-classes.html >/dev/null
"$nuthatch" train --data "$here/../data/line.csv" --target label --model linear-regression --test-fraction 0.2 -o line.nhm \
  --report train-line.html >/dev/null
"$nuthatch" train --data "$here/../data/threshold.csv" --target label --model logistic -o threshold.nhm >/dev/null
"$nuthatch" evaluate threshold.nhm --data "$here/../data/threshold.csv" --report evaluate-plane.html >/dev/null
"$nuthatch" tune --data same.csv --target label --models tree --trials 20 -o tuned.nhm --report tune-tree.html >/dev/null
