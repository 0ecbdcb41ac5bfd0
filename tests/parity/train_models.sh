#!/usr/bin/env bash
# train_models.sh NUTHATCH DATA OUT: every data set with every family, precision and input that go together, as
# OUT/DATASET.FAMILY.PRECISION.INPUT.nhm
set -euo pipefail
nuthatch=$1 data=$2 out=$3
rm -rf "$out"
mkdir -p "$out"

train() { # DATASET FAMILY
  local precision input
  for precision in int8 int16 float32; do
    for input in float32 int16; do
      "$nuthatch" train --data "$data/$1.train.csv" --target label --model "$2" --precision $precision --input $input \
        -o "$out/$1.$2.$precision.$input.nhm" --json >/dev/null
    done
  done
}

for set in boston_housing diabetes; do
  for family in linear-regression ridge; do train $set $family; done
done
for set in breast_cancer digits iris pima satellite sonar wine; do
  for family in logistic linear-svm; do train $set $family; done
done
count=$(find "$out" -name '*.nhm' | wc -l)
echo "$count models"
[ "$count" -eq 108 ]
