#!/usr/bin/env bash
# size.sh BUILD OUT: bytes of flash that each stage of a product's loop adds (ports/cortex-m/footprint.cpp), by part, input,
# optimization and core, with the bound of the stack. Writes the CSV OUT from the tables that the firmware builds made.
set -euo pipefail
echo "core,part,input,optimization,open,predict,self_test,monitor,snapshot,full_monitor,full_snapshot,stack_bound" >"$2"
for core in cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55; do
  tail -n +2 "$1/$core/ports/footprint.csv" | sed "s/^/$core,/" >>"$2"
done
