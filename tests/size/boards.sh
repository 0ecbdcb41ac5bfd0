#!/usr/bin/env bash
# boards.sh BUILD DATA WORK OUT: what a forest with `--monitor full` takes of the boards that people own, as `flash` tells
# it, and the most stack that the board's program can use, from its call graphs. Writes the CSV OUT. Fails where a board
# says otherwise, or used more stack than the bound, or the bound is more than the stack there is.
set -euo pipefail
build=$1 data=$2 work=$3 out=$4
nuthatch=$build/host/nuthatch
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
mkdir -p "$work"

stack_bound() { # CORE BOARD
  local graphs
  graphs=$(find "$build/$1" -name '*.ci' | grep -E "/(nuthatch_runtime(_kernels|_open|_cold)?|nuthatch_serial|$2)\.dir/")
  # shellcheck disable=SC2086
  awk -v part=all -v input='(float32|int16)' -v entry='^main$' -v least=1 -v also=10Histograms \
    -f "$root/ports/cortex-m/stack_bound.awk" $graphs
}

stack_bytes() { # CORE BOARD
  echo $((0x$(arm-none-eabi-nm "$build/$1/ports/$2.elf" | awk '$3 == "__stack_top" { print $1 }') -
    0x$(arm-none-eabi-nm "$build/$1/ports/$2.elf" | awk '$3 == "__stack_bottom" { print $1 }')))
}

echo "board,forest,model_bytes,program_flash,program_ram,model_ram,ram_left,stack,stack_bound" >"$out"
for board in cortex-m0/microbit cortex-m4/stm32f405; do
  core=${board%/*} board=${board#*/}
  bound=$(stack_bound "$core" "$board")
  stack=$(stack_bytes "$core" "$board")
  [ "$bound" -le "$stack" ]
  for set in iris pima wine breast_cancer; do
    model=$work/$set.nhm
    "$nuthatch" train --data "$data/$set.train.csv" --target label --model forest --trees 10 --monitor full -o "$model" \
      >/dev/null
    plan=$("$nuthatch" flash --board "$board" "$model" --dry-run --json)
    row=$(jq -r '[.flash.model - 8, .flash.program, .ram.program, .ram.model, .ram.left] | @csv' <<<"$plan")
    echo "$board,$set,$row,$stack,$bound" >>"$out"
    # Another way to the same numbers: the board's own.
    ran=$("$nuthatch" evaluate "$model" --data "$data/$set.test.csv" --on "$board" --json)
    jq -en --argjson plan "$plan" --argjson ran "$ran" --argjson bound "$bound" '
      $ran.identical_to_host and $ran.ram_bytes == $plan.ram.model and $ran.ram_free_bytes == $plan.ram.left
      and $ran.stack_bytes > 200 and $ran.stack_bytes <= $bound' >/dev/null ||
      { echo "$set on $board: $(jq -c . <<<"$ran") is not what flash tells: $plan"; exit 1; }
  done
done
