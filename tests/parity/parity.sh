#!/usr/bin/env bash
# parity.sh NUTHATCH DATA MODELS TARGET [COUNT SET...]: every model, or all COUNT of the data sets SET, all rows of its
# test set, on TARGET; fails on the first bit that differs from the host's, and counts what it compared.
set -euo pipefail
nuthatch=$1 data=$2 models=$3 target=$4 expected=${5:-290}
sets=" ${*:6} "
compared=0 rows=0
for model in "$models"/*.nhm; do
  name=$(basename "$model")
  [ $# -lt 6 ] || [[ $sets == *" ${name%%.*} "* ]] || continue
  test=$data/${name%%.*}.test.csv
  [ -f "$test" ] || test=$models/${name%%.*}.test.csv
  # Each run must have predicted its rows and, on a board, counted its instructions; and what inspect promises of any
  # row holds for these.
  answer=$("$nuthatch" evaluate "$model" --data "$test" --on "$target" --json)
  facts=$("$nuthatch" inspect "$model" --json)
  wrong=$(jq -rn --arg target "$target" --argjson run "$answer" --argjson facts "$facts" '
    $facts.budget.most_instructions[$target] as $most
    | [if $run.identical_to_host != true then "differs from the host" else empty end,
       if ($run.rows - $run.refused > 0) != true then "no row was answered" else empty end]
    + if $target | startswith("cortex-") | not then [] else
      [if ($run.instructions.min > 0) != true then "instructions were not counted" else empty end,
       if ($most != null and $run.instructions.max <= $most) != true
         then "\($run.instructions.max) instructions, inspect allows \($most)" else empty end,
       if ($run.stack_bytes <= $run.stack_bound_bytes) != true then "more stack than its bound" else empty end] end
    | .[], "rows \($run.rows)"')
  if [[ $wrong != "rows "* ]]; then
    echo "$name on $target: $wrong"
    exit 1
  fi
  compared=$((compared + 1))
  rows=$((rows + ${wrong#rows }))
done
echo "$target: $compared models, $rows rows, 0 differences"
[ "$compared" -eq "$expected" ]
