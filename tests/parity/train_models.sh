#!/usr/bin/env bash
# train_models.sh NUTHATCH DATA OUT: every data set with every kind, precision and input that go together, as
# OUT/DATASET.NAME.PRECISION.INPUT.nhm; then, on small sets, what the defaults leave out
set -euo pipefail
nuthatch=$1 data=$2 out=$3
rm -rf "$out"
mkdir -p "$out"
classes="breast_cancer digits iris pima satellite sonar wine"
values="boston_housing diabetes"

train() { # DATASET NAME PRECISIONS FAMILY [FLAG...]
  local set=$1 name=$2 precisions=$3 family=$4 precision input data=$data
  shift 4
  [ -f "$data/$set.train.csv" ] || data=$out
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
for set in $values; do
  train "$set" blend int8 blend --of "boosting --rounds 10 + mlp --hidden 12 --epochs 20"
done
train diabetes blend-four int8 blend --of "ridge + svr --max-support-vectors 40 + tree + mlp --hidden 9,5 --activation tanh --epochs 20"
train iris svm-linear-probability int8 svm --kernel linear --probability
train iris svm-polynomial int8 svm --kernel polynomial --coef0 1
train iris svm-sigmoid int8 svm --kernel sigmoid
train diabetes svr-linear int8 svr --kernel linear
train pima linear-svm-probability int8 linear-svm --probability
train wine hard int16 forest --trees 10 --voting hard
train pima hard int16 forest --trees 9 --max-depth 6 --voting hard
train iris extra-trees int16 extra-trees --trees 5

# More features than a slot of 6 bits can name, and of 8: a few of the last ones say what the class is.
wide() { # FEATURES ROWS SEED
  awk -v features="$1" -v rows="$2" -v seed="$3" 'BEGIN {
    srand(seed)
    for (i = 1; i <= features; ++i) printf "f%d,", i
    print "label"
    for (row = 0; row < rows; ++row) {
      sum = 0
      for (i = 1; i <= features; ++i) {
        value = int(rand() * 1000)
        if (i > features - 6) sum += value
        printf "%d,", value
      }
      print sum < 2500 ? "low" : sum < 3500 ? "middle" : "high"
    }
  }'
}
for features in 80 300; do
  wide $features 150 1 >"$out/wide$features.train.csv"
  wide $features 40 2 >"$out/wide$features.test.csv"
  train wide$features forest int16 forest --trees 5 --max-features all
done
bytes_a_slot() { "$nuthatch" inspect "$out/$1.forest.int16.int16.nhm" --json | jq .predictor.bytes_a_slot; }
[ "$(bytes_a_slot wide80)" -eq 4 ]
[ "$(bytes_a_slot wide300)" -eq 8 ]

# Every row walks the longest path of every tree, as the bound of instructions supposes.
train diabetes full int16 forest --trees 40 --max-depth 8
# Slots of two words.
train satellite wide int16 extra-trees --trees 2
# Every transform: text, missing values, skew and outliers, in front of each kind.
cat >"$out/workshop.json" <<'END'
{"columns": {"hours": {"transform": "log1p"}, "load": {"clip": [0.01, 0.99], "transform": "yeo-johnson"},
  "temperature": {"clip": [0.05, 0.95], "scale": "robust"}, "serviced": {"indicator": true, "impute": "mean"},
  "cooling": {"encode": "ordinal", "order": ["water", "air", "none"], "indicator": true}}}
END
prepared() { # NAME PRECISIONS FAMILY [FLAG...]
  train workshop "$@" --prepare "$out/workshop.json"
}
prepared logistic "int8 int16 float32" logistic
prepared naive-bayes int16 naive-bayes
prepared svm int8 svm --max-support-vectors 20
prepared forest int16 forest --trees 5
prepared tanh int8 mlp --hidden 9,5 --activation tanh --epochs 20
train workshop plain int8 logistic
# And principal components of all that, with rows refused for categories that training never saw.
jq '.all.unknown = "refuse" | .pca = 0.9' "$out/workshop.json" >"$out/pca.json"
train workshop pca-logistic "int8 float32" logistic --prepare "$out/pca.json"
train workshop pca-forest int16 forest --trees 5 --prepare "$out/pca.json"
train workshop pca-svm int8 svm --max-support-vectors 20 --prepare "$out/pca.json"
# A blend behind a preparation: values of the same machines.
for part in train test; do
  awk -F, -v OFS=, 'NR == 1 { $4 = "label" } $4 != "" { print $1, $2, $3, $5, $6, $4 }' "$data/workshop.$part.csv" >"$out/loads.$part.csv"
done
jq 'del(.columns.load)' "$out/workshop.json" >"$out/loads.json"
train loads blend int8 blend --of "lasso + svr + forest --trees 3" --prepare "$out/loads.json"
# Features over twelve decades, coded by octaves: as they are, and in front of what takes linear codes, too.
decades() { # ROWS SEED
  awk -v rows="$1" -v seed="$2" 'BEGIN {
    srand(seed)
    for (i = 1; i <= 8; ++i) printf "f%d,", i
    print "label"
    for (row = 0; row < rows; ++row) {
      sum = 0
      for (i = 1; i <= 8; ++i) {
        power = 12 * rand() - 6
        if (i < 4) sum += power
        printf "%.6g,", 10 ^ power
      }
      printf "%.3f\n", sum
    }
  }'
}
decades 300 1 >"$out/decades.train.csv"
decades 60 2 >"$out/decades.test.csv"
train decades tree int16 tree
train decades blend int8 blend --of "boosting --rounds 10 + ridge"
octaves() { "$nuthatch" inspect "$out/decades.$1.float32.nhm" --json | jq '[.features[] | select(.scale < 0)] | length'; }
[ "$(octaves tree.int16)" -eq 8 ]
[ "$(octaves blend.int8)" -eq 8 ]
count=$(find "$out" -name '*.nhm' | wc -l)
echo "$count models"
[ "$count" -eq 290 ]
