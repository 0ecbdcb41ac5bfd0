#!/usr/bin/env bash
# same_bytes.sh NUTHATCH DATA TABLE [update]: every family learns the same file on every processor: natively with all
# threads and with one, and on two emulated processors, one with all extensions and one with few. Their hashes are those
# of TABLE (data,flags,sha256), so that a machine of another maker tells, too; "update" writes it anew, for review.
set -euo pipefail
nuthatch=$1 data=$2 table=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/flags" <<'FLAGS'
iris,--model logistic
iris,--model linear-svm
pima,--model linear-svm --probability
iris,--model svm --probability
iris,--model naive-bayes
iris,--model tree
iris,--model forest --trees 20
iris,--model extra-trees --trees 20
iris,--model boosting --rounds 20
iris,--model mlp --epochs 40
iris,--model mlp --hidden 9 --activation tanh --epochs 40
iris,--model logistic --monitor full --explain
iris,--model logistic --pca 2
diabetes,--model linear-regression
diabetes,--model ridge
diabetes,--model lasso
diabetes,--model elastic-net
diabetes,--model huber
diabetes,--model linear-svr
diabetes,--model svr
diabetes,--model tree
diabetes,--model forest --trees 20
diabetes,--model extra-trees --trees 20
diabetes,--model boosting --rounds 20
diabetes,--model mlp --epochs 20
diabetes,--model blend --of "ridge + boosting --rounds 10"
FLAGS

# learn NAME COMMAND...: the hashes of all models, as COMMAND and the program learn them. Thresholds of a full monitor are
# simulated, which takes an emulated processor half an hour: it has the other models.
learn() {
  local name=$1 set flags
  shift
  while IFS=, read -r set flags; do
    [[ $1 == qemu* && $flags == *"--monitor full"* ]] && continue
    eval "\"\$@\" \"\$nuthatch\" train --data \"\$data/\$set.train.csv\" --target label $flags -o \"\$work/m.nhm\" --json >/dev/null"
    echo "$set,$flags,$(sha256sum <"$work/m.nhm" | cut -d' ' -f1)"
  done <"$work/flags" >"$work/$name.csv"
}

learn native env
if [ "${4:-}" = update ]; then
  { echo "data,flags,sha256"; cat "$work/native.csv"; } >"$table"
  exit 0
fi
# Every family is among them: what the program offers, it says to a name that is none.
families=$("$nuthatch" train --data "$data/iris.train.csv" --target label --model none -o "$work/m.nhm" 2>&1 |
  sed -nE 's/.*\{(.*)\}.*/\1/p' | tr ',' ' ' || true)
[ "$(wc -w <<<"$families")" -gt 10 ]
for family in $families; do
  grep -q -- "--model $family\b" "$work/flags" || { echo "no model of $family is compared"; exit 1; }
done
[ "$(wc -l <"$work/native.csv")" -eq 26 ]
learn one-thread taskset -c "$(taskset -cp $$ | sed -E 's/.*: ([0-9]+).*/\1/')"
compared="one-thread"
if [ "$(uname -m)" = x86_64 ]; then
  learn extended qemu-x86_64 -cpu max
  learn old qemu-x86_64 -cpu Nehalem
  compared+=" extended old"
fi
for name in $compared; do
  diff <(sed "$([ $name = one-thread ] || echo '/--monitor full/d')" "$work/native.csv") "$work/$name.csv" || { echo "learned otherwise: $name"; exit 1; }
done
if [ "$(uname -m)" != x86_64 ]; then
  echo "the table is of x86-64, where nothing fuses a product and a sum: it is not compared"
  exit 0
fi
diff <(tail -n +2 "$table") "$work/native.csv" || {
  echo "models have other bytes than on the machine that made $table; if that is meant: $0 NUTHATCH DATA TABLE update"
  exit 1
}
echo "26 models of all families, the same bytes natively and on $compared"
