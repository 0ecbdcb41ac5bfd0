#!/bin/bash
# headers.sh ROOT CC CXX HEADER...: each header compiles alone, and twice in a row. HEADER is as users write it, found
# in ROOT; *.hpp as C++17 and C++20, with and without exceptions and RTTI; *.h as C99 too. Prints "header: what failed".
set -uo pipefail

root=$1 cc=$2 cxx=$3
shift 3
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Werror -I "$root" -fsyntax-only)
status=0
compiled=0

# compile LANGUAGE COMMAND...
compile() {
  local language=$1
  shift
  compiled=$((compiled + 1))
  local output
  output=$(printf '#include "%s"\n#include "%s"\n' "$header" "$header" | "$@" "${warnings[@]}" -x "$language" - 2>&1) ||
    { echo "header: $header: $*"; echo "$output" | head -5; status=1; }
}

for header in "$@"; do
  for standard in 17 20; do
    compile c++ "$cxx" -std=c++$standard
    compile c++ "$cxx" -std=c++$standard -fno-exceptions -fno-rtti
  done
  if [[ $header == *.h ]]; then
    compile c "$cc" -std=c99 -pedantic-errors -Wstrict-prototypes
    compile c "$cc" -std=c11 -pedantic-errors
  fi
done
[ $compiled -gt 0 ] || { echo "header: none was given"; exit 1; }
[ $status -eq 0 ] && echo "$compiled times compiled"
exit $status
