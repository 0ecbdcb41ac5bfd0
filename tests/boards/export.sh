#!/usr/bin/env bash
# export.sh NUTHATCH DATA RUNTIME SOURCE WORK: an exported array compiles as C99, C11 and C++17 without a warning, and the
# runtime (the library RUNTIME, headers of SOURCE/runtime) opens it there and answers as the program does.
set -euo pipefail
nuthatch=$1 data=$2 runtime=$3 source=$4 work=$5
rm -rf "$work"
mkdir -p "$work"
cd "$work"
cp "$source/tests/boards/exported.c" exported.c
cp exported.c exported.cpp
warnings="-Wall -Wextra -Wpedantic -Wconversion -Werror -I$source/runtime/include -I."
compared=0
for case in "iris forest float32 forest" "wine logistic int16 linear" "diabetes ridge float32 linear" "iris mlp float32 network"; do
  read -r set family input part <<<"$case"
  "$nuthatch" train --data "$data/$set.train.csv" --target label --model "$family" --input "$input" -o "$set-1.nhm" >/dev/null
  "$nuthatch" export "$set-1.nhm" --as c-array --name model -o model.h
  grep -q "SHA-256 $("$nuthatch" inspect "$set-1.nhm" --json | jq -r .seal.sha256)$" model.h
  [ "$input" = int16 ] && : >rows.csv || tail -n +2 "$data/$set.test.csv" >rows.csv
  "$nuthatch" predict "$set-1.nhm" --data "$data/$set.test.csv" | tail -n +2 |
    awk -F, '{ print NF == 3 ? $2 : $4 "," $5 "," $6 }' >wanted.csv
  for language in "gcc -std=c99 c" "gcc -std=c11 c" "g++ -std=c++17 cpp"; do
    read -r compiler standard suffix <<<"$language"
    # shellcheck disable=SC2086
    "$compiler" "$standard" $warnings -DPART=nuthatch_$part -DINPUT=nuthatch_${input}_input -c "exported.$suffix" -o exported.o
    g++ exported.o "$runtime" -o exported
    ./exported <rows.csv >scores.csv
    [ -s rows.csv ] || continue
    # As numbers: the two print them with other digits.
    paste -d' ' scores.csv wanted.csv | tr ' ' '\n' | awk '
      { line[NR] = $0 }
      END {
        if (NR < 40 || NR % 2) exit 1
        for (i = 1; i <= NR; i += 2) {
          count = split(line[i], a, ","); split(line[i + 1], b, ",")
          for (k = 1; k <= count; ++k) if ((a[k] - b[k]) ^ 2 > 1e-12 * (b[k] ^ 2 + 1e-9)) { print line[i], line[i + 1]; exit 1 }
        }
      }'
    compared=$((compared + 1))
  done
done
[ $compared -eq 9 ]

# Names: from the file's, made fit; a C++ word, a digit first or a hyphen are no names.
cp wine-1.nhm 3-while.nhm
cp wine-1.nhm while.nhm
"$nuthatch" export wine-1.nhm --as c-array | grep '^static const uint8_t wine_1\[WINE_1_BYTES\]' >/dev/null
"$nuthatch" export 3-while.nhm --as c-array | grep '^static const uint8_t model_3_while\[' >/dev/null
"$nuthatch" export while.nhm --as c-array | grep '^static const uint8_t model_while\[' >/dev/null
for name in while 3a a-b _a a__b "a b"; do
  status=0
  "$nuthatch" export wine-1.nhm --as c-array --name "$name" >/dev/null 2>&1 || status=$?
  [ $status -eq 2 ] || { echo "--name \"$name\": status $status"; exit 1; }
done
echo "$compared arrays compile, open and predict"
