#!/usr/bin/env bash
# parity.sh NUTHATCH DATA MODELS TARGET: every model, all rows of its test set, on TARGET; fails on the first bit that
# differs from the host's, and counts what it compared.
set -euo pipefail
nuthatch=$1 data=$2 models=$3 target=$4
compared=0 rows=0
for model in "$models"/*.nhm; do
  name=$(basename "$model")
  answer=$("$nuthatch" evaluate "$model" --data "$data/${name%%.*}.test.csv" --on "$target" --json)
  [ "$(jq .identical_to_host <<<"$answer")" = true ]
  # Each run must have predicted its rows and, on a board, counted its instructions.
  [ "$(jq '.rows - .refused' <<<"$answer")" -gt 0 ]
  case $target in cortex-*) [ "$(jq .instructions.min <<<"$answer")" -gt 0 ] ;; esac
  case $target in cortex-*)
    # What inspect promises of any row holds for these.
    most=$("$nuthatch" inspect "$model" --json | jq ".budget.most_instructions[\"$target\"]")
    if [ "$(jq ".instructions.max <= $most" <<<"$answer")" != true ]; then
      echo "$name: $(jq .instructions.max <<<"$answer") instructions, inspect allows $most"
      exit 1
    fi ;;
  esac
  case $target in cortex-*) [ "$(jq '.stack_bytes <= .stack_bound_bytes' <<<"$answer")" = true ] ;; esac
  compared=$((compared + 1))
  rows=$((rows + $(jq .rows <<<"$answer")))
done
echo "$target: $compared models, $rows rows, 0 differences"
[ "$compared" -eq 234 ]
