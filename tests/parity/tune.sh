#!/usr/bin/env bash
# tune.sh NUTHATCH DATA FOLDER: what tune says a model costs is what each emulated core measures of it: flash and RAM to the
# byte, and no row takes more instructions.
set -euo pipefail
nuthatch=$1 data=$2 folder=$3
mkdir -p "$folder"
for core in m0 m3 m4 m7 m33 m55; do
  for input in float32 int16; do
    for model in forest svm; do
      file=$folder/$model.nhm
      said=$("$nuthatch" tune --data "$data/iris.train.csv" --target label --models $model --trials 1 --input $input \
        --budget core=cortex-$core -o "$file" --json)
      found=$("$nuthatch" evaluate "$file" --data "$data/iris.train.csv" --on cortex-$core --json)
      jq -e -n --argjson said "$said" --argjson found "$found" '
        $said.best.flash_bytes == $found.flash_bytes + $found.model_bytes and
        $said.best.ram_bytes == $found.ram_bytes and
        $said.best.measured_instructions == $found.instructions.max and
        $said.best.instructions >= $found.instructions.max' >/dev/null || {
        echo "cortex-$core, $model, $input: tune says $(jq -c .best <<<"$said"), measured is $(jq -c . <<<"$found")"
        exit 1
      }
      jq -r --arg what "cortex-$core $model $input" '.best | "\($what): at most \(.instructions) instructions, \(.measured_instructions) measured"' <<<"$said"
    done
  done
done
