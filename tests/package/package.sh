#!/usr/bin/env bash
# package.sh BUILD NUTHATCH DATA: installs the runtime into a folder of its own and moves it elsewhere; then builds the examples
# against it, outside of the tree: C++17 and C99, found by CMake and by pkg-config, static and shared. Each must answer as
# `nuthatch predict` does, number by number. The shared library shows what the headers declare, and nothing else.
set -euo pipefail
build=$1 nuthatch=$2 data=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --component library --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix"
prefix=$work/prefix
cp -r "$here/cpp" "$here/c" "$work"
cd "$work"
libdir=$(dirname "$(find "$prefix" -name libnuthatch.a)")

for model in "iris logistic" "iris forest --trees 5" "diabetes ridge"; do
  read -r set family flags <<<"$model"
  # shellcheck disable=SC2086
  "$nuthatch" train --data "$data/$set.train.csv" --target label --model "$family" $flags -o "$family.nhm" >/dev/null
  "$nuthatch" predict "$family.nhm" --data "$data/$set.test.csv" | tail -n +2 >"$family.csv"
  tail -n +2 "$data/$set.test.csv" | sed 's/,[^,]*$//' >"$family.rows"
done

checked=0
# A class and its scores, or a value: predict writes row,prediction,ok[,score...].
check() { # WHAT PROGRAM
  local family
  for family in logistic forest ridge; do
    "$2" "$family.nhm" <"$family.rows" >answers
    paste -d, "$family.csv" answers | awk -F, -v what="$1 $family" '
      NF == 5 { if ($4 != "-" || $2 + 0 != $5 + 0) wrong = 1 }
      NF > 5 {
        half = (NF - 4) / 2
        if ($2 != $(4 + half)) wrong = 1
        for (i = 4; i < 4 + half; ++i) if ($i + 0 != $(i + half + 1) + 0) wrong = 1
      }
      NF < 5 || wrong { print what ": row " NR " is not what predict says: " $0; exit 1 }
      END { if (NR < 20) { print what ": " NR " rows only"; exit 1 } }'
    checked=$((checked + 1))
  done
}

for language in cpp c; do
  cmake -G Ninja -S $language -B "$language.build" -DCMAKE_PREFIX_PATH="$prefix" >"$language.log" 2>&1 &&
    cmake --build "$language.build" >>"$language.log" 2>&1 || { cat "$language.log"; exit 1; }
  check "$language CMake static" "$language.build/example"
  check "$language CMake shared" "$language.build/example_shared"
done

export PKG_CONFIG_PATH=$libdir/pkgconfig
[ "$(pkg-config --modversion nuthatch)" = 0.1.0 ]
flags=(-Wall -Wextra -Wpedantic -Werror)
read -ra cflags <<<"$(pkg-config --cflags nuthatch)"
read -ra libs <<<"$(pkg-config --libs nuthatch)"
for compiler in "c++ -std=c++17 cpp/example.cpp" "cc -std=c99 c/example.c"; do
  read -ra words <<<"$compiler"
  "${words[@]}" "${flags[@]}" "${cflags[@]}" -o shared "${libs[@]}" "-Wl,-rpath,$libdir" -lm
  "${words[@]}" "${flags[@]}" "${cflags[@]}" -o static -Wl,-Bstatic "${libs[@]}" -Wl,-Bdynamic -lm
  check "${words[0]} pkg-config shared" ./shared
  check "${words[0]} pkg-config static" ./static
  [ "$(readelf -d shared | grep -c 'NEEDED.*libnuthatch\.so\.0\.1\]')" -eq 1 ]
  [ "$(readelf -d static | grep -c 'NEEDED.*libnuthatch')" -eq 0 ]
done

# What the static library defines, but for what is in no header.
nm -C --defined-only "$libdir/libnuthatch.a" | sed -nE 's/^[0-9a-f]+ [TDBR] //p' |
  grep -vE '^nuthatch::(detail|kernels)::' | sort -u >declared
nm -DC --defined-only "$libdir/libnuthatch.so" | sed -nE 's/^[0-9a-f]+ [A-Z] ([^@]*)@.*/\1/p' | grep -v '^NUTHATCH_' |
  sort -u >shown
[ "$(wc -l <shown)" -gt 100 ]
diff declared shown || { echo "the shared library does not show what the headers declare, no more and no less"; exit 1; }
echo "$checked programs and models answer as predict does; $(wc -l <shown) symbols"
[ $checked -eq 24 ]
