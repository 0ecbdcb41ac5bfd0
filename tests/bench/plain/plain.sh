#!/usr/bin/env bash
# plain.sh BUILD DATA OUT [CORE...]: instructions a prediction of each kind written as plain float C (KIND.c), the
# baseline to hold the runtime against; counted, not timed, over the test split. Writes the CSV OUT, and fails where the
# C code does not answer as the learned model does (export_plain.cpp). BUILD holds host and the cores, as ./run build
# makes them.
#
# "Same flags": the C code is compiled by the very command that the core's build folder compiles its own C files with
# (compile_commands.json), so with the same compiler, -O2, CPU, FPU and float ABI as the runtime. -ffp-contract=off is
# one of them, as C99 asks for anyway (-std=c99): the runtime needs it to give the same bits everywhere. Plain C does not:
# the last column, mean_contracted, is the mean with -ffp-contract=fast (GNU C's default), where a multiplication and an
# addition become one instruction on cores with an FPU. The rest is the same too: start-up, linker script and options, counter, boards, rows (float32), and what is counted:
# from the features to the scores, no argmax, no probabilities.
set -euo pipefail
shopt -s inherit_errexit
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "$1") data=$(realpath "$2") out=$3
shift 3
cores=("$@")
[ ${#cores[@]} -gt 0 ] || cores=(cortex-m0 cortex-m3 cortex-m4 cortex-m7 cortex-m33 cortex-m55)
options=${PLAIN_OPTIONS:-} # more of the compiler's
export_plain=$build/host/tests/bench/plain/export_plain
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

build_firmware() { # CORE KIND [OPTION...]: $work/CORE.elf
  local core=$1 kind=$2 port=$build/$1/ports/cortex-m compile
  shift 2
  compile=$(jq -r '.[] | select(.file | endswith("/ports/cortex-m/port.c")).command' "$build/$core/compile_commands.json" |
    sed 's/ -o [^ ]* -c [^ ]*$//')
  # shellcheck disable=SC2086
  $compile -std=c99 $options "$@" -I "$work" -I "$here" "$here/$kind.c" "$here/runner.c" \
    "$port"/CMakeFiles/nuthatch_startup.dir/*.obj "$port/libnuthatch_port.a" -nostartfiles --specs=nano.specs \
    --specs=nosys.specs -T "$port/$core.ld" -Wl,--gc-sections,--fatal-warnings -lm -o "$work/$core.elf"
}

run_firmware() { # CORE, in $work
  local machine
  # The first board of the core: those that people own come behind.
  machine=$(sed -n "s/.*X(.*\"$1\", \"\([^\"]*\)\".*/\1/p;T;q" "$here/../../../ports/cortex-m/boards.h")
  rm -f "$work/results.bin" "$work/report.bin"
  (cd "$work" && qemu-system-arm -M "$machine" -icount shift=6,align=off -display none -serial null -monitor none \
    -semihosting-config enable=on,target=native -kernel "$1.elf" </dev/null)
}

run_checked() { # CORE KIND [OPTION...]: mean,min,max,score
  build_firmware "$@"
  run_firmware "$1"
  "$export_plain" check "$work"
}

echo "kind,model,flags,data,core,mean,min,max,score,mean_contracted" >"$out"
measure() { # DATASET FAMILY [FLAG...]
  local set=$1 family=$2 kind core measured contracted
  shift 2
  kind=$("$export_plain" write "$work" "$data/$set.train.csv" "$data/$set.test.csv" "$family" "$@")
  for core in "${cores[@]}"; do
    measured=$(run_checked "$core" "$kind")
    contracted=$(run_checked "$core" "$kind" -ffp-contract=fast)
    echo "$kind,$family,$*,$set,$core,$measured,${contracted%%,*}" >>"$out"
  done
}

measure iris logistic
measure breast_cancer logistic
measure digits logistic
measure boston_housing linear-regression
measure breast_cancer naive-bayes
measure digits naive-bayes
measure digits forest --trees 10 --max-depth 8
measure breast_cancer forest --trees 100 --max-depth 8
measure iris boosting --rounds 100 --max-depth 3
measure digits mlp --hidden 32
measure breast_cancer svm
