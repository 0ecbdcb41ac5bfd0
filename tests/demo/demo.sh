#!/usr/bin/env bash
# The main job, end to end, on bundled data: 36 bands of a satellite's sensor, six kinds of ground.
# Usage: demo.sh path/to/nuthatch; the firmware of cortex-m0 and cortex-m4 is built beside it.
set -euo pipefail
nuthatch=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
data=tests/data/satellite
out=build/demo
mkdir -p "$out"

say() { printf '\n== %s\n' "$*"; }
number() { jq -r "$1" "$2"; }

say "train: a CSV goes in, a quantized model comes out"
"$nuthatch" train --data $data.train.csv --test $data.test.csv --target label --model logistic --input int16 \
  -o $out/satellite.nhm
"$nuthatch" train --data $data.train.csv --test $data.test.csv --target label --model logistic --input int16 \
  -o $out/satellite.nhm --json >$out/train.json
"$nuthatch" evaluate $out/satellite.nhm --data $data.test.csv --json >$out/host.json

say "deploy: the model linked into the example product, for two chips"
for core in cortex-m0 cortex-m4; do
  cmake --preset $core -B $out/$core -DNUTHATCH_EXAMPLE_MODEL="$PWD/$out/satellite.nhm" \
    -DNUTHATCH_EXAMPLE_INPUT=int16 >$out/$core.log
  cmake --build $out/$core --target example-cpp example-c >>$out/$core.log
  for language in cpp c; do
    "$nuthatch" evaluate $out/satellite.nhm --data $data.test.csv --on $core \
      --firmware $out/$core/ports/example-$language.elf --json >$out/$core-$language.json
  done
  "$nuthatch" evaluate $out/satellite.nhm --data $data.test.csv --on $core --json >$out/$core.json
  echo "$core: $(number .rows $out/$core-cpp.json) test rows through the C++ and the C product," \
    "bit for bit as on the host: $(number .identical_to_host $out/$core-cpp.json)," \
    "$(number .identical_to_host $out/$core-c.json)"
done

say "what it costs and what it scores"
printf '%-12s %8s %9s %8s %7s %7s %6s %6s %13s\n' where float int8 device model flash RAM stack instructions
printf '%-12s %8.4f %9.4f %8s %7d %7s %6s %6s %13s\n' host "$(number .scores.float32.test.score $out/train.json)" \
  "$(number .score $out/host.json)" - "$(number .model_bytes $out/host.json)" - - - -
for core in cortex-m0 cortex-m4; do
  printf '%-12s %8.4f %9.4f %8.4f %7d %7d %6d %6d %13.0f\n' $core \
    "$(number .scores.float32.test.score $out/train.json)" "$(number .score $out/host.json)" \
    "$(number .score $out/$core-cpp.json)" "$(number .model_bytes $out/host.json)" \
    "$(number .flash_bytes $out/$core.json)" "$(number .ram_bytes $out/$core.json)" \
    "$(number .stack_bytes $out/$core.json)" "$(number .instructions.mean $out/$core.json)"
done
echo "(accuracy; bytes; instructions counted for one prediction, from int16 features to scores)"

say "watch: the same device, its test rows as they are"
"$nuthatch" predict $out/satellite.nhm --data $data.test.csv --on cortex-m4 \
  --firmware $out/cortex-m4/ports/example-cpp.elf --snapshot $out/calm.bin -o $out/calm.csv
"$nuthatch" monitor $out/calm.bin --model $out/satellite.nhm

say "watch: two of its bands now read 60 counts too high"
awk -F, -v OFS=, 'NR > 1 { $5 += 60; $17 += 60 } { print }' $data.test.csv >$out/shifted.csv
"$nuthatch" predict $out/satellite.nhm --data $out/shifted.csv --on cortex-m4 \
  --firmware $out/cortex-m4/ports/example-cpp.elf --snapshot $out/shifted.bin -o $out/shifted_predictions.csv
status=0
"$nuthatch" monitor $out/shifted.bin --model $out/satellite.nhm || status=$?
[ $status -eq 3 ] # somebody should act

[ "$(number .identical_to_host $out/cortex-m0-cpp.json)" = true ]
[ "$(number .identical_to_host $out/cortex-m4-cpp.json)" = true ]
