#!/bin/bash
# contract.sh scan OBJDUMP CXX FLAGS... -- SOURCE...: what is compiled with these flags multiplies and adds by two
# instructions, never by one that rounds once. Prints "fma: SOURCE: instruction" for each that does, and fails.
#
# contract.sh words LIBRARY CXX FLAGS... -- SOURCE...: these sources with these flags, and the library for the rest,
# give the same words as the library alone, to all models of the fuzzers' corpus. Prints "words: ..." and fails otherwise.
#
# SOURCE: files of runtime/src that compute in float32; "all" for every one that says float.
set -uo pipefail

mode=$1 tool=$2 cxx=$3
shift 3
flags=()
while [ "$1" != -- ]; do flags+=("$1"); shift; done
shift
root=$(cd "$(dirname "$0")/../.." && pwd)
include=(-I "$root/runtime/src" -I "$root/runtime/include")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The deliberate violation: without what keeps the compiler from contracting. It lies beside the sources, so it is found first.
if [ -n "${CONTRACT_VIOLATION:-}" ]; then sed '/__asm__/d' "$root/runtime/src/bits.hpp" >"$work/bits.hpp"; fi

sources=("$@")
if [ "${1:-}" = all ]; then
  mapfile -t sources < <(grep -lw float "$root"/runtime/src/*.cpp | grep -v -e /open.cpp -e /c_api)
fi
[ ${#sources[@]} -gt 0 ] || { echo "nothing: no sources"; exit 1; }

objects=()
for source in "${sources[@]}"; do
  object=$work/$(basename "$source").o
  cp "$source" "$work"
  "$cxx" -std=c++17 -fno-exceptions -fno-rtti "${flags[@]}" "${include[@]}" -c "$work/$(basename "$source")" -o "$object" ||
    { echo "nothing: $source does not compile"; exit 1; }
  objects+=("$object")
done

if [ "$mode" = scan ]; then
  seen=0 status=0
  for object in "${objects[@]}"; do
    listing=$("$tool" -d --no-show-raw-insn "$object")
    seen=$((seen + $(grep -cE '^ +[0-9a-f]+:' <<<"$listing")))
    # x86; Arm's vfma, vfms, vfnma, vmla, vmls, vnmla of floats; AArch64's fmadd, fmla and their like.
    found=$(grep -E '[[:space:]](vfn?m(add|sub)[a-z0-9]*|vfn?m[as](\.f[0-9]+)?|vn?ml[as]\.f[0-9]+|fn?m(add|sub)|fml[as])[[:space:]]' <<<"$listing") &&
      { sed "s|^|fma: $(basename "$object" .o): |" <<<"$found"; status=1; }
  done
  [ "$seen" -gt 5 ] || { echo "nothing: no instructions found"; exit 1; }
  [ $status -eq 0 ] && echo "$seen instructions, none that contracts"
  exit $status
fi

models=("$root"/tests/fuzz/corpus/open/*_of_*)
[ ${#models[@]} -gt 5 ] || { echo "nothing: no models"; exit 1; }
driver=$work/driver.o
"$cxx" -std=c++17 -O1 -ffp-contract=off "${include[@]}" -c "$root/tests/guards/contract.cpp" -o "$driver" &&
  "$cxx" "$driver" "$tool" -o "$work/strict" && "$cxx" "$driver" "${objects[@]}" "$tool" -o "$work/free" ||
  { echo "nothing: it does not link"; exit 1; }
"$work/strict" "${models[@]}" >"$work/strict.txt" && "$work/free" "${models[@]}" >"$work/free.txt" ||
  { echo "nothing: it does not run"; exit 1; }
opened=$(grep -c '^self-test 0$' "$work/strict.txt")
[ "$opened" -gt 5 ] || { echo "nothing: $opened models pass their self-test"; exit 1; }
if ! difference=$(diff "$work/strict.txt" "$work/free.txt"); then
  echo "words: $(grep -c '^>' <<<"$difference") rows of $(wc -l <"$work/strict.txt") differ with ${flags[*]}"
  exit 1
fi
echo "$(wc -l <"$work/strict.txt") rows of $opened models, all the same"
