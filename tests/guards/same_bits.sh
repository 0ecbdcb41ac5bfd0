#!/bin/bash
# same_bits.sh PROGRAM [LIBRARY-NAME]: nothing in the program, or in the libraries that it learns with, answers otherwise on
# another processor: no instruction that only approximates a root or a quotient, and no function of the C library that has
# several implementations to choose from. LIBRARY-NAME: which of the program's libraries are looked at, as an extended
# regular expression.
set -euo pipefail
program=$1 learns_with=${2:-lib(svm|linear|lbfgs|sleef)\.}

libraries=$(ldd "$program" | awk '{ print $3 }' | grep -E "/$learns_with" || true)
# SLEEF itself has versions for many processors; the program's own functions name those that are alike on all.
for file in "$program" $(grep -v libsleef <<<"$libraries"); do
  disassembly=$(objdump -d --no-show-raw-insn "$file")
  [ "$(wc -l <<<"$disassembly")" -gt 10 ]
  if grep -m 3 -E '[[:space:]](v?(rsqrt|rcp)(14|28)?[ps]s|frsqrte|frecpe)[[:space:]]' <<<"$disassembly"; then
    echo "approximate: $file has an instruction whose result differs between makers of processors"
    exit 1
  fi
done

# What IEEE 754 defines to the bit, and what does not look at the value, is the same wherever it is done.
exact='(ceil|copysign|fabs|fdim|floor|fma|fmax|fmin|fmod|frexp|ilogb|ldexp|llrint|llround|logb|lrint|lround|modf|nan|nearbyint|nextafter|remainder|rint|round|scalbln|scalbn|sqrt|trunc)[fl]?'
math=$(ldd "$program" | awk '$1 ~ /^libm\.so/ { print $3 }')
[ -n "$math" ] || { echo "nothing: $program is not linked with the C library's mathematics"; exit 1; }
offered=$(nm -D --defined-only "$math" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort -u)
[ "$(wc -l <<<"$offered")" -gt 100 ]
wanted=$(nm -D --undefined-only "$program" | awk '{ sub(/@.*/, "", $2); print $2 }' | sort -u)
inexact=$(comm -12 <(echo "$offered") <(echo "$wanted") | grep -vxE "$exact|_.*" || true)
if [ -n "$inexact" ]; then
  echo "libm: $program calls" $inexact "of the C library; trainer/learn/elementary.cpp is to define them"
  exit 1
fi
# What the libraries call is found in the program first, if it shows it.
shown=$(nm -D --defined-only "$program" | awk '{ sub(/@.*/, "", $3); print $3 }' | sort -u)
for file in $(grep -v libsleef <<<"$libraries"); do
  wanted=$(nm -D --undefined-only "$file" | awk '{ sub(/@.*/, "", $2); print $2 }' | sort -u)
  inexact=$(comm -12 <(echo "$offered") <(echo "$wanted") | grep -vxE "$exact|_.*" | comm -23 - <(echo "$shown") || true)
  if [ -n "$inexact" ]; then
    echo "libm: $file calls" $inexact "of the C library, and $program does not define them"
    exit 1
  fi
done
echo "$program and $(wc -w <<<"$libraries") libraries: the same bits on every processor"
