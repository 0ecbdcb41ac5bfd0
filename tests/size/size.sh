#!/usr/bin/env bash
# size.sh BUILD OUT: what linking the runtime adds (open, verify and predict; the same with the monitor), by kind, input,
# optimization and core, with the bound of its stack. Writes the CSV OUT from the tables that the firmware builds made.
set -euo pipefail
echo "core,kind,input,optimization,monitor,flash,stack_bound" >"$2"
for core in cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55; do
  tail -n +2 "$1/$core/ports/footprint.csv" | sed "s/^/$core,/" >>"$2"
done
