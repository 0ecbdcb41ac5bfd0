#!/usr/bin/env bash
# Where to run it: a tree on the device and a support vector machine on the server, of the same digits, over a network as
# a phone has it. Usage: compare.sh path/to/nuthatch [more flags of compare]; leaves build/compare/digits.html.
set -euo pipefail
nuthatch=$(realpath "$1")
shift
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
data=tests/data/digits
out=build/compare
mkdir -p "$out"
learn=("$nuthatch" train --data $data.train.csv --test $data.test.csv --target label --input int16)
"${learn[@]}" --model tree --max-depth 6 -o $out/tree.nhm --float-predictions $out/tree.csv >$out/tree.log
"${learn[@]}" --model svm -o $out/svm.nhm >$out/svm.log
"$nuthatch" compare $out/tree.nhm --cloud-model $out/svm.nhm --data $data.test.csv --reference $out/tree.csv \
  --targets local,cloud,cloud-json,edge:cortex-m4,edge:cortex-m0,edge:microbit \
  --network rtt=40ms,jitter=10ms,loss=1%,bandwidth=1Mbit --report $out/digits.html "$@"
echo "the same as a page: $out/digits.html" >&2
