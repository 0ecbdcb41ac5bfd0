#!/usr/bin/env bash
# train_models.sh NUTHATCH DATA OUT: every data set with every kind, precision and input that go together, as
# OUT/DATASET.NAME.PRECISION.INPUT.nhm
set -euo pipefail
nuthatch=$1 data=$2 out=$3
rm -rf "$out"
mkdir -p "$out"
classes="breast_cancer digits iris pima satellite sonar wine"
values="boston_housing diabetes"

train() { # DATASET NAME PRECISIONS FAMILY [FLAG...]
  local set=$1 name=$2 precisions=$3 family=$4 precision input
  shift 4
  for precision in $precisions; do
    for input in float32 int16; do
      "$nuthatch" train --data "$data/$set.train.csv" --target label --model "$family" --precision "$precision" \
        --input $input "$@" -o "$out/$set.$name.$precision.$input.nhm" --json >/dev/null
    done
  done
}

for set in $values; do
  train "$set" svr int8 svr
  for family in linear-regression ridge; do train "$set" $family "int8 int16 float32" $family; done
done
for set in $classes; do
  for family in logistic linear-svm; do train "$set" $family "int8 int16 float32" $family; done
  train "$set" naive-bayes int16 naive-bayes
  train "$set" svm int8 svm --max-support-vectors 60
done
for set in $values $classes; do
  train "$set" tree int16 tree
  train "$set" forest int16 forest --trees 10
  train "$set" boosting int16 boosting --rounds 10
  train "$set" relu int8 mlp --hidden 12 --epochs 20
  train "$set" tanh int8 mlp --hidden 9,5 --activation tanh --epochs 20
done
# Every row walks the longest path of every tree, as the bound of instructions supposes.
train diabetes full int16 forest --trees 40 --max-depth 8
# Slots of two words.
train satellite wide int16 extra-trees --trees 2
count=$(find "$out" -name '*.nhm' | wc -l)
echo "$count models"
[ "$count" -eq 234 ]
